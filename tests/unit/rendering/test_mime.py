"""Composed messages, read back by two parsers: what arrives is what was meant, and nothing more."""

from __future__ import annotations

import email
import email.header
import email.message
import email.policy
import email.utils
import re
from dataclasses import replace
from email.message import EmailMessage
from typing import cast

import fast_mail_parser
import pytest
from hypothesis import example, given, settings

from tank.domain.mail import Address, MailContent, MailFile, RenderedMail
from tank.domain.ports.rendering import ComposeError
from tank.rendering.mime import MimeComposer
from tests.unit.rendering.messages import DELIVERY, PLAIN, contents

composer = MimeComposer()
#: The stdlib's parser takes milliseconds a message.
few = settings(max_examples=60, deadline=None)


def read(content: MailContent) -> EmailMessage:
    return email.message_from_bytes(composer.compose(content), policy=email.policy.default)


def mailbox(content: MailContent, header: str) -> tuple[str, str]:
    """An address and its name. Not by the policy's parser: it keeps the space between two encoded-words."""
    raw = str(email.message_from_bytes(composer.compose(content))[header])
    shown, address = email.utils.parseaddr(re.sub(r"\r\n(?=[ \t])", "", raw))
    return address, str(email.header.make_header(email.header.decode_header(shown))).strip()


def canonical(text: str) -> str:
    return re.sub(r"\r\n|\r|\n", "\n", text)


def expected_headers(content: MailContent) -> list[str]:
    names = ["From", "To"]
    names += ["Reply-To"] if content.reply_to else []
    names += ["Subject", "Date", "Message-ID"]
    names += ["List-Unsubscribe"] if content.unsubscribe_url or content.unsubscribe_mailto else []
    names += ["List-Unsubscribe-Post"] if content.unsubscribe_url else []
    names += [name for name, _ in content.headers]
    is_multipart = (content.rendered.html and content.rendered.text) or content.files
    return [*names, "MIME-Version", "Content-Type", *([] if is_multipart else ["Content-Transfer-Encoding"])]


@few
@given(contents)
@example(PLAIN)
def test_stdlib_reads_what_was_meant(content: MailContent) -> None:
    message = read(content)

    assert message.keys() == expected_headers(content)
    assert message["Subject"].strip() == content.rendered.subject.strip()
    for name, meant in (("From", content.sender), ("To", content.recipient), ("Reply-To", content.reply_to)):
        if meant is not None:
            assert mailbox(content, name) == (meant.email, meant.name)
    assert [str(part).strip() for part in message.get_all("X-Campaign", [])] == [
        value.strip() for name, value in content.headers if name == "X-Campaign"
    ]


@few
@given(contents)
def test_bodies_and_files_arrive_byte_for_byte(content: MailContent) -> None:
    leaves = [part for part in read(content).walk() if not part.is_multipart()]
    texts = [(part.get_content_subtype(), part) for part in leaves if part.get_filename() is None]
    files = [part for part in leaves if part.get_filename() is not None]

    rendered = content.rendered
    meant = [("plain", rendered.text)] if rendered.text or not rendered.html else []
    meant += [("html", rendered.html)] if rendered.html else []
    assert [(kind, canonical(payload(part).decode())) for kind, part in texts] == [
        (kind, canonical(text)) for kind, text in meant
    ]
    assert sorted((file.name, file.content, file.content_id or "") for file in content.files) == sorted(
        (part.get_filename() or "", payload(part), (part["Content-ID"] or "").strip("<>")) for part in files
    )


def payload(part: email.message.Message) -> bytes:
    return cast(bytes, part.get_payload(decode=True))


@few
@given(contents)
def test_a_second_parser_reads_the_same(content: MailContent) -> None:
    parsed = fast_mail_parser.parse_email(composer.compose(content))

    assert parsed.subject.strip() == content.rendered.subject.strip()
    assert list(parsed.headers) == [
        name for name in dict.fromkeys(expected_headers(content)) if name != "Content-Transfer-Encoding"
    ] + (["Content-Transfer-Encoding"] if "Content-Transfer-Encoding" in expected_headers(content) else [])
    assert [address.address for address in parsed.to] == [content.recipient.email]
    assert parsed.bcc == []
    assert parsed.cc == []
    if content.rendered.html:
        assert [canonical(text) for text in parsed.text_html] == [canonical(content.rendered.html)]
    if content.rendered.text:
        assert [canonical(text) for text in parsed.text_plain] == [canonical(content.rendered.text)]
    assert sorted((file.filename, file.content) for file in parsed.attachments) == sorted(
        (file.name, file.content) for file in content.files
    )


