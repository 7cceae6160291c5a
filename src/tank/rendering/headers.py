"""Header fields: what may stand in them, and how Korean gets through (RFC 5322, 2047, 2231).

Everything that comes from data is refused rather than mended where it could add a header, end one, or show a
reader something else than what is there: a recipient with such a row is a FAIL with the reason, not a surprise.
"""

from __future__ import annotations

import base64
import re
import urllib.parse
from functools import lru_cache

import email_validator

from tank.domain.mail import Address
from tank.domain.ports.rendering import ComposeError

#: RFC 2047 section 2: a line with encoded-words has at most 76 characters, an encoded-word at most 75.
_LINE, _WORD = 76, 75
_FRAME = len("=?utf-8?B??=")
#: RFC 5322 section 2.1.1 allows 998; what is not folded here stays well below.
_LONGEST_UNFOLDED = 900
_LONGEST_VALUE = 10_000
_LONGEST_FILE_NAME = 255

#: Control characters, line and paragraph separators, lone surrogates, and the bidirectional controls that make
#: ``fdp.exe`` read as ``exe.pdf`` (embeddings, overrides and isolates; mere marks are harmless).
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,59}")
_CONTENT_ID = re.compile(r"[A-Za-z0-9._%+@-]{1,200}")
_URL = re.compile(r"https://[!#-;=?-Z\[\]_a-z~%]+")
_MAILTO = re.compile(r"mailto:[!#-;=?-Z_a-z~%]+")

#: Tank writes these itself, or they would change who gets the mail or how it is trusted.
_RESERVED = frozenset({
    "from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "mime-version", "return-path",
    "received", "dkim-signature", "list-unsubscribe", "list-unsubscribe-post", "authentication-results",
})  # fmt: skip
_RESERVED_PREFIXES = ("content-", "resent-", "arc-", "x-ses-")


def checked(value: str, what: str) -> str:
    """The value, unless it holds what no header may hold. Raises ``ComposeError``."""
    bad = _FORBIDDEN.search(value)
    if bad is not None:
        raise ComposeError(f"The {what} holds the character U+{ord(bad[0]):04X}, which no mail header may hold.")
    if "=?" in value:
        # A mail reader would decode it: CVE-2024-6923 made a real Bcc header out of such a subject.
        raise ComposeError(f'The {what} holds "=?", which mail readers take for an encoded text.')
    if len(value) > _LONGEST_VALUE:
        raise ComposeError(f"The {what} has {len(value):,} characters; at most {_LONGEST_VALUE:,} are possible.")
    return value


def unstructured(name: str, value: str, what: str) -> str:
    """A field of free text, such as the subject, folded and ended by CRLF."""
    checked(value, what)
    is_plain = value.isascii() and len(name) + 2 + len(value) <= _LINE and value == value.strip()
    return f"{name}: {value if is_plain else encoded_words(value, len(name) + 2)}\r\n"


