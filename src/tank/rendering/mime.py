"""Messages, put together by hand: every byte is meant, and nothing is encoded twice.

All bodies are base64: no line can be too long, no line can look like a boundary or a "From ", and what arrives is
what was written.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache

from tank.domain.mail import Address, MailContent, MailFile, RenderedMail
from tank.domain.ports.rendering import ComposeError
from tank.rendering.base64_lines import EncodedFiles, base64_lines
from tank.rendering.headers import (
    content_id,
    email_address,
    extra,
    file_names,
    mailbox,
    unstructured,
    unsubscribe,
)

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,60}")
#: RFC 2046 sections 5.1 and 5.2 forbid base64 for these; as plain bytes they arrive unharmed.
_COMPOSITE = ("multipart/", "message/")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NO_NEWLINE = re.compile(r"\r\n|\r|\n")


class MimeComposer:
    """``ports.rendering.MailComposer``. Safe to use from several threads."""

    def __init__(self, *, max_bytes: int = 40_000_000) -> None:
        self._max_bytes = max_bytes
        self._files = EncodedFiles()

    def compose(self, content: MailContent) -> bytes:
        """The message: ``multipart/mixed`` > ``related`` > ``alternative``, each only where it is needed."""
        out = [_head(content).encode("ascii")]
        self._mixed(out, content)
        size = sum(map(len, out))
        if size > self._max_bytes:
            raise ComposeError(
                f"The message would have {size:,} bytes, attachments in base64 included; "
                f"at most {self._max_bytes:,} can be sent.",
            )
        return b"".join(out)

    def _mixed(self, out: list[bytes], content: MailContent) -> None:
        has_html = bool(content.rendered.html)
        attached = [file for file in content.files if file.content_id is None or not has_html]
        images = [file for file in content.files if file.content_id is not None and has_html]
        if not attached:
            self._related(out, content, images)
            return
        boundary = _boundary(content, "mixed")
        out.append(_multipart("mixed", boundary))
        out.append(f"--{boundary}\r\n".encode())
        self._related(out, content, images)
        for file in attached:
            out.append(f"--{boundary}\r\n".encode())
            self._file(out, file, "attachment")
        out.append(f"--{boundary}--\r\n".encode())

    def _related(self, out: list[bytes], content: MailContent, images: list[MailFile]) -> None:
        rendered = content.rendered
        if not images:
            _alternative(out, content)
            return
        boundary = _boundary(content, "related")
        root = "multipart/alternative" if rendered.text else "text/html"
        out.append(_multipart("related", boundary, f'; type="{root}"'))
        out.append(f"--{boundary}\r\n".encode())
        _alternative(out, content)
        for image in images:
            out.append(f"--{boundary}\r\n".encode())
            self._file(out, image, "inline")
        out.append(f"--{boundary}--\r\n".encode())

    def _file(self, out: list[bytes], file: MailFile, disposition: str) -> None:
        head = file_names(_media_type(file.media_type), disposition, file.name)
        if file.content_id is not None:
            head += content_id(file.content_id)
        out.append(f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode())
        out.append(self._files.lines(file.content))


def _head(content: MailContent) -> str:
    sender = email_address(content.sender.email, "sender")
    domain = sender.rpartition("@")[2]
    parts = [
        _from(content.sender),
        mailbox("To", content.recipient, "recipient"),
        mailbox("Reply-To", content.reply_to, "reply address") if content.reply_to else "",
        unstructured("Subject", content.rendered.subject, "subject"),
        f"Date: {_date(int(content.date))}\r\n",
        f"Message-ID: <{content.delivery_id.hex}@{domain}>\r\n",
        unsubscribe(content.unsubscribe_url, content.unsubscribe_mailto),
        *(extra(name, value) for name, value in content.headers),
        "MIME-Version: 1.0\r\n",
    ]
    return "".join(parts)


def _alternative(out: list[bytes], content: MailContent) -> None:
    rendered: RenderedMail = content.rendered
    if not (rendered.html and rendered.text):
        out += _text("html", rendered.html) if rendered.html else _text("plain", rendered.text)
        return
    boundary = _boundary(content, "alternative")
    separator = f"--{boundary}\r\n".encode()
    out.append(_multipart("alternative", boundary))
    out += [separator, *_text("plain", rendered.text), separator, *_text("html", rendered.html)]
    out.append(f"--{boundary}--\r\n".encode())


def _text(kind: str, text: str) -> tuple[bytes, bytes]:
    """A text part in its canonical form: lines end with CRLF (RFC 2046 section 4.1.1)."""
    if "\r" in text:
        text = _NO_NEWLINE.sub("\n", text)
    try:
        data = text.encode().replace(b"\n", b"\r\n")
    except UnicodeEncodeError:
        raise ComposeError("The text holds half a character (a lone surrogate), which cannot be sent.") from None
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode(), base64_lines(data)


def _multipart(kind: str, boundary: str, parameters: str = "") -> bytes:
    return f'Content-Type: multipart/{kind}{parameters};\r\n boundary="{boundary}"\r\n\r\n'.encode()


def _boundary(content: MailContent, kind: str) -> str:
    """Made from the delivery. No line of base64 holds a hyphen, so it cannot occur in a body."""
    return f"tank-{kind}-{content.delivery_id.hex}"


@lru_cache(maxsize=64)
def _from(sender: Address) -> str:
    return mailbox("From", sender, "sender")


@lru_cache(maxsize=64)
def _date(second: int) -> str:
    """RFC 5322 section 3.3, in UTC."""
    year, month, day, hour, minute, sec, weekday, *_ = time.gmtime(second)
    return f"{_DAYS[weekday]}, {day:02} {_MONTHS[month - 1]} {year:04} {hour:02}:{minute:02}:{sec:02} +0000"


def _media_type(value: str) -> str:
    if not _MEDIA_TYPE.fullmatch(value):
        raise ComposeError(f'"{value[:60]}" is not the media type of a file.')
    return "application/octet-stream" if value.lower().startswith(_COMPOSITE) else value
