"""One installation with everything around it, and an operator who knows it by HTTP alone."""

from __future__ import annotations

import itertools
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tank.config import Settings
from tests.acceptance.crash.serving import Serving
from tests.acceptance.sections.insurer import Insurer
from tests.acceptance.sections.mailboxes import Mailboxes, ses_mailboxes, smtp_mailboxes
from tests.support.logs_db import postgres_database as postgres_for_logs
from tests.support.source_databases import connection, source_database

#: Source, sender and Logs DB; each kind of each is walked at least once.
PAIRINGS: Final = {
    "postgres-ses": ("postgres", ses_mailboxes, "postgresql"),
    "mariadb-smtp": ("mysql", smtp_mailboxes, "sqlite"),
    "sqlite-ses": ("sqlite", ses_mailboxes, "sqlite"),
}
#: For what would show nothing more on SQLite.
ON_SERVERS: Final = pytest.mark.parametrize("world", ["postgres-ses", "mariadb-smtp"], indirect=True)
#: Runs by hand are due then, so that file paths and subjects are known.
DUE_AT: Final = "2026-10-05T09:00:00+09:00"
MONTH: Final = "202610"
ENDED: Final = ("SUCCESS", "PARTIAL", "FAIL", "CANCELLED", "PAUSED")
TEMPLATE: Final = {
    "subject": "{{ 고객명 }}님 {{ YYYYMM }} 보험료",
    "html": "<p>{{ 고객번호 }} [{{ 잔액 }}] [{{ 가입일 }}] {% if 활성 %}활성{% endif %} {{ 문구 }}</p>"
    "<ul>{% for r in rows %}<li>{{ r.항목 }} {{ r.금액|won }}</li>{% else %}<li>내역 없음</li>{% endfor %}</ul>",
}
FILES: Final = [
    {"pattern": "/청구서/{{ YYYYMM }}/{{ 고객번호 }}_*.pdf", "file_name": "{{ 고객명 }} 청구서"},
    {"pattern": "/공통/약관.pdf", "shared": True},
    {"pattern": "/선택/{{ 고객번호 }}.txt", "required": False},
]


@dataclass
class World:
    """See the module's text."""

    serving: Serving
    insurer: Insurer
    mailboxes: Mailboxes
    storage: Path
    _areas: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def get(self, path: str) -> Any:
        return self.serving.get(path)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self.serving.post(path, body)

    def refusal(self, path: str, body: Mapping[str, Any] | None = None, *, status: int = 422) -> dict[str, Any]:
        """The problem document of a request that is refused."""
        answer = self.serving.answer("POST", path, body)
        assert answer.status_code == status, answer.text
        problem: dict[str, Any] = answer.json()
        return problem

    def area(self) -> str:
        """A name for customers that no other test has."""
        return f"구역{next(self._areas)}"

    def automation(self, area: str, *, files: bool = False, connection: str = "원장", **policies: Any) -> str:
        """A complete automation that mails an area; its path in the API."""
        path = f"/automation/{self.post('/automation', {'name': f'보험료 안내 {area}'})['id']}"
        target = {"connection": connection, "query": self.insurer.target_query(area)}
        self.post(f"{path}/dbio/target", target)
        self.post(f"{path}/columns", {"email": "이메일", "key": ["고객번호"], "name": "고객명"})
        self.post(f"{path}/dbio/mapping", {"query": self.insurer.mapping_query()})
        self.post(f"{path}/dbio/update", {"query": self.insurer.update_query()})
        self.post(f"{path}/template", TEMPLATE)
        self.post(f"{path}/envelope", ENVELOPE)
        if files:
            self.post(f"{path}/attachments", {"rules": FILES})
        self.post(f"{path}/policies", policies)
        return path

    def file(self, name: str, content: bytes = b"%PDF-1.4") -> None:
        """A file in the storage, its own name as a Mac writes it."""
        path = self.storage / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(unicodedata.normalize("NFD", path.name)).write_bytes(content)

    def bill_of(self, number: int) -> None:
        """A customer's own file."""
        self.file(f"청구서/{MONTH}/{number}_청구서.pdf", f"%PDF {number}".encode())

    def run(self, automation: str) -> dict[str, Any]:
        """Run an automation by hand until it has ended or paused; the run."""
        return self.ended(self.post(f"{automation}/run", {"due_at": DUE_AT}))

    def ended(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """The run of a job once it has ended or paused."""

        def over() -> dict[str, Any] | None:
            now = self.get(f"/job/{job['id']}")
            if now["state"] not in ENDED or now["run_id"] is None:
                return None
            run: dict[str, Any] = self.get(f"/run/{now['run_id']}")
            return run if run["finished_at"] or run["state"] == "PAUSED" else None

        ended: dict[str, Any] = self.until(over)
        return ended

    def deliveries(self, run: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The recipients of a run by their addresses."""
        page = self.get(f"/run/{run['id']}/delivery?reveal=true&reason=test&limit=200")
        return {delivery["email"]: delivery for delivery in page["items"]}

    def until(self, look: Callable[[], Any], *, seconds: float = 40) -> Any:
        """What ``look`` finds, as soon as it finds something."""
        deadline = time.monotonic() + seconds
        while not (found := look()):
            assert time.monotonic() < deadline, f"nothing came of it: {self.serving.output()}"
            time.sleep(0.1)
        return found


ENVELOPE: Final = {"sender": "발송", "from_email": "bill@insurer.example.com", "from_name": "한빛보험"}


@contextmanager
def a_world(pairing: str, folder: Path) -> Iterator[World]:
    """Everything started, with a connection and a sender; skips where a database is lacking."""
    source, mailboxes, logs_db = PAIRINGS[pairing]
    for name in ("files", "mails"):
        (folder / name).mkdir()
    with ExitStack() as stack:
        insurer = Insurer(stack.enter_context(source_database(source, folder)))
        opened = stack.enter_context(mailboxes(folder / "mails"))
        settings = Settings(
            data_dir=folder / "tank",
            storage_root=folder / "files",
            logs_db_url=stack.enter_context(_logs_db_url(logs_db)),
            workers=1,
            host="127.0.0.1",
        )
        serving = stack.enter_context(Serving(settings.environment(), folder / "serve.log"))
        world = World(serving, insurer, opened, folder / "files")
        world.post("/connection", connection_at(insurer))
        world.post("/sender", {"name": "발송", **opened.profile})
        world.file("공통/약관.pdf")
        world.until(lambda: serving.answer("GET", "/readyz").status_code == 200)
        yield world


def connection_at(insurer: Insurer, *, name: str = "원장", port: int | None = None) -> dict[str, Any]:
    """The request for a connection to the insurer's database, or to a proxy before it."""
    url = insurer.url if port is None else insurer.url.set(host="127.0.0.1", port=port)
    made = connection(url, connect_timeout=2)
    return {"name": name, "kind": "sql", "options": dict(made.options), "secrets": dict(made.secrets)}


@contextmanager
def _logs_db_url(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        yield ""
        return
    opened: AbstractContextManager[Any] = postgres_for_logs()
    with opened as url:
        yield url.render_as_string(hide_password=False)
