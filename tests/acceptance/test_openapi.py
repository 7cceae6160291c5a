"""The API keeps its own description: no answer that it does not document, and no failure of its own.

Schemathesis makes requests out of ``/openapi.json``, sound and unsound ones, and checks each answer against it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import booleans
from pydantic import SecretStr
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tank.bootstrap import Installation, installation
from tank.config import Settings
from tank.demo import make_demo
from tank.domain.automation import Automation
from tank.domain.connection import ConnectionKind, SenderKind
from tank.domain.job import Trigger
from tank.services.timing import Timing

TOKEN = "a-token-for-tests-alone"
SIGNED = {"Authorization": f"Bearer {TOKEN}"}
CHECKS: Any = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
)


@pytest.fixture(scope="module")
def tank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation that has mailed a dozen demo customers."""
    folder = tmp_path_factory.mktemp("tank")
    data = make_demo(folder, customers=12, today=date(2026, 11, 22))
    wanted = Settings(
        data_dir=folder, storage_root=data.storage_root, allowed_hosts=("testserver",), api_token=SecretStr(TOKEN)
    )
    with installation(wanted) as opened:
        opened.upgrade_schema()
        opened.connections.add("demo", ConnectionKind.SQL, options={"url": data.url}, secrets={}, by="test")
        opened.sender_profiles.add("outbox", SenderKind.OUTBOX, options={}, secrets={}, max_rate=None, by="test")
        automation = opened.automations.create(
            "demo", definition=data.definition(connection="demo", sender="outbox"), by="test"
        )
        opened.schedules.create(automation.id, Timing(cron="0 9 5 * *"), by="test")
        asyncio.run(_run_to_the_end(opened, automation))
        yield opened


async def _run_to_the_end(tank: Installation, automation: Automation) -> None:
    job = tank.jobs.request(automation.id, trigger=Trigger.MANUAL, by="test")
    stop = asyncio.Event()
    working = asyncio.create_task(tank.worker().run(stop))
    while tank.jobs.get(job.id).state.is_active:
        await asyncio.sleep(0.05)
    stop.set()
    await working


@pytest.fixture(scope="module")
def described(tank: Installation) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", tank.api(), headers=SIGNED)


@pytest.fixture(scope="module")
def known(tank: Installation) -> dict[str, list[UUID]]:
    """Ids that exist, by the name of the path's parameter."""
    with tank.database.read() as tables:
        runs = tables.runs.page().items
        deliveries = tables.ledger.page(runs[0].id).items
        return {
            "run_id": [run.id for run in runs],
            "job_id": [run.job_id for run in runs],
            "automation_id": [run.automation_id for run in runs],
            "delivery_id": [delivery.id for delivery in deliveries],
            "schedule_id": [schedule.id for schedule in tables.schedules.page().items],
            "connection_id": [connection.id for connection in tables.connections.all()],
            "sender_id": [sender.id for sender in tables.senders.all()],
        }


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.timeout(600)
def test_every_answer_is_as_described(
    described: Any, known: dict[str, list[UUID]], mode: GenerationMode, subtests: pytest.Subtests
) -> None:
    for result in described.get_all_operations():
        operation = result.ok()
        if operation.path == "/readyz":
            continue  # 503 is its answer here: neither scheduler nor worker runs any more
        with subtests.test(msg=operation.label):
            _check(operation, known, mode)


def _check(operation: Any, known: dict[str, list[UUID]], mode: GenerationMode) -> None:
    """Some requests for one operation, half of them about things that exist."""

    @given(case=operation.as_strategy(generation_mode=mode), of_known=booleans())
    @settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def check(case: Any, of_known: bool) -> None:
        if of_known:
            ids = {name: str(found[0]) for name, found in known.items() if name in (case.path_parameters or {})}
            case.path_parameters = {**(case.path_parameters or {}), **ids}
        case.call_and_validate(checks=CHECKS, headers=SIGNED)

    with suppress(Unsatisfiable):  # a request without parameters cannot be unsound
        check()


def test_everything_is_explained(tank: Installation) -> None:
    for path, item in tank.api().openapi()["paths"].items():
        for method, operation in item.items():
            where = f"{method.upper()} {path}"
            assert operation.get("summary"), where
            assert operation.get("description"), where
            assert operation.get("tags"), where
            for status, response in operation["responses"].items():
                assert response.get("description"), f"{where} {status}"


def test_every_body_has_an_example(tank: Installation) -> None:
    schema = tank.api().openapi()
    missing = set()
    for item in schema["paths"].values():
        for operation in item.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                missing |= {name for name in _models(content["schema"]) if not _has_examples(schema, name)}
    assert missing == set()


def _models(schema: dict[str, Any]) -> Iterator[str]:
    for part in (schema, *schema.get("anyOf", ())):
        if "$ref" in part:
            yield part["$ref"].rpartition("/")[2]


def _has_examples(schema: dict[str, Any], name: str) -> bool:
    model = schema["components"]["schemas"][name]
    return "examples" in model or any("examples" in field for field in model.get("properties", {}).values())


def test_the_description_needs_no_network(tank: Installation) -> None:
    assert "cdn" not in str(tank.api().openapi()).lower()
    assert Path(tank.settings.outbox).exists()