@few
@given(contents)
def test_the_wire_form_is_within_its_limits(content: MailContent) -> None:
    message = composer.compose(content)

    assert message.isascii()
    assert message.endswith(b"\r\n")
    assert b"\r" not in message.replace(b"\r\n", b"")
    assert b"\n" not in message.replace(b"\r\n", b"")
    lines = message.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert all(len(line) <= 76 for line in lines if b"=?utf-8?" in line and b"<" not in line)
    for word in re.findall(rb"=\?utf-8\?B\?[^?]*\?=", message):
        assert len(word) <= 75
        (decoded, _charset), *more = email.header.decode_header(word.decode())
        assert not more
        assert isinstance(decoded, bytes)
        decoded.decode()  # whole characters only


@few
@given(contents)
def test_the_same_content_gives_the_same_bytes(content: MailContent) -> None:
    assert composer.compose(content) == MimeComposer().compose(content)


def test_structure_only_as_deep_as_needed() -> None:
    pdf = MailFile(name="명세서.pdf", content=b"%PDF", media_type="application/pdf")
    logo = MailFile(name="logo.png", content=b"PNG", media_type="image/png", content_id="logo")

    def tree(part: email.message.Message) -> object:
        parts = (
            [tree(cast(email.message.Message, child)) for child in part.get_payload()] if part.is_multipart() else []
        )
        return (part.get_content_type(), parts) if parts else part.get_content_type()

    alternative = ("multipart/alternative", ["text/plain", "text/html"])
    related = ("multipart/related", [alternative, "image/png"])
    assert tree(read(PLAIN)) == alternative
    assert tree(read(replace(PLAIN, files=(logo,)))) == related
    assert tree(read(replace(PLAIN, files=(pdf, logo)))) == ("multipart/mixed", [related, "application/pdf"])
    only_text = replace(PLAIN, rendered=RenderedMail("s", "", "t"))
    assert tree(read(only_text)) == "text/plain"
    assert tree(read(replace(only_text, files=(logo,)))) == ("multipart/mixed", ["text/plain", "image/png"])


def test_headers_that_name_the_delivery() -> None:
    message = read(PLAIN)

    assert message["Message-ID"] == f"<{DELIVERY.hex}@tank.example>"
    assert message["Date"].datetime.timestamp() == int(PLAIN.date)
    assert DELIVERY.hex in (message.get_boundary() or "")


def test_a_korean_file_name_has_both_forms() -> None:
    name = "2026년 11월 이용대금 명세서 김하나 고객님 귀하.pdf"
    message = composer.compose(replace(PLAIN, files=(MailFile(name=name, content=b"x", media_type="application/pdf"),)))

    assert b"filename*=UTF-8''2026%EB%85%84" in message
    assert b"filename*0" not in message
    (attachment,) = (p for p in email.message_from_bytes(message).walk() if p.get_filename())
    shown = cast(str, attachment.get_param("name"))
    assert str(email.header.make_header(email.header.decode_header(shown))) == name


@pytest.mark.parametrize("name", [";", "a;b.pdf", 'a"b.pdf', "가;나.pdf", "a'b.pdf", "a,b=c.pdf", "100%.pdf"])
def test_file_names_that_simple_readers_would_cut(name: str) -> None:
    message = composer.compose(replace(PLAIN, files=(MailFile(name=name, content=b"x"),)))

    assert [file.filename for file in fast_mail_parser.parse_email(message).attachments] == [name]
    assert [part.get_filename() for part in email.message_from_bytes(message).walk() if part.get_filename()] == [name]