def encoded_words(text: str, column: int) -> str:
    """RFC 2047 encoded-words, no character split between two of them, folded; ``column`` characters stand before."""
    data = text.encode()
    words, start, room = [], 0, _LINE - column
    while start < len(data):
        end = min(start + (min(room, _WORD) - _FRAME) // 4 * 3, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?B?{base64.b64encode(data[start:end]).decode()}?=")
        start, room = end, _LINE - 1
    return "\r\n ".join(words)


def mailbox(name: str, address: Address, what: str) -> str:
    """A field with one mailbox, such as ``From``."""
    email = email_address(address.email, what)
    if not address.name:
        return f"{name}: {email}\r\n"
    shown = _phrase(checked(address.name, f"name of the {what}"), len(name) + 2)
    used = len(shown) - shown.rfind("\r\n ") - 2 if "\r\n" in shown else len(name) + 2 + len(shown)
    space = " " if used + len(email) + 3 <= _LINE else "\r\n "
    return f"{name}: {shown}{space}<{email}>\r\n"


def _phrase(text: str, column: int) -> str:
    if not text.isascii() or column + len(text) + 4 > _LINE or text != text.strip() or "  " in text:
        return encoded_words(text, column)
    if _ATOMS.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if column + len(escaped) + 2 <= _LINE else encoded_words(text, column)


def email_address(email: str, what: str) -> str:
    """The address as it may stand in a header and an envelope, an international domain as A-labels.

    Raises ``ComposeError``: SES's raw messages and most SMTP servers take no other local part than ASCII
    (RFC 6531 would be needed), and quoted local parts or bare IP addresses are no customers' addresses.
    """
    local, at, domain = email.rpartition("@")
    if not at or len(local) > 64 or not _LOCAL_PART.fullmatch(local) or "=?" in local:
        raise ComposeError(f"The address of the {what} is not one that can be mailed.")
    if not _DOMAIN.fullmatch(domain):
        domain = _ascii_domain(domain, what)
    if len(domain) > 253:
        raise ComposeError(f"The address of the {what} is not one that can be mailed.")
    return f"{local}@{domain}"


@lru_cache(maxsize=1024)
def _ascii_domain(domain: str, what: str) -> str:
    try:
        return email_validator.validate_email(f"a@{domain}", check_deliverability=False).ascii_domain
    except (email_validator.EmailNotValidError, UnicodeError):
        raise ComposeError(f"The address of the {what} has no valid domain.") from None


def extra(name: str, value: str) -> str:
    """A header of the operator's own. Raises ``ComposeError`` for names that Tank or the mail system owns."""
    lower = name.lower()
    if not _FIELD_NAME.fullmatch(name) or lower in _RESERVED or lower.startswith(_RESERVED_PREFIXES):
        raise ComposeError(f'"{name[:60]!s}" cannot be set as an extra header.')
    return unstructured(name, value, f"header {name}")


def unsubscribe(url: str | None, mailto: str | None) -> str:
    """``List-Unsubscribe`` (RFC 2369), and ``List-Unsubscribe-Post`` for one click (RFC 8058) where there is a URL."""
    targets = []
    if url:
        targets.append(_target(url, _URL, "an https:// address"))
    if mailto:
        text = mailto if mailto.startswith("mailto:") else f"mailto:{mailto}"
        targets.append(_target(text, _MAILTO, "a mail address"))
    if not targets:
        return ""
    post = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" if url else ""
    return "List-Unsubscribe: " + ",\r\n ".join(targets) + "\r\n" + post


def _target(text: str, pattern: re.Pattern[str], kind: str) -> str:
    if len(text) > _LONGEST_UNFOLDED or not pattern.fullmatch(text) or "=?" in text:
        raise ComposeError(f"The way to unsubscribe must be {kind}, in ASCII and shorter than {_LONGEST_UNFOLDED}.")
    return f"<{text}>"


def content_id(value: str) -> str:
    if not _CONTENT_ID.fullmatch(value):
        raise ComposeError("The content id of an inline image consists of letters, digits and . _ % + @ - only.")
    return f"Content-ID: <{value}>\r\n"


@lru_cache(maxsize=1024)
def file_names(media_type: str, disposition: str, name: str) -> str:
    """``Content-Type`` and ``Content-Disposition`` of a file, with its name in both forms (facts on Korean mail).

    A Korean name is an encoded-word in ``name`` (which old readers know) and RFC 2231 in ``filename*``, unsplit:
    some readers show its continuations as "noname". There is no ASCII ``filename`` beside it, because readers that
    know no ``filename*`` would prefer that to the right name in ``name``.
    """
    checked(name, "file name")
    if name in ("", ".", "..") or "/" in name or "\\" in name or len(name.encode()) > _LONGEST_FILE_NAME:
        raise ComposeError(f"A file name has 1 to {_LONGEST_FILE_NAME} bytes and no slash.")
    # Quoted, a semicolon would be allowed; some readers end the name there all the same.
    if name.isascii() and not {'"', ";"} & set(name) and name == name.strip():
        shown, stated = f'"{name}"', f'filename="{name}"'
    else:
        shown = f'"{encoded_words(name, len(" name=") + 1)}"'
        stated = f"filename*=UTF-8''{urllib.parse.quote(name, safe='')}"
    return f"Content-Type: {media_type};\r\n name={shown}\r\nContent-Disposition: {disposition};\r\n {stated}\r\n"
