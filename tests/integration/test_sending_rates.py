"""The rate of a sender while runs go on: what throttles make of it, and what the account itself says."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest

from tank.db.database import Database
from tank.domain.job import JobState
from tank.domain.mail import OutgoingMail, Quota, Receipt, SendError, SendErrorKind
from tests.fakes.clock import FakeClock, RunningClock
from tests.fakes.senders import ScriptedSender
from tests.support.site import Site, customers


@pytest.fixture
def clock() -> FakeClock:
    return RunningClock()


@pytest.fixture
def site(logs_db: Database, clock: FakeClock) -> Site:
    return Site(logs_db, clock, rows=customers(60))


class BusySender(ScriptedSender):
    """Takes so many mails a second, a few more at once, and answers 429 to the others."""

    def __init__(self, per_second: float, *, burst: int, quota: Quota) -> None:
        super().__init__(quota=quota, max_concurrency=30)
        self._per_second, self._most = per_second, float(burst)
        self._tokens, self._at = float(burst), time.monotonic()
        self.throttled = 0

    async def send(self, mail: OutgoingMail) -> Receipt:
        now = time.monotonic()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            self.throttled += 1
            raise SendError(SendErrorKind.THROTTLED, "TooManyRequestsException", "Maximum sending rate exceeded.")
        self._tokens -= 1
        return await super().send(mail)


def _rate(site: Site) -> float | None:
    with site.db.read() as tables:
        profile = tables.senders.named("out")
        assert profile is not None
        return tables.rates.current(profile.id)


@pytest.mark.parametrize("told", [None, 20.0])
def test_a_storm_of_throttles_lowers_the_rate_and_everyone_is_mailed(site: Site, told: float | None) -> None:
    """Retries of this site follow each other within milliseconds: only the lower rate keeps rows from failing."""
    sender = site.sender = BusySender(15, burst=10, quota=Quota(per_second=told))
    rates: list[float] = []

    def ended() -> bool:
        if (rate := _rate(site)) is not None:
            rates.append(rate)
        return not site.jobs.get(job.id).state.is_active

    job = site.start()
    job = site.work(job, until=ended)
    assert sender.throttled > 0
    assert (job.state, site.counts(job).sent) == (JobState.SUCCESS, 60)
    assert Counter(site.mailed()).most_common(1)[0][1] == 1
    assert min(rates) < 0.7 * (told or 30)


def test_each_run_reads_the_account_s_rate_again(site: Site) -> None:
    """One worker, two runs: between them the provider raises the account's rate."""
    site.customers(customers(5))
    sender = site.sender = ScriptedSender(quota=Quota(per_second=4.0))

    async def scenario() -> None:
        stop = asyncio.Event()
        working = asyncio.create_task(site.worker().run(stop))
        for rate in (4.0, 400.0):
            sender.quota_is(Quota(per_second=rate))
            job = site.start()
            while site.jobs.get(job.id).state.is_active:
                site.supervision.sweep()
                await asyncio.sleep(0.02)
            rates.append(_rate(site) or 0)
        stop.set()
        await working

    rates: list[float] = []
    asyncio.run(asyncio.wait_for(scenario(), 60))
    assert rates[0] <= 4 < rates[1]


def test_a_long_run_hears_that_the_rate_was_raised(site: Site) -> None:
    site.customers(customers(300))
    sender = site.sender = ScriptedSender(quota=Quota(per_second=30.0), latency_s=0.05)
    site.rate_good_for = 0.1
    job = site.start()
    under_way: list[int] = []

    def raised() -> bool:
        if len(sender.attempts) >= 15 and not under_way:
            under_way.append(sender.most_under_way)
            sender.quota_is(Quota())
        return not site.jobs.get(job.id).state.is_active

    site.work(job, until=raised, seconds=60)
    assert under_way[0] <= 30 < sender.most_under_way
    assert (site.counts(job).sent, Counter(site.mailed()).most_common(1)[0][1]) == (300, 1)
