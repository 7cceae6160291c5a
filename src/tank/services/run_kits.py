"""What a worker needs at hand to deliver a run: made once a run, used for every recipient."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from tank.domain.automation import Definition
from tank.domain.connection import SenderProfile
from tank.domain.dates import date_variables
from tank.domain.errors import Misconfigured
from tank.domain.job import Job
from tank.domain.mail import Address, MailFile
from tank.domain.ports.clock import Clock
from tank.domain.ports.rendering import CompiledTemplate, MailComposer, Templates, TemplateSettings
from tank.domain.ports.senders import Sender, Senders
from tank.domain.ports.sources import Source, Sources
from tank.domain.ports.storage import FileStorage
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.query import QueryKind
from tank.domain.run import Run
from tank.services.attachments import DEFAULT_MAX_FILE_BYTES, AttachmentPlan, Attachments, media_type
from tank.services.breaker import Breaker
from tank.services.lanes import RATE_GOOD_FOR_SECONDS, SendingLane, allowed_rate
from tank.services.pools import DaemonPool
from tank.services.rate import RateShare
from tank.services.window import Window

#: Runs whose kits a worker keeps.
_KEPT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RunKit:
    """One run's definition, opened and compiled."""

    job: Job
    run: Run
    definition: Definition
    dates: Mapping[str, str]
    source: Source
    mapping_binds: tuple[str, ...]
    write_source: Source | None
    update_binds: tuple[str, ...]
    template: CompiledTemplate
    composer: MailComposer
    attachments: AttachmentPlan
    inline_files: tuple[MailFile, ...]
    from_address: Address
    reply_to: Address | None
    lane: SendingLane
    breaker: Breaker


class _WithoutLane(Protocol):
    """A kit that lacks nothing but its lane, which is made on the event loop."""

    def __call__(self, *, lane: SendingLane) -> RunKit: ...


