"""The parts of a draft: queries, template, attachment rules, columns, envelope, policies."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field, JsonValue

from tank.api.auth import Actor
from tank.api.deliveries import json_value
from tank.api.personal import PersonalText, Reveal
from tank.api.problems import ProblemField, problem_responses
from tank.api.schemas_automation import (
    AttachmentRuleIn,
    AttachmentsIn,
    ColumnsIn,
    DueAt,
    EnvelopeIn,
    GeneralIn,
    PoliciesIn,
    QueryIn,
    SavedView,
    TemplateFields,
    TemplateIn,
    problem_fields,
    saved_view,
)
from tank.api.schemas_common import Schema, View
from tank.api.services import Services
from tank.domain.attachment import AttachmentStatus
from tank.domain.masking import mask_text
from tank.domain.query import QueryKind
from tank.domain.values import Row, row_of
from tank.services.definition_texts import MAX_ITEMS
from tank.services.drafts import QueryEdit
from tank.services.previews import Preview, PreviewReason
from tank.services.queries import MOST_SAMPLE_ROWS
from tank.services.rule_trials import MOST_TRIED

router = APIRouter(tags=["drafts"])

_SAVING = problem_responses(404, 409, 424)
RowNumber = Annotated[int, Field(ge=1, le=10_000, description="Which row of the target query.")]


class SampleView(View):
    """Some rows of a query."""

    columns: list[str]
    rows: list[dict[str, JsonValue]]
    binds: dict[str, JsonValue] = Field(description="What the mapping query's binds were filled with.")
    revealed: bool


class PreviewIn(Schema):
    """Which rows to show, and with which template."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"row_number": 1}, {"key": ["C000042"]}, {"worst": True}]}
    )

    row_number: RowNumber = 1
    key: list[Annotated[str, Field(max_length=500)]] = Field(
        default_factory=list, max_length=20, description="The recipient with this key; a text for each key column."
    )
    worst: bool = Field(default=False, description="The rows most likely to look wrong, among the first 200.")
    template: TemplateFields | None = Field(default=None, description="Instead of the draft's.")
    due_at: DueAt = None


class PreviewedMailView(View):
    """One recipient's mail, or why there is none. Show the HTML in a sandboxed frame only."""

    reasons: list[PreviewReason]
    row_number: int
    target: dict[str, JsonValue]
    mapping: list[dict[str, JsonValue]]
    subject: str | None
    html: str | None
    text: str | None
    error: str


class PreviewView(View):
    """Mails of chosen rows, and what is wrong with the template whatever the row."""

    mails: list[PreviewedMailView]
    problems: list[ProblemField]


class RuleTrialIn(Schema):
    """How many recipients to look for, and by which rules."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rows": 100}]})

    rows: Annotated[int, Field(ge=1, le=MOST_TRIED)] = 100
    rules: list[AttachmentRuleIn] | None = Field(
        default=None, max_length=MAX_ITEMS, description="Instead of the draft's."
    )
    due_at: DueAt = None


class TrialExampleView(View):
    """A recipient whose file was not simply found."""

    key: PersonalText
    status: AttachmentStatus
    detail: PersonalText


class RuleTrialView(View):
    """How one rule did."""

    pattern: str
    found: int
    not_found: int
    ambiguous: int
    refused: int
    examples: list[TrialExampleView]


class RuleTrialReportView(View):
    """How many recipients have their files."""

    recipients: int
    sendable: int = Field(description="Recipients whose mail nothing about their files stands against.")
    rules: list[RuleTrialView]
    clashes: list[list[PersonalText]] = Field(
        description="Recipients that match one file, though its rule is not shared."
    )


@router.post("/automation/{automation_id}/dbio/target", summary="Save the target query", responses=_SAVING)
def save_target_query(automation_id: UUID, body: QueryIn, services: Services, actor: Actor) -> SavedView:
    """One row for each recipient. 422 with the database's own code, words and position where it refuses the text."""
    return _save_query(automation_id, QueryKind.TARGET, body, services, actor)


