"""Editing drafts: what refuses a part, what is only a warning, and who may overwrite whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tank.domain.attachment import AttachmentRule
from tank.domain.automation import Automation, Dbio, Definition, Envelope, Policies, Purpose, TargetColumns, Template
from tank.domain.errors import Conflict, Invalid
from tank.domain.query import QueryKind, SourceError, UnsafeSql
from tank.services.definition_diff import diff_definitions
from tank.services.drafts import QueryEdit
from tests.fakes.sources import lost_connection
from tests.support.workshop import COMPLETE, MAPPING, TARGET, UPDATE, Workshop


@pytest.fixture
def empty(workshop: Workshop) -> Automation:
    return workshop.automations.create("a", by="kim")


def test_a_definition_grows_part_by_part(workshop: Workshop, empty: Automation) -> None:
    drafts, by = workshop.drafts, "kim"
    saved = drafts.save_query(empty.id, QueryKind.TARGET, QueryEdit(sql=TARGET, connection="erp"), by=by)
    assert saved.shape is not None
    assert saved.shape.column_names == ("CUST_ID", "EMAIL", "NAME")
    drafts.save_query(empty.id, QueryKind.MAPPING, QueryEdit(sql=MAPPING), by=by)
    drafts.save_query(empty.id, QueryKind.UPDATE, QueryEdit(sql=UPDATE), by=by)
    drafts.save_columns(empty.id, COMPLETE.columns, by=by)
    drafts.save_template(empty.id, COMPLETE.template, by=by)
    drafts.save_envelope(empty.id, COMPLETE.envelope, by=by)
    saved = drafts.save_policies(empty.id, Policies(), by=by)
    assert (saved.automation.draft, saved.automation.draft_version, saved.warnings) == (COMPLETE, 8, ())
    assert workshop.automations.publish(empty.id, by=by).number == 1
    assert workshop.audit().count(("kim", "automation.edit")) == 7


def test_the_database_must_accept_a_query(workshop: Workshop, empty: Automation) -> None:
    with pytest.raises(SourceError) as caught:
        workshop.drafts.save_query(
            empty.id, QueryKind.TARGET, QueryEdit(sql="SELECT nothing FROM nowhere", connection="erp"), by="kim"
        )
    assert (caught.value.database_code, caught.value.position) == ("FAKE-00942", 1)
    with pytest.raises(UnsafeSql):
        workshop.drafts.save_query(
            empty.id, QueryKind.TARGET, QueryEdit(sql="DROP TABLE a", connection="erp"), by="kim"
        )
    assert workshop.automations.get(empty.id) == empty


def test_what_the_lint_cannot_read_is_first_put_to_the_database(workshop: Workshop, empty: Automation) -> None:
    """Most often it is a slip of the pen; only what the database takes is a matter of the switch."""
    unread = "SELECT CUST_ID FROM CUSTOMER WHERE ( = 1"
    edit = QueryEdit(sql=unread, connection="erp")
    with pytest.raises(SourceError, match="scripted") as caught:
        workshop.drafts.save_query(empty.id, QueryKind.TARGET, edit, by="kim")
    assert caught.value.position == 1
    workshop.source.answer(unread, ("CUST_ID",), [])
    with pytest.raises(UnsafeSql, match="cannot read"):
        workshop.drafts.save_query(empty.id, QueryKind.TARGET, edit, by="kim")
    unread_and_writing = QueryEdit(sql="SELECT CUST_ID FROM CUSTOMER WHERE ( = 1 EXECUTE y", connection="erp")
    with pytest.raises(UnsafeSql, match="EXECUTE"):
        workshop.drafts.save_query(empty.id, QueryKind.TARGET, unread_and_writing, by="kim")


@pytest.mark.parametrize("connection", [None, "", "nowhere"])
def test_a_query_needs_a_connection(workshop: Workshop, empty: Automation, connection: str | None) -> None:
    with pytest.raises(Invalid) as caught:
        workshop.drafts.save_query(empty.id, QueryKind.TARGET, QueryEdit(sql=TARGET, connection=connection), by="kim")
    assert caught.value.problems[0].field == "dbio.connection"


def test_a_bind_that_nothing_provides_is_refused(workshop: Workshop) -> None:
    made = workshop.automation()
    workshop.source.accept("UPDATE CUSTOMER SET A = :B WHERE CUST_ID = :CUST_ID")
    edit = QueryEdit(sql="UPDATE CUSTOMER SET A = :B WHERE CUST_ID = :CUST_ID")
    with pytest.raises(Invalid) as caught:
        workshop.drafts.save_query(made.id, QueryKind.UPDATE, edit, by="kim")
    assert (caught.value.problems[0].field, caught.value.problems[0].code) == ("dbio.update_query", "unknown_bind")


def test_what_a_new_target_query_breaks_is_told(workshop: Workshop) -> None:
    made = workshop.automation()
    workshop.source.answer("SELECT ID, EMAIL FROM CUSTOMER", ("ID", "EMAIL"), [])
    saved = workshop.drafts.save_query(
        made.id, QueryKind.TARGET, QueryEdit(sql="SELECT ID, EMAIL FROM CUSTOMER"), by="kim"
    )
    assert [(problem.field, problem.code) for problem in saved.warnings] == [
        ("dbio.mapping_query", "unknown_bind"),
        ("dbio.update_query", "unknown_bind"),
        ("columns.name", "unknown_column"),
        ("columns.key[0]", "unknown_column"),
        ("template.subject", "unknown_variable"),
    ]


def test_an_empty_query_removes_it_but_for_the_target(workshop: Workshop) -> None:
    made = workshop.automation()
    saved = workshop.drafts.save_query(made.id, QueryKind.UPDATE, QueryEdit(sql=""), by="kim")
    assert saved.automation.draft.dbio.update_query == ""
    with pytest.raises(Invalid):
        workshop.drafts.save_query(made.id, QueryKind.TARGET, QueryEdit(sql=" \n"), by="kim")


def test_the_switch_for_unusual_sql_is_audited(workshop: Workshop) -> None:
    made = workshop.automation()
    workshop.drafts.save_query(made.id, QueryKind.TARGET, QueryEdit(sql=TARGET, allow_unparsed_sql=True), by="kim")
    with workshop.db.read() as tables:
        assert tables.audit.page(limit=1).items[0].detail["allow_unparsed_sql"] is True


def test_a_template_may_come_before_the_queries(workshop: Workshop, empty: Automation) -> None:
    saved = workshop.drafts.save_template(empty.id, Template(subject="{{ NAME }}", html="{{ X }}"), by="kim")
    assert [problem.code for problem in saved.warnings] == ["unknown_variable", "unknown_variable"]
    saved = workshop.drafts.save_template(empty.id, Template(html="half a template"), by="kim")
    assert [problem.code for problem in saved.warnings] == ["required"]
    with pytest.raises(Invalid) as caught:
        workshop.drafts.save_template(empty.id, Template(subject="a", html="one\n{% for x in %}"), by="kim")
    assert [(problem.code, problem.line) for problem in caught.value.problems] == [("syntax", 2)]


def test_unknown_variables_refuse_a_template_once_the_query_is_known(workshop: Workshop) -> None:
    made = workshop.automation()
    with pytest.raises(Invalid) as caught:
        workshop.drafts.save_template(made.id, Template(subject="a", html="a\n{{ NAMEE }}"), by="kim")
    (problem,) = caught.value.problems
    assert (problem.field, problem.code, problem.line) == ("template.html", "unknown_variable", 2)
    assert workshop.automations.get(made.id) == made


def test_rows_of_a_mapping_query_that_is_still_to_come(workshop: Workshop) -> None:
    made = workshop.automation(replace(COMPLETE, dbio=replace(COMPLETE.dbio, mapping_query="")))
    html = "{% for r in rows %}{{ r.ITEM }}{% endfor %}"
    saved = workshop.drafts.save_template(made.id, Template(subject="a", html=html), by="kim")
    assert [problem.code for problem in saved.warnings] == ["unknown_column"]
    with pytest.raises(Invalid):
        workshop.automations.publish(made.id, by="kim")
    with pytest.raises(Invalid):
        workshop.drafts.save_template(made.id, Template(subject="{{ NAMEE }}", html=html), by="kim")


def test_a_template_can_be_saved_while_the_source_is_down(workshop: Workshop) -> None:
    made = workshop.automation()
    workshop.source.fail("describe", lost_connection(), times=3)
    saved = workshop.drafts.save_template(made.id, Template(subject="a", html="{{ NAMEE }}"), by="kim")
    assert [problem.code for problem in saved.warnings] == ["08006"] * 3 + ["unknown_variable"]


def test_attachment_rules(workshop: Workshop, empty: Automation) -> None:
    rules = [AttachmentRule(pattern="/{{ CUST_ID }}.pdf")]
    saved = workshop.drafts.save_attachments(empty.id, rules, by="kim")
    assert [problem.code for problem in saved.warnings] == ["unknown_variable"]
    made = workshop.automation()
    assert workshop.drafts.save_attachments(made.id, rules, by="kim").warnings == ()
    for pattern in ("/{{ CUSTID }}.pdf", "/{{ CUST_ID", "/same.pdf"):
        with pytest.raises(Invalid) as caught:
            workshop.drafts.save_attachments(made.id, [*rules, AttachmentRule(pattern=pattern)], by="kim")
        assert caught.value.problems[0].field == "attachments[1].pattern"


def test_columns_envelope_and_general(workshop: Workshop) -> None:
    made = workshop.automation()
    with pytest.raises(Invalid, match="CUST_ID"):
        workshop.drafts.save_columns(made.id, TargetColumns(email="EMAIL", key=("CUSTID",)), by="kim")
    with pytest.raises(Invalid):
        workshop.drafts.save_envelope(made.id, Envelope(sender="outbox", from_email="a@b\r\nBcc: c@d"), by="kim")
    with pytest.raises(Invalid):
        workshop.drafts.save_policies(made.id, Policies(breaker_threshold=0), by="kim")
    with pytest.raises(Invalid):
        workshop.drafts.save_general(made.id, purpose=Purpose.INFORMATIONAL, zone="Mars", language="ko", by="kim")
    saved = workshop.drafts.save_general(made.id, purpose=Purpose.ADVERTISING, zone="UTC", language="en", by="kim")
    assert {problem.code for problem in saved.warnings} >= {"advertising_mark", "advertising_unsubscribe"}
    assert (saved.automation.draft.zone, saved.automation.draft.language) == ("UTC", "en")


def test_two_editors_of_one_version(workshop: Workshop) -> None:
    made = workshop.automation()
    workshop.drafts.save_policies(made.id, Policies(once_per_hours=1), by="kim", expected_version=1)
    with pytest.raises(Conflict) as caught:
        workshop.drafts.save_policies(made.id, Policies(), by="lee", expected_version=1)
    assert caught.value.code == "draft_version_conflict"


def test_an_edit_without_a_version_keeps_other_parts(workshop: Workshop) -> None:
    """Somebody saves another part while this one's template is being checked."""
    made = workshop.automation()
    once = iter([True])

    class SlowLab:
        def __getattr__(self, name: str) -> object:
            if next(once, False):
                workshop.drafts.save_policies(made.id, Policies(once_per_hours=7), by="lee")
            return getattr(workshop.lab, name)

    workshop.checks._lab = SlowLab()  # type: ignore[assignment]
    saved = workshop.drafts.save_template(made.id, Template(subject="new", html="a"), by="kim")
    assert saved.automation.draft.template.subject == "new"
    assert saved.automation.draft.policies.once_per_hours == 7


