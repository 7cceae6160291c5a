"""A sender's options are checked whole, and each defect is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tank.domain.connection import SenderKind
from tank.domain.errors import Misconfigured
from tank.senders.options import read_options, rules
from tank.senders.outbox import OutboxOptions
from tank.senders.registry import SenderRegistry
from tank.senders.ses import SesOptions
from tank.senders.smtp import SmtpOptions
from tests.support.profiles import a_profile

DOCS = Path(__file__).parents[3] / "docs" / "senders.md"


def test_what_is_not_given_has_its_default() -> None:
    options = read_options(SesOptions, a_profile(SenderKind.SES, {"region": "", "profile": None}))
    assert (options.region, options.profile, options.max_concurrency) == (None, None, 300)


def test_numbers_may_be_written_either_way() -> None:
    options = read_options(SesOptions, a_profile(SenderKind.SES, {"read_seconds": 5, "max_concurrency": 7.0}))
    assert (options.read_seconds, options.max_concurrency) == (5.0, 7)


def test_every_defect_is_told_at_once() -> None:
    given = {"regoin": "us-east-1", "max_concurrency": 0, "read_seconds": "long", "secret_access_key": "s3cret"}
    profile = a_profile(SenderKind.SES, given, {"session_tokn": "t"})
    with pytest.raises(Misconfigured) as caught:
        read_options(SesOptions, profile)
    message = caught.value.message
    assert "did you mean 'region'?" in message
    assert '"max_concurrency" must be a whole number from 1 to 5000, not 0.' in message
    assert "\"read_seconds\" must be a number, not 'long'." in message
    assert '"secret_access_key" belongs among the secrets.' in message
    assert "did you mean 'session_token'?" in message
    assert "s3cret" not in message
    assert caught.value.remedy is not None
    assert "region" in caught.value.remedy


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"host": "h", "tls": "ssl"}, "must be one of none, starttls, tls"),
        ({"host": "h\r\nQUIT"}, "control characters"),
        ({"host": 7}, "must be a text"),
        ({"host": "h", "port": True}, "must be a number"),
        ({"host": "h", "port": 25.5}, "whole number"),
        ({"host": "h", "allow_plain_login": "yes"}, "must be true or false"),
    ],
)
def test_wrong_values_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(Misconfigured, match=words):
        read_options(SmtpOptions, a_profile(SenderKind.SMTP, options))


@pytest.mark.parametrize(
    ("kind", "options", "secrets", "words"),
    [
        (SenderKind.SMTP, {}, {}, "no host"),
        (SenderKind.SMTP, {"host": "h", "tls": "none", "username": "u"}, {"password": "p"}, "unencrypted"),
        (SenderKind.SMTP, {"host": "h"}, {"password": "p"}, "no username"),
        (SenderKind.SES, {"access_key_id": "AK"}, {}, "one half"),
        (SenderKind.SES, {}, {"secret_access_key": "s"}, "one half"),
        (SenderKind.SES, {"endpoint_url": "localhost:8000"}, {}, "no URL"),
        (SenderKind.OUTBOX, {"dir": "x"}, {}, 'no option "dir"'),
    ],
)
def test_options_that_do_not_fit_together_are_refused(
    kind: SenderKind, options: dict[str, Any], secrets: dict[str, str], words: str
) -> None:
    with pytest.raises(Misconfigured, match=words):
        SenderRegistry(outbox_folder=Path("unused")).open(a_profile(kind, options, secrets))


def test_secrets_do_not_show() -> None:
    options = read_options(SmtpOptions, a_profile(SenderKind.SMTP, {"host": "h"}, {"password": "hidden"}))
    assert "hidden" not in repr(options)


@pytest.mark.parametrize("options", [OutboxOptions, SmtpOptions, SesOptions])
def test_the_documents_name_every_option_with_its_default(options: type) -> None:
    document = DOCS.read_text(encoding="utf-8")
    for name, rule, default in rules(options):
        shown = "secret" if rule.secret else "–" if default is None else str(default).lower()
        assert f"| `{name}` | {shown} | {rule.about} |" in document