@router.post("/automation/{automation_id}/dbio/mapping", summary="Save the mapping query", responses=_SAVING)
def save_mapping_query(automation_id: UUID, body: QueryIn, services: Services, actor: Actor) -> SavedView:
    """Details of one recipient; binds such as `:CUST_ID` are columns of the target query."""
    return _save_query(automation_id, QueryKind.MAPPING, body, services, actor)


@router.post("/automation/{automation_id}/dbio/update", summary="Save the update query", responses=_SAVING)
def save_update_query(automation_id: UUID, body: QueryIn, services: Services, actor: Actor) -> SavedView:
    """Writes one recipient's result back; binds are columns of both queries, and `:tank_message_id`,
    `:tank_sent_at`, `:tank_run_id`, `:tank_delivery_id`."""
    return _save_query(automation_id, QueryKind.UPDATE, body, services, actor)


def _save_query(automation_id: UUID, kind: QueryKind, body: QueryIn, services: Services, actor: str) -> SavedView:
    edit = QueryEdit(sql=body.query, connection=body.connection, allow_unparsed_sql=body.allow_unparsed_sql)
    saved = services.drafts.save_query(automation_id, kind, edit, by=actor, expected_version=body.draft_version)
    return saved_view(saved)


@router.get(
    "/automation/{automation_id}/dbio/{kind}/sample",
    summary="Rows of the target or mapping query",
    responses=problem_responses(404, 424),
)
def sample_query(  # noqa: PLR0917  (FastAPI passes them by name)
    automation_id: UUID,
    kind: Literal["target", "mapping"],
    services: Services,
    actor: Actor,
    reveal: Reveal,
    limit: Annotated[int, Query(ge=1, le=MOST_SAMPLE_ROWS)] = 20,
    row_number: Annotated[
        int, Query(ge=1, le=MOST_SAMPLE_ROWS, description="The target row that the mapping query is run for.")
    ] = 1,
) -> SampleView:
    """The first rows, read-only. Values are masked unless `reveal=true` with a `reason`, which is audited."""
    dbio = services.automations.get(automation_id).draft.dbio
    sample = services.queries.sample(dbio, QueryKind(kind), limit=limit, row_number=row_number)
    if reveal.on:
        services.deliveries.note_reveal(by=actor, subject=f"sample of {automation_id}", reason=reveal.reason)
    shown = _plain if reveal.on else _masked
    return SampleView(
        columns=list(sample.rows.columns),
        rows=[shown(row_of(sample.rows.columns, values)) for values in sample.rows.rows],
        binds=shown(sample.binds),
        revealed=reveal.on,
    )


@router.post("/automation/{automation_id}/template", summary="Save the template", responses=_SAVING)
def save_template(automation_id: UUID, body: TemplateIn, services: Services, actor: Actor) -> SavedView:
    """Syntax errors refuse it with field and line. Unknown variables do too, once the target query is known; before,
    they are warnings."""
    return saved_view(
        services.drafts.save_template(automation_id, body.to_domain(), by=actor, expected_version=body.draft_version)
    )


@router.post(
    "/automation/{automation_id}/template/preview",
    summary="The mail of a real row",
    responses=problem_responses(404, 424),
)
def preview_template(
    automation_id: UUID, services: Services, actor: Actor, body: PreviewIn | None = None
) -> PreviewView:
    """Of a row by its number, of the recipient with a key, or of the rows most likely to look wrong. Nothing is
    sent. The answer holds personal data: it is audited."""
    body = body or PreviewIn()
    template = body.template.to_domain() if body.template else None
    previews = services.previews
    if body.worst:
        preview = previews.worst(automation_id, template=template, due_at=body.due_at)
    elif body.key:
        preview = previews.of_key(automation_id, body.key, template=template, due_at=body.due_at)
    else:
        preview = previews.sample(automation_id, template=template, row_number=body.row_number, due_at=body.due_at)
    services.deliveries.note_reveal(by=actor, subject=f"preview of {automation_id}")
    return _preview_view(preview)


