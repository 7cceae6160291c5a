"""Ports for accounts: their tables in the Logs DB, and the cryptography of signing in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from tank.domain.account import Account, ApiToken, Identity, OneTimeLink, SignIn


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleSignOnStart:
    """What only the browser that begins a single sign-on may know, until it comes back."""

    url: str
    state: str
    nonce: str
    verifier: str


class AccountTable(Protocol):
    """Accounts, and what they sign in with."""

    def add(self, account: Account) -> None:
        """Raises ``Conflict`` where the name is taken."""

    def get(self, account_id: UUID) -> Account:
        """Raises ``NotFound``."""

    def named(self, name: str) -> Account | None: ...

    def of_identity(self, external_id: str) -> Account | None: ...

    def all(self) -> Sequence[Account]:
        """By name."""

    def any(self) -> bool: ...

    def lock(self) -> None:
        """Until this transaction ends, nobody else who asks for the lock changes accounts."""

    def replace(self, account: Account) -> None:
        """Everything but ``last_seen_at``. Raises ``NotFound``."""

    def seen(self, account_id: UUID, *, at: datetime) -> None: ...

    def use_code(self, account_id: UUID, step: int) -> bool:
        """Note that the code of a time step was used; False where that one or a later one was used before."""


class SignInTable(Protocol):
    """Sessions by the digest of their cookie."""

    def add(self, sign_in: SignIn) -> None: ...

    def get(self, token_digest: bytes) -> SignIn | None: ...

    def seen(self, token_digest: bytes, *, at: datetime) -> None: ...

    def end(self, token_digest: bytes) -> None: ...

    def end_all(self, account_id: UUID, *, but: bytes = b"") -> None:
        """All of an account, save the one whose digest is ``but``."""

    def tidy(self, *, seen_before: datetime, ended_before: datetime) -> None:
        """Forget those that are over."""


class LinkTable(Protocol):
    """One-time links by their digest."""

    def add(self, link: OneTimeLink) -> None: ...

    def get(self, token_digest: bytes) -> OneTimeLink | None: ...

    def take(self, token_digest: bytes) -> bool:
        """Use it up; False where it was used or withdrawn meanwhile."""

    def withdraw(self, account_id: UUID | None) -> None:
        """Those of an account, or of the first admin; the newest link is the only good one."""


class ApiTokenTable(Protocol):
    """Tokens for programs."""

    def add(self, token: ApiToken) -> None: ...

    def by_digest(self, token_digest: bytes) -> ApiToken | None: ...

    def all(self) -> Sequence[ApiToken]:
        """By name."""

    def used(self, token_id: UUID, *, at: datetime) -> None: ...

    def delete(self, token_id: UUID) -> ApiToken:
        """The one that was. Raises ``NotFound``."""


class TryTable(Protocol):
    """Failed tries to sign in, counted by what they have in common."""

    def failures(self, keys: Sequence[str]) -> dict[str, tuple[int, datetime]]:
        """How many failed in a row for each key, and when the last one did."""

    def failed(self, keys: Sequence[str], *, at: datetime, forget_before: datetime) -> None:
        """One more for each; counting begins anew for those whose last one was before ``forget_before``."""

    def forgive(self, keys: Sequence[str]) -> None: ...

    def undo(self, keys: Sequence[str]) -> None:
        """One less for each."""

    def tidy(self, *, before: datetime) -> None: ...


class Passwords(Protocol):
    """Password hashing, slow on purpose."""

    def hash(self, password: str) -> str: ...

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Takes as long where there is no hash: nobody learns by the clock which accounts exist."""

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was made with weaker settings than today's."""


class OneTimeCodes(Protocol):
    """Time-based one-time passwords (RFC 6238: SHA-1, 6 digits, 30 seconds, as all authenticator apps take them)."""

    def new_secret(self) -> str:
        """In base32."""

    def uri(self, secret: str, *, account: str) -> str:
        """What the QR code says: ``otpauth://totp/…``."""

    def step_of(self, secret: str, code: str, *, at: datetime) -> int | None:
        """The time step that a code belongs to, at most one away from now; None for a wrong code."""


class IdentityProvider(Protocol):
    """The company's own sign-in."""

    @property
    def name(self) -> str:
        """What the button says."""

    def begin(self) -> SingleSignOnStart:
        """Where to send the browser. Raises ``Misconfigured`` where the provider does not answer."""

    def finish(self, start: SingleSignOnStart, code: str) -> Identity:
        """Who it is. Raises ``SignInRefused`` for what the provider did not say so, ``Misconfigured`` as above."""
