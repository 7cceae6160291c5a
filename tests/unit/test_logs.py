"""The program's log: lines for machines, without secrets and without whole addresses."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from tank import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """A log in JSON; logging is put back as it was."""
    before = logging.getLogger().handlers[:]
    stream = io.StringIO()
    logs.set_up(level="info", log_format="json", stream=stream)
    yield stream
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = before
    logging.getLogger().setLevel(logging.WARNING)


def lines_of(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_lines_are_documents(written: io.StringIO) -> None:
    structlog.get_logger("tank.test").info("hello", run="7", 이름="김하나")
    (line,) = lines_of(written)
    assert line["event"] == "hello"
    assert line["이름"] == "김하나"
    assert line["level"] == "info"


def test_lines_of_libraries_look_the_same(written: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("to %s", "kim.minsu@example.com")
    (line,) = lines_of(written)
    assert line["event"] == "to k***@example.com"
    assert "_record" not in line


def test_addresses_are_masked_wherever_they_stand(written: io.StringIO) -> None:
    structlog.get_logger().warning("failed", tried=["kim.minsu@example.com"], row={"to": ("o'k&lee@example.com",)})
    (line,) = lines_of(written)
    assert (line["tried"], line["row"]) == (["k***@example.com"], {"to": ["o'k***@example.com"]})


def test_secrets_are_hidden_by_name_and_in_urls(written: io.StringIO) -> None:
    structlog.get_logger().warning(
        "failed", api_token="geheim", url="postgresql://tank:geheim@db/x", email="kim@example.com"
    )
    assert "geheim" not in written.getvalue()
    assert "kim@" not in written.getvalue()


def test_an_error_keeps_its_trace_without_values(written: io.StringIO) -> None:
    password = "geheim"
    try:
        int("mail to kim.minsu@example.com failed")
    except ValueError as error:
        structlog.get_logger().error("crash", exc_info=error)
    assert password not in written.getvalue()
    assert "test_logs.py" in written.getvalue()
    assert "kim.minsu" not in written.getvalue()


def test_less_important_lines_are_left_out(written: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("botocore").info("chatter")
    assert lines_of(written) == []