def test_unsubscribe_headers() -> None:
    message = read(replace(PLAIN, unsubscribe_url="https://tank.example/u", unsubscribe_mailto="leave@tank.example"))

    assert message["List-Unsubscribe"] == "<https://tank.example/u>, <mailto:leave@tank.example>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read(replace(PLAIN, unsubscribe_mailto="leave@tank.example"))["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize(
    "text",
    [
        "a\r\nBcc: thief@evil.example",
        "a\nb",
        "a\rb",
        "a\0b",
        "a\tb",
        "a\x1bb",
        "a\x85b",
        "a\u2028b",
        "gpj\u202efdp.exe",
        "a\ud800",
        # CVE-2024-6923: the stdlib's own e-mail package decodes this and writes a real Bcc header.
        "=?utf-8?q?hello=0d=0aBcc=3a_thief=40evil.example?=",
    ],
)
def test_data_that_no_header_may_hold_is_refused(text: str) -> None:
    for content in (
        replace(PLAIN, rendered=replace(PLAIN.rendered, subject=text)),
        replace(PLAIN, recipient=Address("a@b.example", text)),
        replace(PLAIN, sender=Address("a@b.example", text)),
        replace(PLAIN, reply_to=Address("a@b.example", text)),
        replace(PLAIN, headers=(("X-Campaign", text),)),
        replace(PLAIN, files=(MailFile(name=text, content=b""),)),
        replace(PLAIN, recipient=Address(f"{text}@b.example")),
        replace(PLAIN, recipient=Address(f"a@{text}.example")),
        replace(PLAIN, unsubscribe_url=f"https://tank.example/{text}"),
        replace(PLAIN, unsubscribe_mailto=f"{text}@tank.example"),
        replace(PLAIN, files=(MailFile(name="a", content=b"", media_type=f"a/{text}"),)),
        replace(PLAIN, files=(MailFile(name="a", content=b"", content_id=text),)),
    ):
        with pytest.raises(ComposeError):
            composer.compose(content)


@pytest.mark.parametrize(
    "address",
    ["", "a", "@b.example", "a@", "a b@c.example", "a@b@c.example", "a,b@c.example", "<a@c.example>", "김@c.example",
     '"a b"@c.example', "a@[127.0.0.1]", "a..b@c.example", ".a@c.example", "a@-c.example", "a@c..example",
     "a@b.example\n", "a@b.example ", "x" * 65 + "@c.example", "a@" + "d" * 64 + ".example"],
)  # fmt: skip
def test_addresses_that_cannot_be_mailed(address: str) -> None:
    with pytest.raises(ComposeError):
        composer.compose(replace(PLAIN, recipient=Address(address)))


def test_a_korean_domain_becomes_ascii() -> None:
    message = read(replace(PLAIN, recipient=Address("hana@한국.kr", "하나")))

    assert message["To"].addresses[0].addr_spec == "hana@xn--3e0b707e.kr"


@pytest.mark.parametrize(
    "name", ["Bcc", "to", "Subject", "Content-Type", "X-SES-SOURCE-ARN", "Resent-To", "A B", "", "X:"]
)
def test_headers_that_operators_cannot_set(name: str) -> None:
    with pytest.raises(ComposeError):
        composer.compose(replace(PLAIN, headers=((name, "x"),)))


@pytest.mark.parametrize("name", ["", ".", "..", "a/b.pdf", "a\\b.pdf", "가" * 86])
def test_file_names_that_are_refused(name: str) -> None:
    with pytest.raises(ComposeError):
        composer.compose(replace(PLAIN, files=(MailFile(name=name, content=b""),)))


def test_a_mail_inside_a_mail_arrives_as_bytes() -> None:
    inner = MailFile(name="a.eml", content=b"Subject: x\r\n\r\n", media_type="message/rfc822")
    (part,) = (p for p in read(replace(PLAIN, files=(inner,))).walk() if p.get_filename())

    assert (part.get_content_type(), payload(part)) == ("application/octet-stream", inner.content)


def test_too_large_is_said_before_it_is_joined() -> None:
    content = replace(PLAIN, files=(MailFile(name="a", content=bytes(100_000)),))

    with pytest.raises(ComposeError, match="at most 100,000"):
        MimeComposer(max_bytes=100_000).compose(content)


def test_a_lone_surrogate_in_a_body_is_refused() -> None:
    with pytest.raises(ComposeError):
        composer.compose(replace(PLAIN, rendered=RenderedMail("s", "a\ud800", "")))


def test_a_shared_file_is_encoded_once() -> None:
    shared = MailFile(name="약관.pdf", content=bytes(3_000_000), media_type="application/pdf")
    fresh = MimeComposer()
    content = replace(PLAIN, files=(shared,))
    first = fresh.compose(content)
    assert fresh.compose(content) == first
    assert fresh._files._kept[id(shared.content)][0] is shared.content
