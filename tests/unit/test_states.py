"""The tables of states: where jobs and deliveries may go, and how a run ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.domain.delivery import DELIVERY_TRANSITIONS, DeliveryStatus
from tank.domain.errors import Conflict
from tank.domain.job import TRANSITIONS, JobState, check_transition
from tank.domain.run import RunCounts, final_state

_counts = st.integers(0, 3)


@pytest.mark.parametrize("before", list(JobState))
def test_a_job_moves_as_the_table_says_and_no_other_way(before: JobState) -> None:
    for after in JobState:
        if after in TRANSITIONS[before]:
            check_transition(before, after)
        else:
            with pytest.raises(Conflict, match=f"{before}.*{after}"):
                check_transition(before, after)


def test_a_job_that_has_ended_stays_so_and_every_other_can_end() -> None:
    for state in JobState:
        assert bool(TRANSITIONS[state]) == state.is_active
        if state.is_active:
            assert {JobState.CANCELLED, JobState.FAIL} <= TRANSITIONS[state]


def test_a_delivery_leaves_a_final_status_only_by_evidence() -> None:
    for status in DeliveryStatus:
        leaves = bool(DELIVERY_TRANSITIONS[status])
        assert leaves == (not status.is_final or status is DeliveryStatus.UNKNOWN)
    assert DELIVERY_TRANSITIONS[DeliveryStatus.UNKNOWN] == {DeliveryStatus.SENT, DeliveryStatus.FAIL}


def test_only_an_intent_leads_to_sending_and_only_sending_to_sent() -> None:
    def leading_to(status: DeliveryStatus) -> set[DeliveryStatus]:
        return {before for before, after in DELIVERY_TRANSITIONS.items() if status in after}

    assert leading_to(DeliveryStatus.SENDING) == {DeliveryStatus.PENDING}
    assert leading_to(DeliveryStatus.SENT) == {DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN}
    assert leading_to(DeliveryStatus.PENDING) == {DeliveryStatus.SENDING}


@pytest.mark.parametrize(
    ("counts", "defects", "state"),
    [
        (RunCounts(), 0, JobState.SUCCESS),
        (RunCounts(sent=3), 0, JobState.SUCCESS),
        (RunCounts(sent=3, update_ok=3), 0, JobState.SUCCESS),
        (RunCounts(skipped=3), 0, JobState.SUCCESS),  # all of them on purpose
        (RunCounts(skipped=3), 3, JobState.FAIL),
        (RunCounts(sent=1, skipped=3), 1, JobState.PARTIAL),
        (RunCounts(sent=1, fail=1), 0, JobState.PARTIAL),
        (RunCounts(fail=1), 0, JobState.FAIL),
        (RunCounts(sent=1, unknown=1), 0, JobState.PARTIAL),
        (RunCounts(unknown=1), 0, JobState.FAIL),
        (RunCounts(sent=3, update_ok=2, update_failed=1), 0, JobState.PARTIAL),
        (RunCounts(sent=3, update_ok=2, update_in_doubt=1), 0, JobState.PARTIAL),
    ],
)
def test_how_a_run_ends(counts: RunCounts, defects: int, state: JobState) -> None:
    assert final_state(counts, defects=defects) is state


@given(sent=_counts, fail=_counts, skipped=_counts, unknown=_counts, failed=_counts, defects=_counts)
def test_success_means_that_nothing_is_left_to_look_at(
    sent: int, fail: int, skipped: int, unknown: int, failed: int, defects: int
) -> None:
    counts = RunCounts(sent=sent, fail=fail, skipped=skipped, unknown=unknown, update_failed=failed)
    state = final_state(counts, defects=defects)
    assert (state is JobState.SUCCESS) == (not (fail or unknown or failed or defects))
    assert state is not JobState.FAIL or not sent
    assert state in TRANSITIONS[JobState.RUNNING]
