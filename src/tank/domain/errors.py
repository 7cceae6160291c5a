"""The one error root, and the errors that every layer may raise.

An error carries a stable ``code`` (for programs), a message in plain words (for people), and often a
``remedy``: what the reader can do about it. The API turns them into RFC 9457 problem documents; no error
knows an HTTP status.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class TankError(Exception):
    """Something Tank cannot do, said so that the reader knows what to do next."""

    code: str = "error"

    def __init__(self, message: str, *, remedy: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        if code is not None:
            self.code = code


class NotFound(TankError):
    """The thing that was named does not exist."""

    code = "not_found"

    @classmethod
    def of(cls, noun: str, name: object) -> NotFound:
        """An error that says which ``noun`` (a glossary word) named ``name`` is missing."""
        return cls(f"There is no {noun} {name}.", code=f"{noun.replace(' ', '_').lower()}_not_found")


class Conflict(TankError):
    """The request is fine, but not in the present state of things."""

    code = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """One thing that is wrong in what somebody typed."""

    #: Where: a dotted path into the definition, for example ``template.subject``.
    field: str
    #: What, in plain words.
    message: str
    #: A stable name of the kind of problem, for example ``unknown_variable``.
    code: str = "invalid"
    #: 1-based line in the operator's own text, where it is known.
    line: int | None = None
    #: 1-based character in the operator's own text, where it is known.
    position: int | None = None


class Invalid(TankError):
    """What was typed cannot be accepted; ``problems`` lists each defect."""

    code = "invalid"

    def __init__(
        self,
        message: str,
        *,
        problems: Sequence[FieldProblem] = (),
        remedy: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, code=code)
        self.problems = tuple(problems)


class Misconfigured(TankError):
    """The installation is not set up for this; the remedy names the setting."""

    code = "misconfigured"


class LogsDbUnavailable(TankError):
    """The Logs DB cannot be reached or written at the moment; nothing is sent meanwhile."""

    code = "logs_db_unavailable"