@router.post("/automation/{automation_id}/attachments", summary="Save the attachment rules", responses=_SAVING)
def save_attachments(automation_id: UUID, body: AttachmentsIn, services: Services, actor: Actor) -> SavedView:
    """All rules at once."""
    rules = [rule.to_domain() for rule in body.rules]
    return saved_view(
        services.drafts.save_attachments(automation_id, rules, by=actor, expected_version=body.draft_version)
    )


@router.post(
    "/automation/{automation_id}/attachments/test",
    summary="How many recipients have their files?",
    responses=problem_responses(404, 424),
)
def try_attachments(automation_id: UUID, services: Services, body: RuleTrialIn | None = None) -> RuleTrialReportView:
    """Looks for the files of the first recipients, or of all of them."""
    body = body or RuleTrialIn()
    rules = None if body.rules is None else [rule.to_domain() for rule in body.rules]
    report = services.rule_trials.run(automation_id, rows=body.rows, rules=rules, due_at=body.due_at)
    return RuleTrialReportView.model_validate(report)


@router.post("/automation/{automation_id}/columns", summary="Save what the target's columns mean", responses=_SAVING)
def save_columns(automation_id: UUID, body: ColumnsIn, services: Services, actor: Actor) -> SavedView:
    """The address, the key, the name, and what equal addresses mean."""
    return saved_view(
        services.drafts.save_columns(automation_id, body.to_domain(), by=actor, expected_version=body.draft_version)
    )


@router.post("/automation/{automation_id}/envelope", summary="Save who the mail is from", responses=_SAVING)
def save_envelope(automation_id: UUID, body: EnvelopeIn, services: Services, actor: Actor) -> SavedView:
    """The sender that it goes through, its From, Reply-To, ways to unsubscribe, and extra headers."""
    return saved_view(
        services.drafts.save_envelope(automation_id, body.to_domain(), by=actor, expected_version=body.draft_version)
    )


@router.post("/automation/{automation_id}/policies", summary="Save the policies", responses=_SAVING)
def save_policies(automation_id: UUID, body: PoliciesIn, services: Services, actor: Actor) -> SavedView:
    """What a run does about missing files, repeated recipients and errors."""
    return saved_view(
        services.drafts.save_policies(automation_id, body.to_domain(), by=actor, expected_version=body.draft_version)
    )


@router.post("/automation/{automation_id}/general", summary="Save purpose, zone and language", responses=_SAVING)
def save_general(automation_id: UUID, body: GeneralIn, services: Services, actor: Actor) -> SavedView:
    """Advertising mail must keep rules that informational mail need not (정보통신망법 제50조)."""
    return saved_view(
        services.drafts.save_general(
            automation_id,
            purpose=body.purpose,
            zone=body.zone,
            language=body.language,
            by=actor,
            expected_version=body.draft_version,
        )
    )


def _preview_view(preview: Preview) -> PreviewView:
    return PreviewView(
        mails=[
            PreviewedMailView(
                reasons=list(mail.reasons),
                row_number=mail.row_number,
                target=_plain(mail.target),
                mapping=[_plain(row) for row in mail.mapping],
                subject=mail.mail.subject if mail.mail else None,
                html=mail.mail.html if mail.mail else None,
                text=mail.mail.text if mail.mail else None,
                error=mail.error,
            )
            for mail in preview.mails
        ],
        problems=problem_fields(preview.problems),
    )


def _plain(row: Row) -> dict[str, JsonValue]:
    return {name: json_value(value) for name, value in row.items()}


def _masked(row: Row) -> dict[str, JsonValue]:
    return {name: None if value is None else mask_text(str(json_value(value))) for name, value in row.items()}
