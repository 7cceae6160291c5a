"""``tank run --dry-run`` and ``--test-to``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from tank.cli.looking import operator
from tank.cli.lookup import automation_named
from tank.cli.output import FAILED, print_json, print_table, say

if TYPE_CHECKING:
    from tank.bootstrap import Installation


def dry_run(tank: Installation, name: str, *, reason: str, as_json: bool) -> int:
    """Print what a run would do; exit code 1 where it would be stopped or leave somebody out for a defect."""
    from rich.console import Console

    automation_id = automation_named(tank, name).id
    with Console(stderr=True).status("Dry run…") as status:
        found = tank.dry_runs.run(automation_id, told=lambda rows: status.update(f"Dry run: {rows:,} recipients"))
    tank.deliveries.note_reveal(by=operator(), subject=f"dry run of {automation_id}", reason=reason)
    if as_json:
        print_json(asdict(found))
    else:
        print_table(
            ("Row", "Key", "Problem", "Why"),
            [(one.row_number, one.recipient_key, one.error_kind, one.message) for one in found.defects],
            empty="No row has a defect.",
        )
        listed = sum(found.defect_counts.values())
        if listed > len(found.defects):
            say(f"… and {listed - len(found.defects):,} more.")
        for stop in found.stops:
            say(f"The run would be stopped: {stop}")
        say(f"{found.would_send:,} of {found.target:,} recipients would be mailed, {found.total_bytes:,} bytes in all.")
    return FAILED if found.stops or found.has_defects else 0


def test_send(tank: Installation, name: str, addresses: Sequence[str], *, as_json: bool) -> int:
    """Send the first row's mail to these addresses."""
    accepted = tank.sample_sends.send(automation_named(tank, name).id, addresses, by="cli")
    if as_json:
        print_json([asdict(one) for one in accepted])
    else:
        for one in accepted:
            say(f"Accepted for {one.email}: {one.message_id} ({one.size:,} bytes)")
    return 0
