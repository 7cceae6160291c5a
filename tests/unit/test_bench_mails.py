"""The benchmark's own check: it must notice a mail that is not what its recipient should get."""

from __future__ import annotations

import base64
import json

import pytest
from bench.mails import FILE_NAME, check, customer, plainly

SIZE = 1_000


def request(number: int, message: bytes) -> str:
    content = {"Raw": {"Data": base64.b64encode(message).decode()}}
    return json.dumps({"Content": content, "Destination": {"ToAddresses": [customer(number).email]}})


@pytest.mark.parametrize("size", [0, SIZE])
def test_a_right_mail_passes(size: int) -> None:
    check(request(5, plainly(5, size).as_bytes()), size)


@pytest.mark.parametrize(
    ("number", "message", "wrong"),
    [
        (6, plainly(5, SIZE).as_bytes(), "To, name, Subject, rows, total, files"),
        (5, plainly(5, 0).as_bytes(), "files"),
        (5, plainly(5, SIZE + 1).as_bytes(), "files"),
        (5, plainly(5, SIZE).as_bytes().replace(b"Subject: ", b"Subject: x "), "Subject"),
    ],
)
def test_a_wrong_mail_is_told(number: int, message: bytes, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        check(request(number, message), SIZE)


def test_no_two_customers_have_one_file() -> None:
    contents = {
        part.get_content()
        for number in range(20)
        for part in plainly(number, SIZE).iter_attachments()
        if part.get_filename() == FILE_NAME
    }
    assert len(contents) == 20
