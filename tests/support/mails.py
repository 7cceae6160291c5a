"""Mails ready to send."""

from __future__ import annotations

from base64 import b64encode

from tank.domain.ids import new_id
from tank.domain.mail import OutgoingMail

SENDER = "statements@shop.example"


def a_mail(
    to: str = "kim@example.com", *, subject: str = "10월 명세서", body: bytes | None = None, size: int = 0
) -> OutgoingMail:
    """A mail with a Korean subject; ``size`` adds that many bytes of text in lines."""
    encoded = b64encode(subject.encode()).decode()
    text = body if body is not None else b"Dear customer,\r\n.a line that begins with a dot\r\n..and two\r\n"
    filler = (b"0123456789" * 7 + b"\r\n") * (size // 72)
    head = f"From: {SENDER}\r\nTo: {to}\r\nSubject: =?UTF-8?B?{encoded}?=\r\nMIME-Version: 1.0\r\n\r\n"
    return OutgoingMail(
        delivery_id=new_id(),
        attempt_token=new_id(),
        mail_from=SENDER,
        rcpt_to=to,
        message=head.encode("ascii") + text + filler,
    )
