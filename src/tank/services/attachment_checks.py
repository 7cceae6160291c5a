"""Attachment rules before they are trusted: checked when they are saved, tried on real rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches

from tank.domain.attachment import AttachmentRule, AttachmentStatus
from tank.domain.dates import date_variables
from tank.domain.errors import FieldProblem, Invalid
from tank.domain.patterns import PathPattern, Variable, parse_name, parse_path
from tank.domain.values import Row
from tank.services.attachments import AttachmentPlan
from tank.services.file_claims import FileClaims

_DATE_NAMES = frozenset(date_variables(datetime(2000, 1, 1)))  # noqa: DTZ001 - only the names are wanted


def check_rules(
    rules: Sequence[AttachmentRule], *, columns: Sequence[str], mapping_columns: Sequence[str]
) -> list[FieldProblem]:
    """What is wrong with rules as they are saved, by field (``attachments[0].pattern``); empty when all is well."""
    known = [*columns, *mapping_columns, *sorted(_DATE_NAMES)]
    problems: list[FieldProblem] = []
    for number, rule in enumerate(rules):
        problems += [
            replace(problem, field=f"attachments[{number}].{problem.field}") for problem in _problems(rule, known)
        ]
    return problems


def _problems(rule: AttachmentRule, known: Sequence[str]) -> Iterator[FieldProblem]:
    try:
        pattern = parse_path(rule.pattern)
        yield from _unknown("pattern", pattern.variables, known)
        if not rule.shared:
            yield from _impersonal(pattern)
    except Invalid as error:
        yield from error.problems
    if rule.file_name:
        try:
            yield from _unknown("file_name", parse_name(rule.file_name).variables, known)
        except Invalid as error:
            yield from error.problems


def _unknown(field: str, variables: Sequence[Variable], known: Sequence[str]) -> Iterator[FieldProblem]:
    by_folded = {name.casefold(): name for name in reversed(known)}
    for variable in variables:
        if variable.name.casefold() in by_folded:
            continue
        near = get_close_matches(variable.name.casefold(), by_folded, n=1)
        hint = f" Did you mean {by_folded[near[0]]}?" if near else ""
        yield FieldProblem(
            field=field,
            code="unknown_variable",
            message=f"No query returns a column {variable.name}, and it is no date variable.{hint}",
            position=variable.position,
        )


def _impersonal(pattern: PathPattern) -> Iterator[FieldProblem]:
    """An own file must be told by the recipient's data, up to its last character."""
    if not any(variable.name.upper() not in _DATE_NAMES for variable in pattern.variables):
        yield FieldProblem(
            field="pattern",
            code="not_personal",
            message="Every recipient would get the same file: put a column that names the recipient into the path, "
            "or mark the rule as shared.",
        )
    for variable in pattern.loose_variables():
        if variable.name.upper() not in _DATE_NAMES:
            yield FieldProblem(
                field="pattern",
                code="loose_variable",
                message=f"{{{{ {variable.name} }}}} stands directly beside a wildcard, so that the value 1 would match "
                f"the file of 10 too: put a character between them, as in {{{{ {variable.name} }}}}_*",
                position=variable.position,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow:
    """A recipient to try the rules on."""

    key: str
    target: Row
    first_row: Row | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialExample:
    """A recipient whose file was not simply found."""

    key: str
    status: AttachmentStatus
    detail: str


@dataclass(slots=True, kw_only=True)
class RuleTrial:
    """How one rule did."""

    pattern: str
    found: int = 0
    not_found: int = 0
    ambiguous: int = 0
    refused: int = 0
    examples: list[TrialExample]

    def count(self, status: AttachmentStatus) -> None:
        """Count one recipient."""
        name = status.name.lower()
        setattr(self, name, getattr(self, name) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTrialReport:
    """How many recipients have their files ("Test the rules")."""

    recipients: int
    #: Recipients whose mail nothing about their files stands against.
    sendable: int
    rules: tuple[RuleTrial, ...]
    #: Keys of recipients that match one file, though its rule is not shared.
    clashes: tuple[tuple[str, ...], ...]


def try_rules(plan: AttachmentPlan, rows: Iterable[TrialRow], dates: Row, *, examples: int = 10) -> RuleTrialReport:
    """Look for the files of all ``rows``, naming at most ``examples`` defects a rule. Raises ``StorageError``."""
    trials = tuple(RuleTrial(pattern=rule.pattern, examples=[]) for rule in plan.rules)
    claims = FileClaims()
    keys: list[str] = []
    sendable = 0
    for seq, row in enumerate(rows):
        keys.append(row.key)
        found = plan.locate(row.target, row.first_row, dates)
        sendable += found.may_be_sent
        claims.add(seq, found.claims)
        for record, trial in zip(found.records, trials, strict=True):
            trial.count(record.status)
            if record.status is not AttachmentStatus.FOUND and len(trial.examples) < examples:
                trial.examples.append(TrialExample(key=row.key, status=record.status, detail=record.detail))
    return RuleTrialReport(
        recipients=len(keys),
        sendable=sendable,
        rules=trials,
        clashes=tuple(tuple(keys[seq] for seq in clash.seqs) for clash in claims.clashes(limit=examples)),
    )
