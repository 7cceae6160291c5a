"""What automations look like on their way in and out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from tank.api.problems import ProblemField
from tank.api.schemas_common import Schema, View
from tank.domain.attachment import AttachmentRule, MissingFilePolicy
from tank.domain.automation import (
    Automation,
    Definition,
    Envelope,
    EqualAddresses,
    InlineImage,
    Policies,
    Purpose,
    Revision,
    TargetColumns,
    Template,
)
from tank.domain.errors import FieldProblem
from tank.services.definition_texts import MAX_ITEMS, MAX_LINE, MAX_QUERY, MAX_TEMPLATE
from tank.services.drafts import Saved

_YEARS = range(2000, 2200)


def _sensible_year(moment: AwareDatetime) -> AwareDatetime:
    if moment.year not in _YEARS:
        raise ValueError(f"the year must be between {_YEARS[0]} and {_YEARS[-1]}")
    return moment


Line = Annotated[str, Field(max_length=MAX_LINE)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=2_000)]
#: Numbers that every database can hold.
Count = Annotated[int, Field(ge=1, le=10_000_000)]
DueAt = Annotated[
    AwareDatetime | None,
    Field(description="The moment that date variables come from; now, where left out."),
    AfterValidator(lambda moment: None if moment is None else _sensible_year(moment)),
]
DraftVersion = Annotated[
    int | None,
    Field(
        ge=1,
        le=2**31 - 1,
        description="The draft version that you saw: 409 where somebody saved since. Left out, yours wins.",
    ),
]


class DraftEdit(Schema):
    """The base of what changes a draft."""

    draft_version: DraftVersion = None


class QueryIn(DraftEdit):
    """A query. The database itself checks it before it is saved."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "query": "SELECT CUST_ID, EMAIL, NAME FROM CUSTOMER WHERE ACTIVE = 'Y'",
                    "connection": "card",
                }
            ]
        }
    )

    query: str = Field(max_length=MAX_QUERY, description="Empty removes a mapping or update query.")
    connection: Annotated[str, Field(max_length=200)] | None = Field(
        default=None,
        description="Name of the connection; for the update query that of the write connection. Left out, it stays.",
    )
    allow_unparsed_sql: bool | None = Field(
        default=None, description="Accept a query that the lint cannot parse: valid but unusual SQL. Audited."
    )


class InlineImageIn(Schema):
    """A picture that the HTML refers to as `cid:` and its content id."""

    content_id: Line
    path: Line = Field(description="Beneath the storage root.")


class TemplateFields(Schema):
    """What the mail says."""

    subject: Line = ""
    html: str = Field(default="", max_length=MAX_TEMPLATE)
    text: str = Field(default="", max_length=MAX_TEMPLATE, description="Derived from the HTML where empty.")
    inline_images: list[InlineImageIn] = Field(default_factory=list, max_length=MAX_ITEMS)

    def to_domain(self) -> Template:
        images = tuple(InlineImage(content_id=image.content_id, path=image.path) for image in self.inline_images)
        return Template(subject=self.subject, html=self.html, text=self.text, inline_images=images)


class TemplateIn(TemplateFields, DraftEdit):
    """The template of a draft."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"subject": "{{ NAME }}님의 명세서", "html": "<p>{{ NAME }}님, 안녕하세요.</p>"}]
        }
    )


class AttachmentRuleIn(Schema):
    """Where a recipient's file is."""

    pattern: Line = Field(description="A path beneath the storage root, with `{{ VARIABLES }}`, `*` and `?`.")
    required: bool = True
    shared: bool = Field(default=False, description="One file for all recipients.")
    file_name: Line = Field(default="", description="What the recipient sees; empty keeps the file's own name.")

    def to_domain(self) -> AttachmentRule:
        return AttachmentRule(**self.model_dump())


class AttachmentsIn(DraftEdit):
    """All attachment rules, in the order in which the files are attached."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"rules": [{"pattern": "/statement/{{ YYYYMM }}/{{ CUST_ID }}_*.pdf"}]}]}
    )

    rules: list[AttachmentRuleIn] = Field(max_length=MAX_ITEMS)


class ColumnsIn(DraftEdit):
    """What the columns of the target query mean."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "EMAIL", "key": ["CUST_ID"], "name": "CUST_NAME"}]}
    )

    email: Line
    key: list[Line] = Field(max_length=20, description="Who the recipient is; together unique in one run.")
    name: Line = ""
    equal_addresses: EqualAddresses = EqualAddresses.ALLOW

    def to_domain(self) -> TargetColumns:
        return TargetColumns(
            email=self.email, key=tuple(self.key), name=self.name, equal_addresses=self.equal_addresses
        )


