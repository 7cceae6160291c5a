"""Who may use Tank: accounts, sign-ins, links and API tokens."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tank.domain.errors import FieldProblem, Invalid, TankError

#: Characters of a password. NIST SP 800-63B asks for at least 8 beside a second factor, 15 without one; no composition
#: rules, and no end that a passphrase would meet.
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
_LONGEST_NAME = 100
_ACCOUNT_NAME = re.compile(r"[\w][\w.@+-]{0,79}")


class Role(StrEnum):
    """What somebody may do; each role may also do what those before it may."""

    #: Sees everything, personal data masked.
    VIEWER = "viewer"
    #: Works: drafts, runs, schedules, re-sends, and personal data with a reason.
    OPERATOR = "operator"
    #: Approves what others wrote.
    APPROVER = "approver"
    #: Connections, senders, settings, people and their tokens.
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what ``needed`` may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who signs in."""

    id: UUID
    #: What they sign in with; unique without regard to case.
    name: str
    display_name: str
    role: Role
    #: Who it is to the company's identity provider; None for an account of Tank's own.
    external_id: str | None = None
    #: None until a password was set through a link.
    password_hash: str | None = None
    #: The second factor's shared secret; None where there is none.
    totp_secret: str | None = None
    #: One that was shown, and is in force once its first code was typed.
    totp_offered: str | None = None
    #: The time step of the last code that was accepted: a code is good once (RFC 6238 section 5.2).
    totp_step: int = 0
    created_at: datetime
    disabled_at: datetime | None = None
    last_seen_at: datetime | None = None

    @property
    def has_totp(self) -> bool:
        return self.totp_secret is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody, as the company's identity provider vouches for them."""

    #: Unique and for ever, for example issuer and subject.
    external_id: str
    #: What they sign in with there.
    name: str
    display_name: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A session: what a browser's cookie stands for. Only the cookie's digest is kept."""

    token_digest: bytes
    account_id: UUID
    created_at: datetime
    #: When it was last used, to the minute.
    seen_at: datetime
    #: It ends then, however busy it is.
    ends_at: datetime
    address: str = ""


class LinkPurpose(StrEnum):
    """What a one-time link is good for."""

    FIRST_ADMIN = "first_admin"
    SET_PASSWORD = "set_password"  # noqa: S105 — no password


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeLink:
    """A link that makes the first admin, or sets an account's password; only its digest is kept."""

    token_digest: bytes
    purpose: LinkPurpose
    #: None for the first admin, whose account is yet to be made.
    account_id: UUID | None
    created_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What a program signs in with; only its digest is kept."""

    id: UUID
    name: str
    token_digest: bytes
    role: Role
    created_at: datetime
    created_by: str
    expires_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who makes a request, as the audit trail names them, and what they may do."""

    name: str
    role: Role
    #: None for a program.
    account_id: UUID | None = None


class SignInRefused(TankError):
    """Nobody was signed in; the ``code`` says why."""


class TooManyTries(TankError):
    """So many tries failed that the next one must wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "Too many tries have failed.", remedy=f"Try again in {_waiting(seconds)}.", code="too_many_tries"
        )
        self.seconds = seconds


class NotAllowed(TankError):
    """The role is too low for this."""


def account_name(given: str) -> str:
    """The name as it is kept: one form for all ways to type it. Raises ``Invalid``."""
    name = unicodedata.normalize("NFKC", given.strip()).casefold()
    if not _ACCOUNT_NAME.fullmatch(name):
        message = "An account's name has 1 to 80 letters, digits and . _ @ + - and begins with a letter or digit."
        raise Invalid(message, problems=[FieldProblem(field="name", message=message)], code="invalid_account_name")
    return name


def shown_name(given: str, *, field: str = "display_name") -> str:
    """The name as people read it. Raises ``Invalid``."""
    name = " ".join(given.split())
    if not 1 <= len(name) <= _LONGEST_NAME:
        message = f"A name has 1 to {_LONGEST_NAME} characters."
        raise Invalid(message, problems=[FieldProblem(field=field, message=message)], code="invalid_name")
    return name


def check_password(password: str, *, name: str) -> str:
    """The password, unless it is too easy to guess. Raises ``Invalid``."""
    message = ""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        message = f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; this one has {len(password)}."
    elif len(set(password)) < 5:
        message = "This password consists of very few different characters."
    elif name in password.casefold():
        message = "The password holds the account's name."
    if message:
        problems = [FieldProblem(field="password", message=message)]
        remedy = "Take a few words that do not belong together: long is better than complicated."
        raise Invalid(message, remedy=remedy, problems=problems, code="weak_password")
    return password


def _waiting(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 90 else f"{-(-seconds // 60)} minutes"
