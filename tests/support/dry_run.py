"""A dry run over a ``Site``."""

from __future__ import annotations

from tank.rendering.mime import MimeComposer
from tank.services.dry_run_tally import DryRun
from tank.services.dry_runs import DryRuns
from tests.fakes.lab import InProcessLab
from tests.fakes.senders import FakeSenders
from tests.fakes.sources import FakeSources
from tests.support.site import Site


def dry_run(site: Site) -> DryRun:
    return DryRuns(
        site.db,
        site.clock,
        sources=FakeSources(erp=site.source),
        senders=FakeSenders({"out": site.sender}),
        storage=site.storage,
        lab=InProcessLab(),
        composer=MimeComposer(),
    ).run(site.automation_id)
