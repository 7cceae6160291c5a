"""People: accounts, and the one-time links that they begin with."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from tank.domain.account import (
    Account,
    LinkPurpose,
    OneTimeLink,
    Role,
    account_name,
    check_password,
    shown_name,
)
from tank.domain.errors import Conflict, NotFound
from tank.domain.ids import new_id
from tank.domain.ports.accounts import Passwords
from tank.domain.ports.clock import Clock
from tank.domain.ports.store import LogsDb, Tables
from tank.services.audit_trail import note
from tank.services.sign_ins import Session, SignIns, digest_of

_LINK_GOOD_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link, as it is shown once."""

    token: str
    valid_until: datetime


class Accounts:
    """Accounts of people, as admins see them."""

    def __init__(self, db: LogsDb, clock: Clock, *, passwords: Passwords, sign_ins: SignIns) -> None:
        self._db = db
        self._clock = clock
        self._passwords = passwords
        self._sign_ins = sign_ins

    def any(self) -> bool:
        with self._db.read() as tables:
            return tables.accounts.any()

    def all(self) -> Sequence[Account]:
        with self._db.read() as tables:
            return tables.accounts.all()

    def get(self, account_id: UUID) -> Account:
        """Raises ``NotFound``."""
        with self._db.read() as tables:
            return tables.accounts.get(account_id)

    def add(self, name: str, *, display_name: str, role: Role, by: str) -> tuple[Account, NewLink]:
        """An account, and the link with which its owner sets a password. Raises ``Invalid`` and ``Conflict``."""
        account = self._account(name, display_name, role)
        with self._db.write() as tables:
            tables.accounts.add(account)
            self._note_added(tables, account, by)
            return account, self._new_link(tables, LinkPurpose.SET_PASSWORD, account.id)

    def add_with_password(self, name: str, *, display_name: str, role: Role, password: str, by: str) -> Account:
        """For the command line. Raises ``Invalid`` and ``Conflict``."""
        account = self._account(name, display_name, role)
        hashed = self._passwords.hash(check_password(password, name=account.name))
        with self._db.write() as tables:
            tables.accounts.add(replace(account, password_hash=hashed))
            self._note_added(tables, account, by)
        return account

    def set_password(self, name: str, password: str, *, by: str) -> Account:
        """For the command line: whoever may read the key file may also help somebody in. Raises ``NotFound``."""
        name = account_name(name)
        hashed = self._passwords.hash(check_password(password, name=name))
        with self._db.write() as tables:
            account = tables.accounts.named(name)
            if account is None:
                raise NotFound.of("account", name)
            self._take_over(tables, account, hashed)
            note(tables, "account.set_password", account.id, by=by, at=self._clock.now())
        return account

    def change(
        self,
        account_id: UUID,
        *,
        by: str,
        display_name: str | None = None,
        role: Role | None = None,
        disabled: bool | None = None,
    ) -> Account:
        """Raises ``NotFound``, ``Invalid``, and ``Conflict`` where nobody would be left who may change people."""
        now = self._clock.now()
        with self._db.write() as tables:
            tables.accounts.lock()
            before = tables.accounts.get(account_id)
            after = replace(
                before,
                display_name=before.display_name if display_name is None else shown_name(display_name),
                role=role or before.role,
                disabled_at=before.disabled_at if disabled is None else (now if disabled else None),
            )
            _check_admin_left(tables, after)
            tables.accounts.replace(after)
            if after.disabled_at is not None:
                tables.sign_ins.end_all(account_id)
                tables.links.withdraw(account_id)
            note(tables, "account.change", account_id, by=by, at=now, detail=_difference(before, after))
            return tables.accounts.get(account_id)

    # Links

    def new_link(self, account_id: UUID, *, by: str) -> NewLink:
        """For a forgotten password; older links of the account are no longer good. Raises ``NotFound``."""
        with self._db.write() as tables:
            account = tables.accounts.get(account_id)
            note(tables, "account.new_link", account.id, by=by, at=self._clock.now())
            return self._new_link(tables, LinkPurpose.SET_PASSWORD, account.id)

    def first_admin_link(self) -> NewLink | None:
        """The link that makes the first admin; None once anybody has an account."""
        with self._db.write() as tables:
            tables.accounts.lock()
            return None if tables.accounts.any() else self._new_link(tables, LinkPurpose.FIRST_ADMIN, None)

    def _new_link(self, tables: Tables, purpose: LinkPurpose, account_id: UUID | None) -> NewLink:
        now = self._clock.now()
        new = NewLink(token=secrets.token_urlsafe(32), valid_until=now + _LINK_GOOD_FOR)
        tables.links.withdraw(account_id)
        tables.links.add(
            OneTimeLink(
                token_digest=digest_of(new.token),
                purpose=purpose,
                account_id=account_id,
                created_at=now,
                valid_until=new.valid_until,
            )
        )
        return new

    def link(self, token: str) -> tuple[OneTimeLink, Account | None]:
        """What a link is good for. Raises ``NotFound``."""
        with self._db.read() as tables:
            return self._good_link(tables, token)

    def _good_link(self, tables: Tables, token: str) -> tuple[OneTimeLink, Account | None]:
        link = tables.links.get(digest_of(token))
        is_good = link is not None and link.valid_until > self._clock.now()
        if is_good and link is not None and link.purpose is LinkPurpose.FIRST_ADMIN:
            is_good = not tables.accounts.any()
        if link is None or not is_good:
            raise NotFound(
                "This link is not good any more, or was never.", remedy="Ask for a new one.", code="unknown_link"
            )
        return link, None if link.account_id is None else tables.accounts.get(link.account_id)

    def use_link(
        self, token: str, *, password: str, name: str = "", display_name: str = "", address: str = ""
    ) -> Session:
        """Set the password and sign in. The link is used up. Raises ``NotFound`` and ``Invalid``."""
        link, account = self.link(token)
        new = account or self._account(name, display_name or name, Role.ADMIN)
        hashed = self._passwords.hash(check_password(password, name=new.name))
        with self._db.write() as tables:
            tables.accounts.lock()
            self._good_link(tables, token)
            if not tables.links.take(link.token_digest):
                raise NotFound("This link was used just now.", remedy="Ask for a new one.", code="unknown_link")
            if account is None:
                tables.accounts.add(replace(new, password_hash=hashed))
                self._note_added(tables, new, new.name)
            else:
                self._take_over(tables, tables.accounts.get(account.id), hashed)
                note(tables, "account.set_password", account.id, by=account.name, at=self._clock.now())
            return self._sign_ins.begin(tables, new.id, address=address)

    def _take_over(self, tables: Tables, account: Account, hashed: str) -> None:
        """A new password from without: nobody who was signed in stays so, and no second factor of theirs."""
        tables.accounts.replace(replace(account, password_hash=hashed, totp_secret=None, totp_offered=None))
        tables.sign_ins.end_all(account.id)

    def _account(self, name: str, display_name: str, role: Role) -> Account:
        return Account(
            id=new_id(),
            name=account_name(name),
            display_name=shown_name(display_name),
            role=role,
            created_at=self._clock.now(),
        )

    def _note_added(self, tables: Tables, account: Account, by: str) -> None:
        detail = {"name": account.name, "role": account.role}
        note(tables, "account.add", account.id, by=by, at=self._clock.now(), detail=detail)


def _check_admin_left(tables: Tables, changed: Account) -> None:
    if changed.role is Role.ADMIN and changed.disabled_at is None:
        return
    others = (account for account in tables.accounts.all() if account.id != changed.id)
    if not any(account.role is Role.ADMIN and account.disabled_at is None for account in others):
        raise Conflict(
            "This is the last admin.", remedy="Make somebody else an admin first.", code="last_admin"
        )  # fmt: skip


def _difference(before: Account, after: Account) -> dict[str, list[str | bool]]:
    pairs: dict[str, tuple[str | bool, str | bool]] = {
        "display_name": (before.display_name, after.display_name),
        "role": (before.role, after.role),
        "disabled": (before.disabled_at is not None, after.disabled_at is not None),
    }
    return {name: [old, new] for name, (old, new) in pairs.items() if old != new}
