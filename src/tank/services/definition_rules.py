"""What a definition must say before it can run, as far as that can be told without asking anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

from tank.domain.automation import Definition, Envelope, Purpose
from tank.domain.errors import FieldProblem, Invalid
from tank.domain.mail import Address, MailContent, RenderedMail
from tank.domain.ports.rendering import ComposeError, MailComposer
from tank.services.zones import zone_named

LANGUAGES = ("ko", "en")
#: 정보통신망법 시행령 별표 6: the subject begins with it, exactly, with nothing in between.
ADVERTISING_MARK = "(광고)"
_HOURS_OF_TEN_YEARS = 87_600
_MOST_RECIPIENTS = 10_000_000
_MOST_DRIFT_PERCENT = 100_000

_PROBE = MailContent(
    sender=Address("probe@example.com"),
    recipient=Address("probe@example.com"),
    rendered=RenderedMail(subject="probe", html="", text="probe"),
    delivery_id=UUID(int=0),
    date=0,
)


def general_problems(definition: Definition) -> Iterator[FieldProblem]:
    """Zone, language and policies."""
    try:
        zone_named(definition.zone)
    except Invalid as error:
        yield from error.problems
    if definition.language not in LANGUAGES:
        yield FieldProblem(field="language", message=f"Choose one of {', '.join(LANGUAGES)}.", code="unknown_choice")
    policies = definition.policies
    for name, value, most in (
        ("once_per_hours", policies.once_per_hours, _HOURS_OF_TEN_YEARS),
        ("fail_paused_after_hours", policies.fail_paused_after_hours, _HOURS_OF_TEN_YEARS),
        ("drift_limit_percent", policies.drift_limit_percent, _MOST_DRIFT_PERCENT),
        ("max_recipients", policies.max_recipients, _MOST_RECIPIENTS),
        ("breaker_threshold", policies.breaker_threshold, _MOST_RECIPIENTS),
    ):
        if value is not None and not 1 <= value <= most:
            message = f"This must be between 1 and {most:,}."
            yield FieldProblem(field=f"policies.{name}", message=message, code="out_of_range")


def required_problems(definition: Definition) -> Iterator[FieldProblem]:
    """What is still empty and must not be."""
    wanted = (
        ("dbio.connection", definition.dbio.connection, "Choose the connection that the queries run on."),
        ("dbio.target_query", definition.dbio.target_query, "Write the target query: one row for each recipient."),
        ("columns.email", definition.columns.email, "Name the column that holds the address."),
        ("columns.key", definition.columns.key, "Name the column (or columns) that tell recipients apart."),
        ("template.subject", definition.template.subject.strip(), "Write the subject."),
        ("envelope.sender", definition.envelope.sender, "Choose the sender that the mails leave through."),
        ("envelope.from_email", definition.envelope.from_email, "Write the address that the mails come from."),
    )
    for field, value, message in wanted:
        if not value:
            yield FieldProblem(field=field, message=message, code="required")
    if not definition.template.html.strip() and not definition.template.text.strip():
        yield FieldProblem(field="template.html", message="Write what the mail says.", code="required")


def advertising_problems(definition: Definition) -> Iterator[FieldProblem]:
    """What the law asks of advertising mail (정보통신망법 제50조, 시행령 별표 6)."""
    if definition.purpose is not Purpose.ADVERTISING:
        return
    template, envelope = definition.template, definition.envelope
    if not template.subject.startswith(ADVERTISING_MARK):
        yield FieldProblem(
            field="template.subject",
            message=f"The subject of advertising must begin with “{ADVERTISING_MARK}”.",
            code="advertising_mark",
        )
    if not (envelope.unsubscribe_url or envelope.unsubscribe_mailto):
        yield FieldProblem(
            field="envelope.unsubscribe_url",
            message="Advertising needs a free and easy way to refuse it: an address to unsubscribe at.",
            code="advertising_unsubscribe",
        )
    if not envelope.from_name:
        yield FieldProblem(
            field="envelope.from_name", message="Advertising must name its sender.", code="advertising_sender"
        )
    if not _CONTACT.search(template.html + template.text):
        yield FieldProblem(
            field="template.html",
            message="Advertising must show how to reach its sender: an e-mail address or a telephone number.",
            code="advertising_contact",
        )


#: An address, or a Korean telephone number (02-123-4567, 1588-1234, 010-1234-5678, +82-2-…).
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+|(?:\+82[-\s.]?|0)\d{1,2}[-\s.)]{0,2}\d{3,4}[-\s.]?\d{4}|1[5-9]\d\d-\d{4}"
)


def envelope_problems(definition: Definition, composer: MailComposer) -> Iterator[FieldProblem]:
    """Envelope fields that no message can be composed with: each is tried on a message of its own."""
    for field, content in _trials(definition.envelope):
        try:
            composer.compose(content)
        except ComposeError as error:
            yield FieldProblem(field=f"envelope.{field}", message=error.message, code="unfit_header")


def _trials(envelope: Envelope) -> Iterator[tuple[str, MailContent]]:
    if envelope.from_email:
        yield "from_email", replace(_PROBE, sender=Address(envelope.from_email))
    yield "from_name", replace(_PROBE, sender=Address(_PROBE.sender.email, envelope.from_name))
    if envelope.reply_to:
        yield "reply_to", replace(_PROBE, reply_to=Address(envelope.reply_to))
    yield "unsubscribe_url", replace(_PROBE, unsubscribe_url=envelope.unsubscribe_url or None)
    yield "unsubscribe_mailto", replace(_PROBE, unsubscribe_mailto=envelope.unsubscribe_mailto or None)
    for number, header in enumerate(envelope.headers):
        yield f"headers[{number}]", replace(_PROBE, headers=(header,))
