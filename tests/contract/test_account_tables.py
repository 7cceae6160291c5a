"""Accounts and what they sign in with, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tank.db.database import Database
from tank.domain.account import Account, ApiToken, LinkPurpose, OneTimeLink, Role, SignIn, TooManyTries
from tank.domain.errors import Conflict, NotFound
from tank.domain.ids import new_id
from tank.passwords import Argon2Passwords, TotpCodes
from tank.services.accounts import Accounts
from tank.services.sign_in_limits import SignInTry
from tank.services.sign_ins import SignIns
from tests.fakes.clock import START, FakeClock
from tests.support.at_once import all_at_once


def an_account(name: str = "kim", role: Role = Role.OPERATOR) -> Account:
    return Account(id=new_id(), name=name, display_name="김하나", role=role, created_at=START)


def accounts_of(db: Database, clock: FakeClock) -> Accounts:
    passwords = Argon2Passwords(memory_kib=8, passes=1)
    sign_ins = SignIns(db, clock, passwords=passwords, codes=TotpCodes())
    return Accounts(db, clock, passwords=passwords, sign_ins=sign_ins)


def test_an_account_comes_back_as_it_was_and_its_secrets_lie_sealed(logs_db: Database) -> None:
    kim = replace(an_account(), password_hash="$argon2id$…", totp_secret="JBSWY3DP", external_id="https://id 7")
    with logs_db.write() as tables:
        assert not tables.accounts.any()
        tables.accounts.add(kim)
    with logs_db.read() as tables:
        assert tables.accounts.any()
        assert (
            tables.accounts.get(kim.id) == tables.accounts.named("kim") == tables.accounts.of_identity("https://id 7")
        )
        assert tables.accounts.get(kim.id) == kim
        raw = tables.connection.exec_driver_sql("SELECT secrets FROM account").scalar_one()
        assert b"JBSWY3DP" not in bytes(raw)
    changed = replace(kim, role=Role.ADMIN, totp_secret=None, totp_offered="NEW", disabled_at=START)
    with logs_db.write() as tables:
        tables.accounts.replace(changed)
        tables.accounts.seen(kim.id, at=START)
        assert tables.accounts.get(kim.id) == replace(changed, last_seen_at=START)
        with pytest.raises(NotFound):
            tables.accounts.replace(an_account("lee"))
    with pytest.raises(Conflict, match="kim"), logs_db.write() as tables:
        tables.accounts.add(an_account("kim"))


def test_a_code_is_good_once_and_never_an_older_one(logs_db: Database) -> None:
    kim = an_account()
    with logs_db.write() as tables:
        tables.accounts.add(kim)
        used = [tables.accounts.use_code(kim.id, step) for step in (10, 10, 9, 11)]
    assert used == [True, False, False, True]


def test_sessions_end_one_by_one_all_at_once_and_by_themselves(logs_db: Database) -> None:
    kim, lee = an_account("kim"), an_account("lee")
    made = [
        SignIn(
            token_digest=bytes([number]) * 32,
            account_id=account.id,
            created_at=START,
            seen_at=START + timedelta(minutes=number),
            ends_at=START + timedelta(hours=12),
            address="192.0.2.7",
        )
        for number, account in enumerate((kim, kim, kim, lee))
    ]
    with logs_db.write() as tables:
        tables.accounts.add(kim)
        tables.accounts.add(lee)
        for one in made:
            tables.sign_ins.add(one)

        def left() -> list[int]:
            return [number for number, one in enumerate(made) if tables.sign_ins.get(one.token_digest)]

        assert tables.sign_ins.get(made[1].token_digest) == made[1]
        tables.sign_ins.end(made[0].token_digest)
        assert left() == [1, 2, 3]
        tables.sign_ins.end_all(kim.id, but=made[2].token_digest)
        assert left() == [2, 3]
        tables.sign_ins.tidy(seen_before=START + timedelta(minutes=3), ended_before=START)
        assert left() == [3]
        tables.sign_ins.tidy(seen_before=START, ended_before=START + timedelta(hours=13))
        assert left() == []


def test_a_link_is_taken_once_and_the_newest_is_the_good_one(logs_db: Database) -> None:
    kim = an_account()
    first, admin = (
        OneTimeLink(
            token_digest=digit * 32, purpose=purpose, account_id=account_id, created_at=START, valid_until=START
        )
        for digit, purpose, account_id in (
            (b"1", LinkPurpose.SET_PASSWORD, kim.id),
            (b"2", LinkPurpose.FIRST_ADMIN, None),
        )
    )
    with logs_db.write() as tables:
        tables.accounts.add(kim)
        tables.links.add(first)
        tables.links.add(admin)
        assert tables.links.get(first.token_digest) == first
        tables.links.withdraw(None)
        assert tables.links.get(admin.token_digest) is None
        assert [tables.links.take(first.token_digest) for _ in range(2)] == [True, False]


def test_of_two_who_use_a_link_at_once_one_gets_in(logs_db: Database, clock: FakeClock) -> None:
    accounts = accounts_of(logs_db, clock)
    link = accounts.first_admin_link()
    assert link is not None
    outcomes: list[str] = []

    def use(name: str) -> None:
        try:
            accounts.use_link(link.token, name=name, password="four words, no sense")
        except NotFound as error:
            outcomes.append(error.code)
        else:
            outcomes.append("in")

    all_at_once(lambda: use("kim"), lambda: use("lee"))
    assert sorted(outcomes) == ["in", "unknown_link"]
    assert len(accounts.all()) == 1


def test_two_admins_cannot_both_go(logs_db: Database, clock: FakeClock) -> None:
    accounts = accounts_of(logs_db, clock)
    people = [accounts.add(name, display_name=name, role=Role.ADMIN, by="test")[0].id for name in ("kim", "lee")]
    refused: list[str] = []

    def leave(number: int) -> None:
        try:
            accounts.change(people[number], disabled=True, by="test")
        except Conflict as error:
            refused.append(error.code)

    all_at_once(lambda: leave(0), lambda: leave(1))
    assert refused == ["last_admin"]


def test_tokens_are_found_by_their_digest(logs_db: Database) -> None:
    token = ApiToken(
        id=new_id(),
        name="nightly",
        token_digest=b"t" * 32,
        role=Role.VIEWER,
        created_at=START,
        created_by="kim",
        expires_at=START,
    )
    with logs_db.write() as tables:
        tables.api_tokens.add(token)
        tables.api_tokens.used(token.id, at=START)
        assert tables.api_tokens.by_digest(b"t" * 32) == replace(token, last_used_at=START)
        assert tables.api_tokens.delete(token.id).name == "nightly"
        assert tables.api_tokens.all() == []
        with pytest.raises(NotFound):
            tables.api_tokens.delete(token.id)


def test_tries_at_once_are_all_counted(logs_db: Database, clock: FakeClock) -> None:
    through: list[int] = []
    attempt = SignInTry("kim", "192.0.2.7")

    def knock(number: int) -> None:
        for _ in range(10):
            try:
                with logs_db.write() as tables:
                    attempt.begin(tables, clock.now())
            except TooManyTries:
                return
            through.append(number)

    all_at_once(lambda: knock(1), lambda: knock(2))
    assert len(through) in (5, 6)  # two may have looked before either counted
    with logs_db.write() as tables:
        attempt.succeeded(tables)
        attempt.begin(tables, clock.now())
