"""Automations from their first name to a published revision."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from tank.domain.attachment import AttachmentRule
from tank.domain.automation import Definition, Envelope, Policies, Purpose, TargetColumns, Template
from tank.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from tank.domain.query import SourceError, SourceErrorKind
from tank.rendering.mime import MimeComposer
from tank.services.automations import Automations
from tank.services.definition_checks import DefinitionChecks
from tank.services.definition_data import definition_sha256
from tank.sources.registry import SourceRegistry
from tests.support.workshop import COMPLETE, TARGET, Workshop


def test_a_new_automation_is_an_empty_draft(workshop: Workshop) -> None:
    made = workshop.automations.create("  월 명세서 ", by="kim", description="매월")
    assert (made.name, made.description, made.draft, made.draft_version) == ("월 명세서", "매월", Definition(), 1)
    assert workshop.automations.get(made.id) == made
    assert workshop.audit() == [("kim", "automation.create")]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\x00", "\ud800", "x" * 201])
def test_a_bad_name_is_refused(workshop: Workshop, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        workshop.automations.create(name, by="kim")
    assert caught.value.problems[0].field == "name"


def test_describing_and_switching(workshop: Workshop) -> None:
    made = workshop.automation()
    changed = workshop.automations.describe(made.id, name="새 이름", by="lee")
    assert (changed.name, changed.description) == ("새 이름", made.description)
    assert not workshop.automations.set_enabled(made.id, False, by="lee").enabled
    assert workshop.automations.set_enabled(made.id, True, by="lee").enabled
    actions = [action for _, action in workshop.audit()][1:]
    assert actions == ["automation.describe", "automation.disable", "automation.enable"]


def test_copies_get_a_free_name(workshop: Workshop) -> None:
    made = workshop.automation(name="x" * 200)
    first, second = (workshop.automations.duplicate(made.id, by="kim") for _ in range(2))
    assert (first.name, second.name) == ("x" * 196 + " (2)", "x" * 196 + " (3)")
    assert (first.draft, first.active_revision_id) == (made.draft, None)
    with pytest.raises(Conflict):
        workshop.automations.duplicate(made.id, by="kim", name=first.name)


def test_deleting(workshop: Workshop) -> None:
    made = workshop.automation()
    workshop.automations.publish(made.id, by="kim")
    workshop.automations.delete(made.id, by="kim")
    for gone in (workshop.automations.get, workshop.automations.problems):
        with pytest.raises(NotFound):
            gone(made.id)
    assert workshop.audit()[-1] == ("kim", "automation.delete")


def test_publishing_makes_numbered_revisions(workshop: Workshop) -> None:
    made = workshop.automation()
    first = workshop.automations.publish(made.id, by="kim", message="first", expected_version=1)
    assert (first.number, first.sha256, first.note) == (1, definition_sha256(COMPLETE), "first")
    with pytest.raises(Conflict) as caught:
        workshop.automations.publish(made.id, by="kim")
    assert caught.value.code == "nothing_to_publish"
    workshop.drafts.save_policies(made.id, Policies(once_per_hours=24), by="kim")
    with pytest.raises(Conflict) as caught:
        workshop.automations.publish(made.id, by="kim", expected_version=1)
    assert caught.value.code == "draft_version_conflict"
    assert workshop.automations.publish(made.id, by="kim", expected_version=2).number == 2


class _PublishedMeanwhile(DefinitionChecks):
    """Somebody else publishes while the databases are asked."""

    def __init__(self, workshop: Workshop, automation_id: UUID) -> None:
        self._workshop, self._automation_id = workshop, automation_id

    def problems(self, definition: Definition) -> list[FieldProblem]:
        del definition
        self._workshop.automations.publish(self._automation_id, by="lee")
        return []


def test_two_who_publish_at_once_make_one_revision(workshop: Workshop) -> None:
    made = workshop.automation()
    late = Automations(workshop.db, workshop.clock, _PublishedMeanwhile(workshop, made.id))
    with pytest.raises(Conflict) as caught:
        late.publish(made.id, by="kim")
    assert caught.value.code == "nothing_to_publish"
    with workshop.db.read() as tables:
        assert [revision.published_by for revision in tables.automations.revisions(made.id)] == ["lee"]


def test_an_empty_draft_lists_everything_that_it_lacks(workshop: Workshop) -> None:
    made = workshop.automations.create("a", by="kim")
    with pytest.raises(Invalid) as caught:
        workshop.automations.publish(made.id, by="kim")
    assert caught.value.code == "not_publishable"
    assert {problem.field for problem in caught.value.problems} == {
        "dbio.connection",
        "dbio.target_query",
        "columns.email",
        "columns.key",
        "template.subject",
        "template.html",
        "envelope.sender",
        "envelope.from_email",
    }


def test_the_first_run_publishes_a_complete_draft(workshop: Workshop) -> None:
    made = workshop.automation()
    revision_id = workshop.automations.ensure_published(made.id, by="scheduler")
    assert workshop.automations.ensure_published(made.id, by="scheduler") == revision_id
    workshop.drafts.save_policies(made.id, Policies(once_per_hours=24), by="kim")
    assert workshop.automations.ensure_published(made.id, by="scheduler") == revision_id
    with pytest.raises(Invalid):
        workshop.automations.ensure_published(workshop.automations.create("b", by="kim").id, by="scheduler")
    with pytest.raises(NotFound):
        workshop.automations.ensure_published(UUID(int=1), by="scheduler")


@pytest.mark.parametrize(
    ("definition", "field", "code"),
    [
        (replace(COMPLETE, zone="Seoul"), "zone", "unknown_zone"),
        (replace(COMPLETE, language="fr"), "language", "unknown_choice"),
        (replace(COMPLETE, policies=Policies(max_recipients=0)), "policies.max_recipients", "out_of_range"),
        (replace(COMPLETE, dbio=replace(COMPLETE.dbio, connection="x")), "dbio.connection", "unknown_connection"),
        (
            replace(COMPLETE, dbio=replace(COMPLETE.dbio, write_connection="x")),
            "dbio.write_connection",
            "unknown_connection",
        ),
        (
            replace(COMPLETE, dbio=replace(COMPLETE.dbio, target_query="SELECT 1")),
            "dbio.target_query",
            "FAKE-00942",
        ),
        (
            replace(COMPLETE, dbio=replace(COMPLETE.dbio, target_query="DELETE FROM A")),
            "dbio.target_query",
            "unsafe_sql",
        ),
        (replace(COMPLETE, columns=TargetColumns(email="EMAIL", key=("ID",))), "columns.key[0]", "unknown_column"),
        (replace(COMPLETE, columns=TargetColumns(email="email", key=("NAME",))), "columns.email", "unknown_column"),
        (replace(COMPLETE, template=Template(subject="{{ X }}", html="a")), "template.subject", "unknown_variable"),
        (replace(COMPLETE, template=Template(subject="{{", html="a")), "template.subject", "syntax"),
        (
            replace(COMPLETE, attachments=(AttachmentRule(pattern="/{{ X }}.pdf"),)),
            "attachments[0].pattern",
            "unknown_variable",
        ),
        (replace(COMPLETE, envelope=replace(COMPLETE.envelope, sender="x")), "envelope.sender", "unknown_sender"),
        (
            replace(COMPLETE, envelope=replace(COMPLETE.envelope, from_email="x")),
            "envelope.from_email",
            "unfit_header",
        ),
        (
            replace(COMPLETE, envelope=replace(COMPLETE.envelope, headers=(("X-A", "1"), ("Bcc", "x@y.z")))),
            "envelope.headers[1]",
            "unfit_header",
        ),
        (
            replace(COMPLETE, envelope=replace(COMPLETE.envelope, unsubscribe_url="http://x")),
            "envelope.unsubscribe_url",
            "unfit_header",
        ),
        (replace(COMPLETE, template=Template(subject="a", html="x" * 1_000_001)), "template.html", "too_long"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(workshop: Workshop, definition: Definition, field: str, code: str) -> None:
    found = workshop.checks.problems(definition)
    assert [(problem.field, problem.code) for problem in found] == [(field, code)]


def test_a_source_that_does_not_answer_is_a_problem_like_others(workshop: Workshop) -> None:
    down = SourceError(SourceErrorKind.CANNOT_CONNECT, "No route to host", remedy="Start it.")
    workshop.source.fail("describe", down, times=3)
    problems = workshop.checks.problems(COMPLETE)
    assert [problem.code for problem in problems] == ["source_cannot_connect"] * 3
    assert problems[0].message == "No route to host Start it."


def test_binds_that_nothing_provides(workshop: Workshop) -> None:
    workshop.source.answer("SELECT A FROM T WHERE B = :CUSTID", ("A",), [])
    dbio = replace(COMPLETE.dbio, mapping_query="SELECT A FROM T WHERE B = :CUSTID")
    definition = replace(COMPLETE, dbio=dbio, template=Template(subject="a", html="b"))
    (problem,) = workshop.checks.problems(definition)
    assert (problem.field, problem.code) == ("dbio.mapping_query", "unknown_bind")
    assert ":CUSTID" in problem.message
    assert "Did you mean :CUST_ID?" in problem.message


def test_a_column_that_comes_twice(workshop: Workshop) -> None:
    workshop.source.answer(TARGET, ("CUST_ID", "EMAIL", "NAME", "NAME"), [])
    assert [problem.code for problem in workshop.checks.problems(COMPLETE)] == ["repeated_column"]


def test_the_marker_table_must_be_there(workshop: Workshop) -> None:
    definition = replace(COMPLETE, policies=Policies(update_marker=True))
    (problem,) = workshop.checks.problems(definition)
    assert (problem.field, problem.code) == ("policies.update_marker", "marker_table")
    assert "CREATE TABLE TANK_WRITEBACK" in problem.message


def test_a_real_database_knows_whether_the_marker_table_is_there(workshop: Workshop, tmp_path: Path) -> None:
    file = tmp_path / "erp.db"
    with sqlite3.connect(file) as erp:
        erp.execute("CREATE TABLE CUSTOMER (CUST_ID, EMAIL, NAME, SENT)")
        erp.execute("CREATE TABLE TX (CUST_ID, ITEM, AMOUNT)")
    sources = SourceRegistry()
    with workshop.db.write() as tables:
        connection = tables.connections.named("erp")
        assert connection is not None
        tables.connections.replace(replace(connection, options={"url": f"sqlite:///{file}"}))
    checks = DefinitionChecks(workshop.db, sources, workshop.lab, MimeComposer())
    definition = replace(COMPLETE, policies=Policies(update_marker=True))
    (problem,) = checks.problems(definition)
    assert problem.code == "marker_table"
    erp.execute("CREATE TABLE TANK_WRITEBACK (delivery_id PRIMARY KEY, applied_at)")
    erp.close()
    assert checks.problems(definition) == []
    sources.close()


def test_advertising_keeps_the_law(workshop: Workshop) -> None:
    advertising = replace(COMPLETE, purpose=Purpose.ADVERTISING, envelope=replace(COMPLETE.envelope, from_name=""))
    codes = {problem.code for problem in workshop.checks.problems(advertising)}
    assert codes == {
        "advertising_mark",
        "advertising_unsubscribe",
        "advertising_sender",
        "advertising_contact",
    }
    lawful = replace(
        advertising,
        template=Template(subject="(광고) 안내", html="<p>문의 02-1234-5678</p>"),
        envelope=Envelope(
            sender="outbox", from_email="a@example.com", from_name="카드사", unsubscribe_url="https://example.com/u"
        ),
    )
    assert workshop.checks.problems(lawful) == []
    almost = replace(lawful, template=replace(lawful.template, subject=" (광고) 안내"))
    assert [problem.code for problem in workshop.checks.problems(almost)] == ["advertising_mark"]
