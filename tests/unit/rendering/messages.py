"""Message contents for the tests, plain and made by hypothesis."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from hypothesis import strategies as st

from tank.domain.mail import Address, MailContent, MailFile, RenderedMail

DELIVERY = UUID("019ab3c4-0000-7000-8000-0123456789ab")

PLAIN = MailContent(
    sender=Address("no-reply@tank.example", "탱크카드"),
    recipient=Address("hana@customer.example", "김하나"),
    rendered=RenderedMail("11월 명세서", "<p>안녕하세요</p>", "안녕하세요"),
    delivery_id=DELIVERY,
    date=1_795_312_800.25,
)

#: What no header may hold: control characters, separators, surrogates, bidirectional controls.
_NEVER = "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_korean = st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), max_size=60)
_any = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=_NEVER), max_size=150)
_ascii = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=150)
header_texts = (_korean | _any | _ascii).filter(lambda text: "=?" not in text)

_atoms = st.text("abcXYZ0189!#$%&'*+/=^_`{|}~-", min_size=1, max_size=20)
_local_parts = st.lists(_atoms, min_size=1, max_size=3).map(".".join).filter(lambda text: len(text) <= 64)
_domains = st.sampled_from(["example.com", "mail.tank.example", "a-b.co.kr", "xn--9n2bp8q.example"])
addresses = st.builds(
    Address, email=st.builds("{}@{}".format, _local_parts, _domains), name=header_texts.map(str.strip)
)

bodies = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
_file_names = header_texts.map(lambda text: text.replace("/", "").replace("\\", "").strip()[:60]).filter(
    lambda name: name not in ("", ".", "..") and len(name.encode()) <= 255
)
_files = st.builds(
    MailFile,
    name=_file_names,
    content=st.binary(max_size=200),
    media_type=st.sampled_from(["application/pdf", "image/png", "application/zip"]),
)
_images = st.lists(_files, max_size=2).map(
    lambda files: [replace(file, content_id=f"image{number}@tank") for number, file in enumerate(files)]
)

contents = st.builds(
    lambda files, images, **parts: MailContent(files=(*files, *images), **parts),
    files=st.lists(_files, max_size=3),
    images=_images,
    sender=addresses,
    recipient=addresses,
    reply_to=st.none() | addresses,
    rendered=st.builds(RenderedMail, subject=header_texts, html=bodies, text=bodies),
    delivery_id=st.uuids(),
    date=st.floats(0, 4e9),
    unsubscribe_url=st.none() | st.just("https://tank.example/u?t=abc&k=1"),
    unsubscribe_mailto=st.none() | st.just("leave@tank.example"),
    headers=st.lists(st.tuples(st.sampled_from(["X-Campaign", "X-Tank-Run"]), header_texts), max_size=2).map(tuple),
)