def test_a_revision_can_be_restored_and_compared(workshop: Workshop) -> None:
    made = workshop.automation()
    workshop.automations.publish(made.id, by="kim")
    changed = replace(COMPLETE.template, html="<p>\nnew\n</p>")
    now = workshop.drafts.save_template(made.id, changed, by="kim").automation
    (change,) = diff_definitions(COMPLETE, now.draft)
    assert change.field == "template.html"
    assert change.diff.splitlines()[1:] == [f"-{COMPLETE.template.html}", "+<p>", "+new", "+</p>"]
    restored = workshop.drafts.restore(made.id, 1, by="kim").automation
    assert (restored.draft, restored.draft_differs) == (COMPLETE, False)
    assert diff_definitions(COMPLETE, restored.draft) == []


def test_a_difference_of_lists_and_numbers_is_json() -> None:
    after = Definition(columns=TargetColumns(key=("A",)), dbio=Dbio(allow_unparsed_sql=True))
    changes = {change.field: (change.before, change.after) for change in diff_definitions(Definition(), after)}
    assert changes == {"columns.key": ("[]", '[\n  "A"\n]'), "dbio.allow_unparsed_sql": ("false", "true")}


def test_importing(workshop: Workshop) -> None:
    made = workshop.automation()
    text = workshop.files.export(made.id)
    with pytest.raises(Conflict):
        workshop.files.take_in(text, by="kim")
    copy = workshop.files.take_in(text, by="kim", name="copy")
    assert (copy.automation.name, copy.automation.draft, copy.warnings) == ("copy", COMPLETE, ())
    edited = text.replace("language", "").replace("CUST_ID, EMAIL", "CUST_ID,  EMAIL")
    saved = workshop.files.take_in(edited, by="kim", replace_existing=True)
    assert (saved.automation.id, saved.automation.draft_version) == (made.id, 2)
    assert [problem.field for problem in saved.warnings] == ["dbio.target_query"]
    workshop.automations.publish(copy.automation.id, by="kim")
    assert workshop.files.export(copy.automation.id, revision=1) == text.replace("명세서\n", "copy\n", 1)
