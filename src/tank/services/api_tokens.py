"""Tokens for programs."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tank.domain.account import ApiToken, Role, shown_name
from tank.domain.errors import FieldProblem, Invalid
from tank.domain.ids import new_id
from tank.domain.ports.clock import Clock
from tank.domain.ports.store import LogsDb
from tank.services.audit_trail import note
from tank.services.sign_ins import digest_of

_TOKEN_PREFIX = "tank_"  # noqa: S105 — lets scanners find one that was checked in
_MOST_TOKEN_DAYS = 366
_USE_NOTED_EVERY = timedelta(minutes=1)


class ApiTokens:
    """Tokens for programs."""

    def __init__(self, db: LogsDb, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def all(self) -> Sequence[ApiToken]:
        with self._db.read() as tables:
            return tables.api_tokens.all()

    def add(self, name: str, *, role: Role, expires_at: datetime, by: str) -> tuple[ApiToken, str]:
        """The token and its text, which is shown this once. Raises ``Invalid`` and ``Conflict``."""
        now = self._clock.now()
        if not now < expires_at <= now + timedelta(days=_MOST_TOKEN_DAYS):
            message = f"A token ends in the future, at most {_MOST_TOKEN_DAYS} days from now."
            raise Invalid(message, problems=[FieldProblem(field="expires_at", message=message)], code="out_of_range")
        text = _TOKEN_PREFIX + secrets.token_urlsafe(32)
        token = ApiToken(
            id=new_id(),
            name=shown_name(name, field="name"),
            token_digest=digest_of(text),
            role=role,
            created_at=now,
            created_by=by,
            expires_at=expires_at,
        )
        with self._db.write() as tables:
            tables.api_tokens.add(token)
            note(tables, "token.add", token.id, by=by, at=now, detail={"name": token.name, "role": role})
        return token, text

    def delete(self, token_id: UUID, *, by: str) -> None:
        """From now on it opens nothing. Raises ``NotFound``."""
        with self._db.write() as tables:
            token = tables.api_tokens.delete(token_id)
            note(tables, "token.delete", token_id, by=by, at=self._clock.now(), detail={"name": token.name})

    def good(self, text: str) -> ApiToken | None:
        """The token, where it is known and has not ended."""
        if not text.startswith(_TOKEN_PREFIX):
            return None
        now = self._clock.now()
        with self._db.read() as tables:
            token = tables.api_tokens.by_digest(digest_of(text))
        if token is None or token.expires_at <= now:
            return None
        if token.last_used_at is None or now - token.last_used_at >= _USE_NOTED_EVERY:
            with self._db.write() as tables:
                tables.api_tokens.used(token.id, at=now)
        return token
