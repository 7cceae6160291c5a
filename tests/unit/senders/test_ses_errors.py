"""The table of SES's answers, where the tests over real connections do not reach."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.domain.mail import SendErrorKind
from tank.senders.ses_errors import RULES, refusal, torn_refusal


@given(status=st.integers(300, 599), code=st.text(max_size=30), message=st.text(max_size=60))
def test_every_answer_has_a_kind_and_a_remedy(status: int, code: str, message: str) -> None:
    error = refusal(status, code, message)
    assert error.remedy
    assert error.provider_code
    if status >= 500:
        assert error.kind is SendErrorKind.AMBIGUOUS
    assert error.code == f"send_{error.kind}"


@given(code=st.sampled_from([code for rule in RULES for code in rule.codes]), status=st.sampled_from([401, 403]))
def test_no_code_makes_a_denied_credential_fail_a_single_row(code: str, status: int) -> None:
    assert refusal(status, code, "").kind is SendErrorKind.STOPPED


@pytest.mark.parametrize(
    "message",
    [
        "Email address is not verified. The following identities failed the check in region US-EAST-1: a@b.example",
        "EMAIL ADDRESS IS NOT VERIFIED",
        "Daily message quota exceeded.",
    ],
)
@pytest.mark.parametrize("code", ["MessageRejected", "BadRequestException", "Throttling", "NewException"])
def test_some_texts_mean_that_every_row_would_fail(code: str, message: str) -> None:
    assert refusal(400, code, message).kind is SendErrorKind.STOPPED


@pytest.mark.parametrize("status", [400, 402, 409, 413, 499])
def test_an_unknown_refusal_is_the_rows_own(status: int) -> None:
    assert refusal(status, "", "").kind is SendErrorKind.REJECTED
    assert torn_refusal(status, "").kind is SendErrorKind.TRANSIENT


@pytest.mark.parametrize("status", [500, 503])
def test_a_torn_server_error_stays_in_doubt(status: int) -> None:
    assert torn_refusal(status, "").kind is SendErrorKind.AMBIGUOUS
