"""Automations, drafts and revisions, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from tank.db.database import Database
from tank.domain.attachment import AttachmentRule, MissingFilePolicy
from tank.domain.automation import (
    Automation,
    Dbio,
    Definition,
    EqualAddresses,
    InlineImage,
    Policies,
    Purpose,
    Revision,
    TargetColumns,
    Template,
)
from tank.domain.errors import Conflict, Invalid, NotFound
from tank.domain.ids import new_id
from tests.fakes.clock import START

FULL = Definition(
    purpose=Purpose.ADVERTISING,
    zone="Asia/Seoul",
    dbio=Dbio(connection="oracle", target_query="SELECT 고객번호 FROM 고객\nWHERE x = 'é'"),
    columns=TargetColumns(email="EMAIL", key=("고객번호", "월"), equal_addresses=EqualAddresses.STOP),
    template=Template(subject="(광고) 안녕", inline_images=(InlineImage(content_id="logo", path="logo.png"),)),
    attachments=(AttachmentRule(pattern="/{{ A }}.pdf", required=False),),
    policies=Policies(missing_file=MissingFilePolicy.ABORT_RUN, once_per_hours=24),
)


def an_automation(name: str = "명세서", *, draft: Definition = FULL) -> Automation:
    return Automation(id=new_id(), name=name, draft=draft, draft_version=1, created_at=START, updated_at=START)


def a_revision(automation: Automation, number: int, definition: Definition | None = None) -> Revision:
    return Revision(
        id=new_id(),
        automation_id=automation.id,
        number=number,
        definition=definition or automation.draft,
        sha256=f"{number:064}",
        note="first",
        published_by="kim",
        published_at=START,
    )


def added(database: Database, automation: Automation) -> Automation:
    with database.write() as tables:
        tables.automations.add(automation)
    return automation


def test_an_automation_comes_back_as_it_was_saved(logs_db: Database) -> None:
    automation = added(logs_db, an_automation())
    with logs_db.read() as tables:
        assert tables.automations.get(automation.id) == automation
        assert tables.automations.named("명세서") == automation
        assert tables.automations.named("other") is None


def test_a_missing_automation_is_not_found(logs_db: Database) -> None:
    with logs_db.read() as tables, pytest.raises(NotFound) as caught:
        tables.automations.get(UUID(int=1))
    assert caught.value.code == "automation_not_found"


def test_a_name_is_taken_once(logs_db: Database) -> None:
    added(logs_db, an_automation("one"))
    two = added(logs_db, an_automation("two"))
    with pytest.raises(Conflict) as caught, logs_db.write() as tables:
        tables.automations.add(an_automation("one"))
    assert caught.value.code == "name_taken"
    with pytest.raises(Conflict, match="“one”"), logs_db.write() as tables:
        tables.automations.change(two.id, at=START, name="one")


def test_pages_go_by_name_and_can_be_searched(logs_db: Database) -> None:
    names = ["가", "나 100%", "b", "A", "다_x"]
    for name in names:
        added(logs_db, an_automation(name))
    seen: list[str] = []
    after: str | None = None
    with logs_db.read() as tables:
        while True:
            page = tables.automations.page(after=after, limit=2)
            seen += [item.name for item in page.items]
            if (after := page.next) is None:
                break
        assert sorted(seen) == sorted(names)
        assert [item.name for item in tables.automations.page(search="0%").items] == ["나 100%"]
        assert [item.name for item in tables.automations.page(search="_x").items] == ["다_x"]


@pytest.mark.parametrize("token", ["", "x", "WzFd", "é", "W10", "WyJcdTAwMDAiXQ", "W1siYSJdXQ"])
def test_a_page_token_that_is_none_is_refused(logs_db: Database, token: str) -> None:
    with logs_db.read() as tables, pytest.raises(Invalid) as caught:
        tables.automations.page(after=token)
    assert caught.value.code == "page_token"


def test_a_draft_is_saved_only_from_the_version_that_was_seen(logs_db: Database) -> None:
    automation = added(logs_db, an_automation())
    draft = replace(FULL, language="en")
    later = START + timedelta(minutes=1)
    with logs_db.write() as tables:
        assert tables.automations.save_draft(automation.id, draft, expected_version=1, at=later) == 2
    with pytest.raises(Conflict) as caught, logs_db.write() as tables:
        tables.automations.save_draft(automation.id, FULL, expected_version=1, at=later)
    assert caught.value.code == "draft_version_conflict"
    with logs_db.write() as tables:
        assert tables.automations.save_draft(automation.id, draft, expected_version=None, at=later) == 3
        now = tables.automations.get(automation.id)
    assert (now.draft, now.draft_version, now.updated_at) == (draft, 3, later)
    with pytest.raises(NotFound), logs_db.write() as tables:
        tables.automations.save_draft(UUID(int=1), draft, expected_version=3, at=later)


def test_changes_touch_only_what_they_name(logs_db: Database) -> None:
    automation = added(logs_db, an_automation())
    with logs_db.write() as tables:
        tables.automations.change(automation.id, at=START, enabled=False)
        tables.automations.change(automation.id, at=START, description="monthly")
        now = tables.automations.get(automation.id)
    assert (now.name, now.description, now.enabled) == ("명세서", "monthly", False)
    with pytest.raises(NotFound), logs_db.write() as tables:
        tables.automations.change(UUID(int=1), at=START, enabled=False)


def test_publishing_makes_the_revision_active(logs_db: Database) -> None:
    automation = added(logs_db, an_automation())
    first, second = a_revision(automation, 1), a_revision(automation, 2, replace(FULL, language="en"))
    with logs_db.write() as tables:
        tables.automations.publish(first)
        active = tables.automations.get(automation.id)
        assert (active.active_revision_id, active.active_revision_number) == (first.id, 1)
        assert not active.draft_differs
        tables.automations.publish(second)
    with logs_db.read() as tables:
        assert tables.automations.get(automation.id).draft_differs
        assert tables.automations.revisions(automation.id) == [second, first]
        assert tables.automations.revision(first.id) == first
        assert tables.automations.revision_numbered(automation.id, 2) == second
        with pytest.raises(NotFound):
            tables.automations.revision(UUID(int=1))
        with pytest.raises(NotFound):
            tables.automations.revision_numbered(automation.id, 3)


def test_a_revision_number_is_given_once(logs_db: Database) -> None:
    automation = added(logs_db, an_automation())
    with logs_db.write() as tables:
        tables.automations.publish(a_revision(automation, 1))
    with pytest.raises(Conflict) as caught, logs_db.write() as tables:
        tables.automations.publish(a_revision(automation, 1))
    assert caught.value.code == "revision_conflict"


def test_an_automation_that_never_ran_can_be_deleted(logs_db: Database) -> None:
    automation = added(logs_db, an_automation())
    with logs_db.write() as tables:
        tables.automations.publish(a_revision(automation, 1))
        tables.automations.delete(automation.id)
        assert tables.automations.named(automation.name) is None
    with pytest.raises(NotFound), logs_db.write() as tables:
        tables.automations.delete(automation.id)


def test_a_definition_of_an_earlier_version_takes_defaults_for_what_is_new(logs_db: Database) -> None:
    automation = added(logs_db, an_automation())
    old = '{"dbio": {"connection": "oracle", "left_over": 1}, "columns": {"key": ["A", "B"]}, "gone": []}'
    with logs_db.write() as tables:
        tables.connection.execute(text("UPDATE automation SET draft = :old"), {"old": old})
        draft = tables.automations.get(automation.id).draft
    assert draft == Definition(dbio=Dbio(connection="oracle"), columns=TargetColumns(key=("A", "B")))
