"""Recipients' addresses: the quick way answers as the thorough one does."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from tank.services.addresses import BadAddress, normalise_address

_texts = st.text("ab.@-_+AZ09 가'\"\t", max_size=20) | st.emails() | st.from_regex(r"\A[a-z.]{1,70}@[a-z.-]{1,30}\Z")


@given(_texts)
@example("a" * 65 + "@example.com")
@example("a@" + "b" * 64 + ".com")
@example("a.@example.com")
@example("a@-b.com")
@example("a@b-.com")
@example("a@b.c")
def test_what_it_takes_email_validator_takes_in_the_same_form(text: str) -> None:
    try:
        found = normalise_address(text)
    except BadAddress:
        return
    checked = validate_email(text.strip(), check_deliverability=False)
    assert found == checked.ascii_email


@given(_texts)
def test_what_email_validator_refuses_it_refuses(text: str) -> None:
    try:
        validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        with pytest.raises(BadAddress):
            normalise_address(text)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (" kim@Example.COM\n", "kim@example.com"),
        ("kim@한글.한국", "kim@xn--bj0bj06e.xn--3e0b707e"),
        ("a.b+c@corp.local", "a.b+c@corp.local"),
    ],
)
def test_the_form_in_which_it_is_mailed(value: str, found: str) -> None:
    assert normalise_address(value) == found


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "  ",
        7,
        b"a@b.com",
        "a@b.com, c@d.com",
        "a@b.com\r\nBcc: x@y.com",
        "김@b.com",
        "=?utf-8?q?a?=@b.com",
        "a" * 65 + "@b.com",
    ],
)
def test_what_nobody_can_be_mailed_at(value: object) -> None:
    with pytest.raises(BadAddress):
        normalise_address(value)  # type: ignore[arg-type]
