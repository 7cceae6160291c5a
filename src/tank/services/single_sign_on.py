"""Single sign-on: the company's identity provider says who somebody is, and by their groups what they may do."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from json import dumps, loads

from tank.domain.account import Account, Identity, Role, SignInRefused, account_name, shown_name
from tank.domain.errors import Invalid, Misconfigured
from tank.domain.ids import new_id
from tank.domain.ports.accounts import IdentityProvider, SingleSignOnStart
from tank.domain.ports.clock import Clock
from tank.domain.ports.secrets import Vault
from tank.domain.ports.store import LogsDb, Tables
from tank.services.audit_trail import note
from tank.services.sign_ins import Session, SignIns

#: So long somebody may take at the provider.
_GOOD_FOR = timedelta(minutes=10)
_CONTEXT = "single sign-on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A browser on its way to the provider: where to, and what it must bring back, sealed."""

    url: str
    sealed: bytes


class SingleSignOn:
    """Sign-ins through one provider. Accounts are made at the first one, and their roles follow the groups."""

    def __init__(
        self,
        db: LogsDb,
        clock: Clock,
        *,
        provider: IdentityProvider,
        roles: Mapping[str, Role],
        sign_ins: SignIns,
        vault: Vault,
    ) -> None:
        self._db = db
        self._clock = clock
        self._provider = provider
        self._roles = roles
        self._sign_ins = sign_ins
        self._vault = vault

    @property
    def name(self) -> str:
        return self._provider.name

    def begin(self) -> Departure:
        """Raises ``Misconfigured`` where the provider does not answer."""
        start = self._provider.begin()
        plain = dumps([self._clock.now().isoformat(), asdict(start)]).encode()
        return Departure(url=start.url, sealed=self._vault.seal(plain, context=_CONTEXT))

    def finish(self, sealed: bytes, *, state: str, code: str, address: str) -> Session:
        """Raises ``SignInRefused`` and ``Misconfigured``."""
        start = self._start(sealed)
        if not hmac.compare_digest(state.encode(), start.state.encode()):
            raise _stale()
        identity = self._provider.finish(start, code)
        role = max(
            (self._roles[group] for group in identity.groups & self._roles.keys()), key=list(Role).index, default=None
        )
        if role is None:
            raise SignInRefused(
                f"{identity.display_name} is in no group that may use Tank.",
                remedy="Ask whoever keeps the groups; TANK_OIDC_ROLES says which ones count.",
                code="no_role",
            )
        with self._db.write() as tables:
            tables.accounts.lock()
            account = self._account(tables, identity, role)
            return self._sign_ins.begin(tables, account.id, address=address)

    def _start(self, sealed: bytes) -> SingleSignOnStart:
        try:
            at, start = loads(self._vault.unseal(sealed, context=_CONTEXT))
        except Misconfigured:
            raise _stale() from None
        if self._clock.now() - datetime.fromisoformat(at) > _GOOD_FOR:
            raise _stale()
        return SingleSignOnStart(**start)

    def _account(self, tables: Tables, identity: Identity, role: Role) -> Account:
        """The identity's account as it is to be now. Raises ``SignInRefused``."""
        now = self._clock.now()
        try:
            name, display_name = account_name(identity.name), shown_name(identity.display_name[:100])
        except Invalid as error:
            raise SignInRefused(error.message, code="invalid_account_name") from error
        account = tables.accounts.of_identity(identity.external_id)
        if account is None:
            if tables.accounts.named(name) is not None:
                raise SignInRefused(
                    f"There already is an account {name} with a password of its own.",
                    remedy="Sign in with that, or ask an admin to disable it and give you another name.",
                    code="name_taken",
                )
            account = Account(
                id=new_id(),
                name=name,
                display_name=display_name,
                role=role,
                external_id=identity.external_id,
                created_at=now,
            )
            tables.accounts.add(account)
            added = {"name": name, "role": role, "through": self.name}
            note(tables, "account.add", account.id, by=name, at=now, detail=added)
        if account.disabled_at is not None:
            raise SignInRefused("This account is disabled.", remedy="Ask an admin.", code="account_disabled")
        if (account.role, account.display_name) != (role, display_name):
            tables.accounts.replace(replace(account, role=role, display_name=display_name))
            detail = {"role": [account.role, role], "through": self.name}
            note(tables, "account.change", account.id, by=self.name, at=now, detail=detail)
        return account


def _stale() -> SignInRefused:
    return SignInRefused(
        "This sign-in was not begun in this browser, or too long ago.", remedy="Begin anew.", code="stale_sign_in"
    )
