"""Connections: named data sources."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, ConfigDict, Field, FiniteFloat

from tank.api.auth import Actor
from tank.api.problems import problem_responses
from tank.api.schemas_automation import Name
from tank.api.schemas_common import Schema, View
from tank.api.services import Services
from tank.domain.connection import Connection, ConnectionKind

router = APIRouter(tags=["connections"])

OptionValue = (
    bool | Annotated[int, Field(ge=-(2**53), le=2**53)] | FiniteFloat | Annotated[str, Field(max_length=2_000)]
)
Options = Annotated[
    dict[Annotated[str, Field(max_length=100)], OptionValue],
    Field(max_length=50, description="What the adapter needs, except secrets."),
]
Secrets = Annotated[
    dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=10_000)]],
    Field(max_length=20, description="Encrypted at rest and never shown again. An empty one is forgotten."),
]


class ConnectionIn(Schema):
    """A new connection."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "card",
                    "kind": "sql",
                    "options": {"url": "postgresql://tank@db.example.com:5432/card"},
                    "secrets": {"password": "…"},
                }
            ]
        }
    )

    name: Name
    kind: ConnectionKind
    options: Options
    secrets: Secrets = Field(default_factory=dict)


class ConnectionChange(Schema):
    """What to change; fields left out stay, and so do secrets that are not named."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"secrets": {"password": "…"}}]})

    name: Name | None = None
    options: Options | None = None
    secrets: Secrets | None = None


class ConnectionView(View):
    """A named data source."""

    id: UUID
    name: str
    kind: ConnectionKind
    options: dict[str, Any]
    secrets: list[str] = Field(description="Names of the secrets that are set.")
    created_at: AwareDatetime
    updated_at: AwareDatetime


class AnswerView(View):
    """What answered."""

    answer: str


class MarkerView(View):
    """A statement for the database's administrator."""

    ddl: str


def _view(connection: Connection) -> ConnectionView:
    return ConnectionView(
        id=connection.id,
        name=connection.name,
        kind=connection.kind,
        options=dict(connection.options),
        secrets=sorted(connection.secrets),
        created_at=connection.created_at,
        updated_at=connection.updated_at,
    )


@router.get("/connection", summary="List connections by name")
def list_connections(services: Services) -> list[ConnectionView]:
    """Without their secrets."""
    with services.logs_db.read() as tables:
        return [_view(connection) for connection in tables.connections.all()]


@router.post("/connection", status_code=201, summary="Add a connection", responses=problem_responses(409))
def add_connection(body: ConnectionIn, services: Services, actor: Actor) -> ConnectionView:
    """It is not tried: see `/connection/{id}/test`."""
    made = services.connections.add(body.name, body.kind, options=body.options, secrets=body.secrets, by=actor)
    return _view(made)


@router.get("/connection/{connection_id}", summary="Read a connection", responses=problem_responses(404))
def read_connection(connection_id: UUID, services: Services) -> ConnectionView:
    """Without its secrets."""
    with services.logs_db.read() as tables:
        return _view(tables.connections.get(connection_id))


@router.patch("/connection/{connection_id}", summary="Change a connection", responses=problem_responses(404, 409))
def change_connection(connection_id: UUID, body: ConnectionChange, services: Services, actor: Actor) -> ConnectionView:
    """It cannot be renamed while an automation uses it."""
    changed = services.connections.change(
        connection_id, name=body.name, options=body.options, secrets=body.secrets, by=actor
    )
    return _view(changed)


@router.delete(
    "/connection/{connection_id}",
    status_code=204,
    summary="Delete a connection",
    responses=problem_responses(404, 409),
)
def delete_connection(connection_id: UUID, services: Services, actor: Actor) -> Response:
    """Refused while an automation uses it."""
    services.connections.delete(connection_id, by=actor)
    return Response(status_code=204)


@router.post("/connection/{connection_id}/test", summary="Connect", responses=problem_responses(404, 424))
def try_connection(connection_id: UUID, services: Services) -> AnswerView:
    """Says what answers, for example `PostgreSQL 15.19`; 424 with the database's own words where nothing does."""
    return AnswerView(answer=services.connections.test(connection_id))


@router.get(
    "/connection/{connection_id}/marker-table",
    summary="The statement that makes the marker table",
    responses=problem_responses(404, 424),
)
def read_marker_table(connection_id: UUID, services: Services) -> MarkerView:
    """With the table TANK_WRITEBACK in the source, a write-back happens exactly once, also after a crash."""
    return MarkerView(ddl=services.connections.marker_ddl(connection_id))
