"""Making the demo's folder: a database and a file storage, whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tank.demo.database import write_database
from tank.demo.definition import AUTOMATION_DESCRIPTION, AUTOMATION_NAME, demo_definition
from tank.demo.people import Customer, invent_customers
from tank.demo.statement import StatementPrinter
from tank.domain.automation import Definition

#: Grows when what is made changes, so that an older folder is made anew.
_VERSION = 2
_DATABASE, _STORAGE, _MARK, _UNFINISHED = "card.db", "files", "demo.json", ".making"
_PROGRESS_EVERY = 50

#: Called with how many statements are done and how many there will be.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoData:
    """Where the demo's data are, and the automation that uses them."""

    #: The card company's SQLite database.
    database: Path
    #: The root of the file storage.
    storage_root: Path
    #: The first day of the month that the statements are about.
    month: date
    customers: int
    automation_name: str = AUTOMATION_NAME
    automation_description: str = AUTOMATION_DESCRIPTION

    @property
    def url(self) -> str:
        """The database as SQLAlchemy names it."""
        return f"sqlite:///{self.database.resolve()}"

    def definition(self, *, connection: str, sender: str) -> Definition:
        """The automation's definition, on a connection to ``url`` and a sender, by their names."""
        return demo_definition(connection=connection, sender=sender)


def make_demo(
    folder: Path, *, customers: int = 1_000, today: date, progress: Progress = lambda _done, _all: None
) -> DemoData:
    """Make the demo in ``folder``, about the month before ``today``, or find it there from before.

    The same month and number of customers give the same data. Data of another month or number are replaced, and
    so is what a killed process left. Other things in the folder are not touched.
    """
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    data = DemoData(database=folder / _DATABASE, storage_root=folder / _STORAGE, month=month, customers=customers)
    mark = {"version": _VERSION, "month": month.isoformat(), "customers": customers}
    if _read_mark(folder) != mark:
        folder.mkdir(parents=True, exist_ok=True)
        _make(folder, data, mark, progress)
    return data


def _make(folder: Path, data: DemoData, mark: dict[str, Any], progress: Progress) -> None:
    """Make everything aside, then put it in place; the mark comes last and says that it is whole."""
    unfinished = folder / _UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    everyone = list(invent_customers(data.customers, data.month))
    write_database(unfinished / _DATABASE, everyone, data.month)
    _write_statements(unfinished / _STORAGE, everyone, data.month, progress)
    (unfinished / _MARK).write_text(json.dumps(mark), "utf-8")
    (folder / _MARK).unlink(missing_ok=True)
    for suffix in ("", "-wal", "-shm", "-journal"):
        (folder / f"{_DATABASE}{suffix}").unlink(missing_ok=True)
    shutil.rmtree(folder / _STORAGE, ignore_errors=True)
    for name in (_DATABASE, _STORAGE, _MARK):
        (unfinished / name).rename(folder / name)
    unfinished.rmdir()


def _write_statements(storage: Path, everyone: list[Customer], month: date, progress: Progress) -> None:
    """One PDF each, except that one in 100 has none, and one in 500 has a second one."""
    printer = StatementPrinter(month)
    folder = storage / "statement" / f"{month:%Y%m}"
    folder.mkdir(parents=True)
    for number, customer in enumerate(everyone, 1):
        if number % 100 != 37:
            content = printer.print(customer)
            (folder / f"{customer.id}_카드이용대금명세서.pdf").write_bytes(content)
            if number % 500 == 5:
                (folder / f"{customer.id}_카드이용대금명세서_재발행.pdf").write_bytes(content)
        if number % _PROGRESS_EVERY == 0 or number == len(everyone):
            progress(number, len(everyone))


def _read_mark(folder: Path) -> object:
    try:
        return json.loads((folder / _MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return None
