"""The ledger under random holders, faults and steering, against an endpoint that remembers what it accepted.

Three workers claim, freeze, come back too late, repeat themselves and report out of order, while a person pauses,
resumes, stops and cancels. Nothing here is polite: a worker tries intents under every lease that it ever had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tank.db.database import Database
from tank.domain.delivery import (
    DELIVERY_TRANSITIONS,
    Delivery,
    DeliveryStatus,
    ErrorKind,
    Intent,
    PendingUpdate,
    Refusal,
    Result,
    UpdateResult,
    UpdateStatus,
)
from tank.domain.ids import new_id
from tank.domain.job import JobState
from tank.domain.ports.store import SENDING_STOPPED
from tank.domain.shard import LeaseLost, NotRunning, ShardLease
from tank.services.finishing import close_shard, finish_run
from tests.fakes.clock import FakeClock
from tests.support.a_run import LEASE_SECONDS, a_result, a_sealed_run, an_intent

_ROWS, _SHARD_SIZE, _WORKERS = 6, 3, 3
_SHARDS = _ROWS // _SHARD_SIZE
_WHERE_ACCEPTED_MAILS_ARE = {DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN, DeliveryStatus.SENT}

shard_numbers = st.integers(0, _SHARDS - 1)
workers = st.integers(0, _WORKERS - 1)
some_rows = st.lists(st.integers(0, _SHARD_SIZE - 1), min_size=1, max_size=_SHARD_SIZE)
#: Counted back from the newest: what is old comes up more rarely.
indexes = st.integers(0, 5)


@dataclass(slots=True)
class Hold:
    """Who may make intents for a shard, as the ledger should see it."""

    lease: ShardLease
    until: float


@dataclass(slots=True)
class Memory:
    """What the workers believe and the endpoint knows: nothing of it is in the Logs DB."""

    leases: list[tuple[int, ShardLease]] = field(default_factory=list)
    on_their_way: list[Intent] = field(default_factory=list)
    answers: list[Result] = field(default_factory=list)
    accepted: dict[UUID, int] = field(default_factory=dict)
    writing_back: list[tuple[int, ShardLease, PendingUpdate]] = field(default_factory=list)
    applied: set[UUID] = field(default_factory=set)


class LedgerMachine(RuleBasedStateMachine):
    """See the module's text; one run of six recipients in two shards."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        super().__init__()
        self.db, self.clock = db, clock
        self.run = a_sealed_run(db, count=_ROWS, shard_size=_SHARD_SIZE, has_update=True)
        self.worker_ids = [new_id() for _ in range(_WORKERS)]
        self.memory = Memory()
        self.holds: dict[int, Hold] = {}
        self.done: set[int] = set()
        self.job_state = JobState.RUNNING
        self.is_stopped = False
        self.seen = self._rows()

    # Leases

    @rule(worker=workers, no=shard_numbers, is_after_its_lease=st.booleans(), rows=some_rows | st.just([]))
    def claim(self, worker: int, no: int, is_after_its_lease: bool, rows: list[int]) -> None:
        """And begin to send at once, as workers do: before the next event there is something to be in doubt about."""
        if is_after_its_lease:
            self.clock.advance(LEASE_SECONDS + 1)
        now = self.clock.boot_seconds()
        is_free = no not in self.done and (no not in self.holds or self.holds[no].until < now)
        with self.db.write() as tables:
            lease = tables.shards.claim(
                self.run.run_id, no, self.worker_ids[worker], lease_seconds=LEASE_SECONDS, at=self.clock.now()
            )
        assert (lease is not None) == is_free
        if lease is not None:
            assert no not in self.holds or lease.fence > self.holds[no].lease.fence
            self.holds[no] = Hold(lease, now + LEASE_SECONDS)
            self.memory.leases.append((no, lease))
            self.nothing_is_lost_or_mailed_twice()
            self.intend(0, rows, is_reply_lost=False)

    @precondition(lambda self: self.memory.leases)
    @rule()
    def renew_all(self) -> None:
        """Every lease that anybody ever had: only those that stand are renewed."""
        leases = [lease for _, lease in self.memory.leases]
        with self.db.write() as tables:
            kept = tables.shards.renew(leases, lease_seconds=LEASE_SECONDS)
        assert {(k.shard.no, k.fence) for k in kept} == {(no, h.lease.fence) for no, h in self.holds.items()}
        for hold in self.holds.values():
            hold.until = self.clock.boot_seconds() + LEASE_SECONDS

    @precondition(lambda self: self.memory.leases)
    @rule(index=indexes)
    def give_back(self, index: int) -> None:
        """As a worker does that stops, or has nothing left to send."""
        no, lease = self._a_lease(index)
        holds = self._holds(no, lease)
        with self.db.write() as tables:
            is_done = close_shard(tables, lease, self.run.job_id, at=self.clock.now())
        assert holds or not is_done
        if holds:
            del self.holds[no]
        if is_done:
            self.done.add(no)
            rows = list(self._rows().values())[no * _SHARD_SIZE : (no + 1) * _SHARD_SIZE]
            assert all(row.status.is_final and row.update_query_ok is not UpdateStatus.PENDING for row in rows)
        with self.db.read() as tables:
            self.job_state = tables.jobs.get(self.run.job_id).state

    @rule(seconds=st.sampled_from([1.0, LEASE_SECONDS / 2]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    # Mails

    @precondition(lambda self: self.memory.leases)
    @rule(index=indexes, rows=some_rows, is_reply_lost=st.booleans())
    def intend(self, index: int, rows: list[int], is_reply_lost: bool) -> None:
        no, lease = self._a_lease(index)
        chosen = [self.run.deliveries[no * _SHARD_SIZE + row] for row in rows]
        intents = [an_intent(delivery) for delivery in chosen]
        standing = self._record(no, lease, intents=intents)
        if is_reply_lost and standing is not None:
            assert self._record(no, lease, intents=intents) == standing
        standing = standing or set()
        free = {id_ for id_, row in self.seen.items() if row.status is DeliveryStatus.PENDING}
        stood = [intent for intent in intents if intent.attempt_token in standing]
        assert len({intent.delivery_id for intent in stood}) == len(stood)
        assert {intent.delivery_id for intent in stood} <= free
        self.memory.on_their_way += stood

    @precondition(lambda self: self.memory.leases)
    @rule(index=indexes, row=st.integers(0, _SHARD_SIZE - 1), status=st.sampled_from(["FAIL", "SKIPPED"]))
    def refuse(self, index: int, row: int, status: str) -> None:
        no, lease = self._a_lease(index)
        delivery = self.run.deliveries[no * _SHARD_SIZE + row]
        refusal = Refusal(
            delivery_id=delivery.id,
            seq=delivery.seq,
            status=DeliveryStatus(status),
            error_kind=ErrorKind.RENDER_ERROR,
        )
        self._record(no, lease, refusals=[refusal])

    def _record(
        self, no: int, lease: ShardLease, *, intents: Sequence[Intent] = (), refusals: Sequence[Refusal] = ()
    ) -> set[UUID] | None:
        """The tokens that stand; None where the ledger refused, which it must do exactly where it should."""
        expected: type[Exception] | None = None
        if not self._holds(no, lease):
            expected = LeaseLost
        elif self.job_state is not JobState.RUNNING or self.is_stopped:
            expected = NotRunning
        try:
            with self.db.write() as tables:
                standing = tables.ledger.record(lease, intents=intents, refusals=refusals, at=self.clock.now())
        except LeaseLost:
            assert expected is LeaseLost
            return None
        except NotRunning:
            assert expected is NotRunning
            return None
        assert expected is None
        return standing

    @precondition(lambda self: self.memory.on_their_way)
    @rule(
        index=indexes, outcome=st.sampled_from(["accepted", "accepted, answer lost", "refused", "rejected", "unsent"])
    )
    def send(self, index: int, outcome: str) -> None:
        """However late, even after the lease: the worker may have been frozen between its last look and the byte."""
        intent = self.memory.on_their_way.pop(-1 - index % len(self.memory.on_their_way))
        if outcome.startswith("accepted"):
            self.memory.accepted[intent.delivery_id] = self.memory.accepted.get(intent.delivery_id, 0) + 1
        status = {
            "accepted": DeliveryStatus.SENT,
            "accepted, answer lost": DeliveryStatus.UNKNOWN,
            "refused": DeliveryStatus.PENDING,
            "rejected": DeliveryStatus.FAIL,
            "unsent": DeliveryStatus.PENDING,
        }[outcome]
        update = UpdateStatus.PENDING if status is DeliveryStatus.SENT else UpdateStatus.NONE
        self.memory.answers.append(a_result(intent, status, update_status=update))

    @precondition(lambda self: self.memory.answers)
    @rule(picks=st.lists(indexes, min_size=1, max_size=4), is_repeated=st.booleans())
    def report(self, picks: list[int], is_repeated: bool) -> None:
        """In any order, together or alone, some of them twice."""
        some = {len(self.memory.answers) - 1 - pick % len(self.memory.answers) for pick in picks}
        results = [self.memory.answers[index] for index in sorted(some)]
        with self.db.write() as tables:
            tables.ledger.settle(results)
        self._note_what_is_open_again()
        if not is_repeated:
            self.memory.answers = [a for index, a in enumerate(self.memory.answers) if index not in some]

    @precondition(lambda self: self.memory.leases)
    @rule(index=indexes)
    def begin_write_backs(self, index: int) -> None:
        no, lease = self._a_lease(index)
        with self.db.read() as tables:
            updates = tables.ledger.pending_updates(lease, limit=2)
        try:
            with self.db.write() as tables:
                tables.ledger.begin_updates(lease, [u.delivery_id for u in updates], at=self.clock.now())
        except LeaseLost:
            assert not self._holds(no, lease)
        else:
            assert self._holds(no, lease)
            self.memory.writing_back += [(no, lease, update) for update in updates]

    @precondition(lambda self: self.memory.writing_back)
    @rule(index=indexes, outcome=st.sampled_from(["applied", "applied, answer lost", "not applied", "no row"]))
    def end_write_back(self, index: int, outcome: str) -> None:
        """However late: the worker may have been frozen, and another may have judged the row meanwhile."""
        no, lease, update = self.memory.writing_back.pop(-1 - index % len(self.memory.writing_back))
        if outcome.startswith("applied"):
            self.memory.applied.add(update.delivery_id)
        status = {
            "applied": UpdateStatus.Y,
            "applied, answer lost": UpdateStatus.IN_DOUBT,
            "not applied": UpdateStatus.PENDING,
            "no row": UpdateStatus.N,
        }[outcome]
        before = self._rows()[update.delivery_id].update_query_ok
        with self.db.write() as tables:
            result = UpdateResult(delivery_id=update.delivery_id, seq=update.seq, status=status)
            tables.ledger.settle_updates(lease, [result])
        after = self._rows()[update.delivery_id].update_query_ok
        if status is UpdateStatus.Y:
            assert after is UpdateStatus.Y
        elif before is not UpdateStatus.PENDING or lease.fence != max(
            other.fence for n, other in self.memory.leases if n == no
        ):
            assert after is before, "what a former holder did not manage says nothing any more"
        else:
            assert after is status

    # A person

    @rule(
        wish=st.sampled_from(["go on", "go on", "go on", "pause", "stop everything", "cancel"]), is_sure=st.booleans()
    )
    def steer(self, wish: str, is_sure: bool) -> None:
        """Mostly in favour of going on: there is little to see of a run that is cancelled early."""
        if wish == "cancel" and is_sure:
            self._move((JobState.RUNNING, JobState.PAUSED), JobState.CANCELLED)
        elif wish == "pause":
            self._move((JobState.RUNNING,), JobState.PAUSED)
        elif wish == "go on":
            self._move((JobState.PAUSED,), JobState.RUNNING)
        with self.db.write() as tables:
            tables.settings.put(SENDING_STOPPED, {"by": "kim"} if wish == "stop everything" else None)
        self.is_stopped = wish == "stop everything"

    def _move(self, before: tuple[JobState, ...], after: JobState) -> None:
        with self.db.write() as tables:
            moved = tables.jobs.move(self.run.job_id, before=before, after=after, at=self.clock.now())
        assert moved == (self.job_state in before)
        if moved:
            self.job_state = after

    # What holds at any moment

    @invariant()
    def nothing_is_lost_or_mailed_twice(self) -> None:
        rows = self._rows()
        assert len(rows) == _ROWS
        for id_, row in rows.items():
            accepted = self.memory.accepted.get(id_, 0)
            assert accepted <= 1
            assert not accepted or row.status in _WHERE_ACCEPTED_MAILS_ARE
            assert accepted or row.status is not DeliveryStatus.SENT
            before = self.seen[id_].status
            assert row.status is before or row.status in DELIVERY_TRANSITIONS[before]
        self.seen = rows

    @invariant()
    def no_write_back_is_forgotten(self) -> None:
        """A row whose update was applied says so or stays open; one that waits is in a shard that is worked on."""
        rows = self._rows()
        for id_ in self.memory.applied:
            assert rows[id_].update_query_ok is not UpdateStatus.NONE
        with self.db.read() as tables:
            is_done = tables.shards.all_done(self.run.run_id)
        assert not is_done or all(row.update_query_ok is not UpdateStatus.PENDING for row in rows.values())

    @invariant()
    def the_counts_add_up(self) -> None:
        with self.db.read() as tables:
            run = tables.runs.get(self.run.run_id)
        assert run.counts.adds_up
        assert run.counts.target == _ROWS
        by_status = {s: sum(row.status is s for row in self.seen.values()) for s in DeliveryStatus}
        assert {s: getattr(run.counts, s.lower()) for s in DeliveryStatus} == by_status

    def teardown(self) -> None:
        """Whatever happened: once the faults end, one honest worker brings the run to its end."""
        self.steer("go on", is_sure=True)
        while left := set(range(_SHARDS)) - self.done:
            self._work_off(min(left))
        with self.db.write() as tables:
            assert tables.shards.all_done(self.run.run_id)
            finish_run(tables, self.run.run_id, at=self.clock.now())
        self.nothing_is_lost_or_mailed_twice()
        self.the_counts_add_up()
        assert all(row.status.is_final for row in self.seen.values())
        with self.db.read() as tables:
            assert not tables.jobs.get(self.run.job_id).state.is_active

    def _work_off(self, no: int) -> None:
        self.claim(0, no, is_after_its_lease=True, rows=[])
        lease = self.holds[no].lease
        if self.job_state is JobState.RUNNING:
            with self.db.read() as tables:
                left = {pending.id for pending in tables.ledger.pending(lease, after_seq=0, limit=_ROWS)}
            intents = [an_intent(delivery) for delivery in self.run.deliveries if delivery.id in left]
            assert self._record(no, lease, intents=intents) == {intent.attempt_token for intent in intents}
            self.memory.on_their_way += intents
            self.nothing_is_lost_or_mailed_twice()
            for _ in intents:
                self.send(0, "accepted")
        with self.db.write() as tables:
            tables.ledger.settle(self.memory.answers)
            self.memory.answers = []
            updates = tables.ledger.pending_updates(lease, limit=_ROWS)
            tables.ledger.settle_updates(
                lease, [UpdateResult(delivery_id=u.delivery_id, seq=u.seq, status=UpdateStatus.Y) for u in updates]
            )
            assert close_shard(tables, lease, self.run.job_id, at=self.clock.now())
        del self.holds[no]
        self.done.add(no)
        self._note_what_is_open_again()

    def _note_what_is_open_again(self) -> None:
        """Late evidence makes rows SENT whose write-back is still to be done: their shard is to be worked on again."""
        waiting = {row.seq for row in self._rows().values() if row.update_query_ok is UpdateStatus.PENDING}
        self.done -= {(seq - 1) // _SHARD_SIZE for seq in waiting}

    def _a_lease(self, index: int) -> tuple[int, ShardLease]:
        return self.memory.leases[-1 - index % len(self.memory.leases)]

    def _holds(self, no: int, lease: ShardLease) -> bool:
        return no in self.holds and self.holds[no].lease.fence == lease.fence

    def _rows(self) -> dict[UUID, Delivery]:
        with self.db.read() as tables:
            return {row.id: row for row in tables.ledger.page(self.run.run_id, limit=_ROWS + 1).items}


def test_no_order_of_events_mails_anyone_twice_or_loses_anyone(sqlite_db: Database, clock: FakeClock) -> None:
    class Machine(LedgerMachine):
        def __init__(self) -> None:
            super().__init__(sqlite_db, clock)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=20, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