class EnvelopeIn(DraftEdit):
    """Who the mail is from, and through which sender it goes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"sender": "outbox", "from_email": "statement@example.com", "from_name": "한빛카드"}]
        }
    )

    sender: Line = Field(description="Name of a sender.")
    from_email: Line
    from_name: Line = ""
    reply_to: Line = ""
    unsubscribe_url: Line = ""
    unsubscribe_mailto: Line = ""
    headers: list[tuple[Line, Line]] = Field(default_factory=list, max_length=MAX_ITEMS)

    def to_domain(self) -> Envelope:
        fields = self.model_dump(exclude={"draft_version", "headers"})
        return Envelope(**fields, headers=tuple(self.headers))


class PoliciesIn(DraftEdit):
    """What a run does when things are not as they should be."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"missing_file": "ABORT_RUN", "once_per_hours": 24}]})

    missing_file: MissingFilePolicy = MissingFilePolicy.SKIP_ROW
    check_files_first: bool = False
    once_per_hours: Annotated[int, Field(ge=1, le=87_600)] | None = None
    max_recipients: Count = 2_000_000
    drift_limit_percent: Annotated[
        int | None,
        Field(
            ge=1,
            le=100_000,
            description="A run whose recipients are so much more or fewer than those of the last runs (their median) "
            "pauses before anyone is mailed; null for no such limit.",
        ),
    ] = 50
    breaker_threshold: Count = 20
    fail_paused_after_hours: Annotated[int, Field(ge=1, le=87_600)] | None = 72
    update_repeatable: bool = False
    update_marker: bool = False

    def to_domain(self) -> Policies:
        return Policies(**self.model_dump(exclude={"draft_version"}))


class GeneralIn(DraftEdit):
    """What it is for, and where its recipients live."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"purpose": "informational", "zone": "Asia/Seoul", "language": "ko"}]}
    )

    purpose: Purpose
    zone: Annotated[str, Field(max_length=64)]
    language: Annotated[str, Field(max_length=8, description="`ko` or `en`.")]


class AutomationView(View):
    """A named definition."""

    id: UUID
    name: str
    description: str
    enabled: bool
    draft_version: int
    active_revision_id: UUID | None
    active_revision_number: int | None = Field(description="What jobs run; null before the first publishing.")
    draft_differs: bool = Field(description="Whether the draft differs from the active revision.")
    created_at: AwareDatetime
    updated_at: AwareDatetime


class AutomationDetail(AutomationView):
    """An automation with its draft."""

    draft: Definition


class ColumnView(View):
    """A column that a query returns."""

    name: str
    type: str


class SavedView(View):
    """A saved draft, and what does not fit together yet."""

    automation: AutomationDetail
    warnings: list[ProblemField] = Field(description="What keeps the draft from being published, as far as was looked.")
    columns: list[ColumnView] = Field(description="What the saved query returns.")
    binds: list[str] = Field(description="What the saved query binds.")


class RevisionView(View):
    """A published definition; it never changes."""

    id: UUID
    automation_id: UUID
    number: int
    sha256: str
    note: str
    published_by: str
    published_at: AwareDatetime


class RevisionDetail(RevisionView):
    """A revision with its definition."""

    definition: Definition


def problem_fields(problems: Sequence[FieldProblem]) -> list[ProblemField]:
    """Problems as the API shows them."""
    return [
        ProblemField(
            field=problem.field,
            message=problem.message,
            code=problem.code,
            line=problem.line,
            position=problem.position,
        )
        for problem in problems
    ]


def automation_view(automation: Automation) -> AutomationView:
    return AutomationView.model_validate(automation)


def automation_detail(automation: Automation) -> AutomationDetail:
    return AutomationDetail.model_validate(automation)


def revision_view(revision: Revision) -> RevisionView:
    return RevisionView.model_validate(revision)


def saved_view(saved: Saved) -> SavedView:
    columns: Sequence[Any] = saved.shape.columns if saved.shape else ()
    return SavedView(
        automation=automation_detail(saved.automation),
        warnings=problem_fields(saved.warnings),
        columns=[ColumnView.model_validate(column) for column in columns],
        binds=list(saved.shape.binds) if saved.shape else [],
    )
