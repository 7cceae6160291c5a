"""``make bench``: prints a table, and writes the figures as JSON where asked to."""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import sys
from pathlib import Path

import structlog

from bench.ledger import measure_ledger
from bench.sending import measure_sending
from bench.whole import measure_demo
from bench.worker import measure_worker
from tank import __version__


def main() -> None:
    arguments = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    report: dict[str, object] = {"tank": __version__, "python": platform.python_version(), "cores": os.cpu_count()}
    if arguments.only in (None, "sending"):
        report["sending"] = measure_sending(rounds=arguments.rounds, scale=arguments.scale)
        _print_table("Sending, HTTPS into a local sink", report["sending"])
    if arguments.only in (None, "ledger"):
        rows = int(1_000_000 * min(arguments.scale, 1.0))
        report["ledger_rows"] = rows
        report["ledger"] = measure_ledger(rows=rows)
        _print_table(f"Logs DB on SQLite with {rows:,} deliveries", report["ledger"])
    if arguments.only in (None, "worker"):
        recipients = int(arguments.recipients * arguments.scale)
        report["worker"] = measure_worker(recipients=recipients)
        _print_table("One worker of tank serve on one core, HTTPS into the sink: statements", report["worker"])
        report["worker_notices"] = measure_worker(recipients=recipients, notice=True)
        _print_table("The same with notices of a few lines, without a mapping query", report["worker_notices"])
    if arguments.only in (None, "demo"):
        report["demo"] = measure_demo(customers=1_000)
        _print_table("tank demo --once: query, PDF from disk, mail into the outbox, write-back", report["demo"])
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=sys.modules["bench"].__doc__)
    parser.add_argument("--only", choices=["sending", "ledger", "worker", "demo"], help="measure this alone")
    parser.add_argument("--rounds", type=int, default=3, help="rounds that take turns; medians are shown")
    parser.add_argument("--scale", type=float, default=1.0, help="more or fewer mails, for example 0.2 for a look")
    parser.add_argument(
        "--recipients", type=int, default=50_000, help="of the worker's run; a million shows its memory"
    )
    parser.add_argument("--json", metavar="PATH", help="write all figures there")
    return parser.parse_args()


def _print_table(title: str, lines: object) -> None:
    assert isinstance(lines, list)
    names = list(lines[0])
    rows = [[name.replace("_", " ") for name in names], *([_cell(line[name]) for name in names] for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(names))]
    print(f"\n{title}")
    for row in rows:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join([row[0].ljust(len(first)), *others]))


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)


if __name__ == "__main__":
    main()