class RunKits:
    """Makes kits and keeps the last few; one for each event loop."""

    def __init__(
        self,
        *,
        db: LogsDb,
        pool: DaemonPool,
        clock: Clock,
        sources: Sources,
        senders: Senders,
        storage: FileStorage,
        templates: Templates,
        composer: MailComposer,
        byte_limit: int,
        rate_good_for: float = RATE_GOOD_FOR_SECONDS,
    ) -> None:
        self._db = db
        self._pool = pool
        self._clock = clock
        self._sources = sources
        self._senders = senders
        self._storage = storage
        self._templates = templates
        self._composer = composer
        self._byte_limit = byte_limit
        self._rate_good_for = rate_good_for
        self._kits: OrderedDict[UUID, RunKit] = OrderedDict()
        self._lanes: dict[UUID, SendingLane] = {}
        #: Replaced, but mails of other shards may still be on their way through them: closed at the end.
        self._retired: list[Sender] = []
        self._turn = asyncio.Lock()

    async def of(self, run_id: UUID) -> RunKit:
        """The kit of a run. Raises ``SourceError``, ``StorageError``, ``SendError``, ``Misconfigured``, ``Invalid``."""
        async with self._turn:  # two shards of one run at once would open its sender twice, and double its window
            if (kit := self._kits.get(run_id)) is None:
                without_lane, profile = await self._pool.run(self._open, run_id)
                kit = without_lane(lane=await self._lane(profile))
                self._kits[run_id] = kit
            self._kits.move_to_end(run_id)
            while len(self._kits) > _KEPT:
                self._kits.popitem(last=False)
            return kit

    def forget(self, run_id: UUID) -> None:
        """Make the kit anew next time: the connection, template or sender may have been mended meanwhile."""
        self._kits.pop(run_id, None)

    async def close(self) -> None:
        for sender in [*self._retired, *(lane.sender for lane in self._lanes.values())]:
            await sender.close()

    # In a thread

    def _open(self, run_id: UUID) -> tuple[_WithoutLane, SenderProfile]:
        with self._db.read() as tables:
            run = tables.runs.get(run_id)
            job = tables.jobs.get(run.job_id)
            definition = tables.automations.revision(run.revision_id).definition
            source, write_source = _open_sources(tables, definition, self._sources)
            profile = sender_profile(tables, definition)
        dbio, envelope = definition.dbio, definition.envelope
        due = job.due_at.astimezone(ZoneInfo(definition.zone))
        settings = TemplateSettings(zone=definition.zone, language=definition.language, due_at=job.due_at)
        without_lane = partial(
            RunKit,
            job=job,
            run=run,
            definition=definition,
            dates=date_variables(due),
            source=source,
            mapping_binds=_binds(source, QueryKind.MAPPING, dbio.mapping_query),
            write_source=write_source if dbio.update_query else None,
            update_binds=_binds(write_source, QueryKind.UPDATE, dbio.update_query),
            template=self._templates.compile(definition.template, settings),
            composer=self._composer,
            attachments=self._plan(definition),
            inline_files=inline_files(definition, self._storage),
            from_address=Address(envelope.from_email, envelope.from_name),
            reply_to=Address(envelope.reply_to) if envelope.reply_to else None,
            breaker=Breaker(definition.policies.breaker_threshold),
        )
        return without_lane, profile

    def _plan(self, definition: Definition) -> AttachmentPlan:
        """The attachment rules, on folders looked at afresh: a second file that came since must be seen."""
        attachments = Attachments(self._storage)
        attachments.forget()
        return attachments.plan(definition.attachments)

    # On the loop

    async def _lane(self, profile: SenderProfile) -> SendingLane:
        lane = self._lanes.get(profile.id)
        if lane is not None and lane.profile.updated_at == profile.updated_at:
            await lane.read_rate()
            return lane
        if lane is not None:
            self._retired.append(self._lanes.pop(profile.id).sender)
        sender = self._senders.open(profile)
        try:
            rate = await allowed_rate(sender, profile)
        except BaseException:
            await sender.close()
            raise
        window = Window(connections=sender.max_concurrency, per_second=rate, byte_limit=self._byte_limit)
        share = RateShare(self._db, self._pool, self._clock, sender_id=profile.id, per_second=rate, window=window.size)
        lane = SendingLane(
            profile, sender, window=window, rate=share, clock=self._clock, rate_good_for=self._rate_good_for
        )
        self._lanes[profile.id] = lane
        return lane


def _open_sources(tables: Tables, definition: Definition, sources: Sources) -> tuple[Source, Source]:
    dbio = definition.dbio
    opened = [
        _open_source(tables, name, sources) for name in (dbio.connection, dbio.write_connection or dbio.connection)
    ]
    return opened[0], opened[1]


def _open_source(tables: Tables, name: str, sources: Sources) -> Source:
    connection = tables.connections.named(name)
    if connection is None:
        raise Misconfigured(
            f"There is no connection named {name!r}.", remedy="Make it, or publish the automation with another one."
        )
    return sources.open(connection)


def open_read_source(tables: Tables, definition: Definition, sources: Sources) -> Source:
    """The source that target and mapping query run on. Raises ``Misconfigured``."""
    return _open_source(tables, definition.dbio.connection, sources)


def sender_profile(tables: Tables, definition: Definition) -> SenderProfile:
    """The profile that a definition names. Raises ``Misconfigured``."""
    profile = tables.senders.named(definition.envelope.sender)
    if profile is None:
        raise Misconfigured(
            f"There is no sender named {definition.envelope.sender!r}.",
            remedy="Make it, or publish the automation with another one.",
        )
    return profile


def _binds(source: Source, kind: QueryKind, sql: str) -> tuple[str, ...]:
    return source.describe(kind, sql).binds if sql else ()


def inline_files(definition: Definition, storage: FileStorage) -> tuple[MailFile, ...]:
    """The pictures of the HTML body, read once a run."""
    return tuple(
        MailFile(
            name=image.path.rpartition("/")[2],
            content=storage.read(image.path.lstrip("/"), max_bytes=DEFAULT_MAX_FILE_BYTES),
            media_type=media_type(image.path),
            content_id=image.content_id,
        )
        for image in definition.template.inline_images
    )
