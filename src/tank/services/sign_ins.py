"""Signing in and out: passwords, second factors, and the sessions that browsers hold."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from tank.domain.account import Account, NotAllowed, SignIn, SignInRefused, account_name, check_password
from tank.domain.errors import Conflict, Invalid
from tank.domain.ports.accounts import OneTimeCodes, Passwords
from tank.domain.ports.clock import Clock
from tank.domain.ports.store import LogsDb, Tables
from tank.services.audit_trail import note
from tank.services.sign_in_limits import SignInTry, tidy_tries

#: A session's last use is noted to the minute.
_NOTED_EVERY = timedelta(minutes=1)
_WRONG = "The account's name or the password is wrong."


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """When a session ends."""

    idle: timedelta = timedelta(hours=1)
    longest: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser."""

    #: The cookie's value; only its digest is kept anywhere.
    token: str
    account: Account
    sign_in: SignIn
    idle_until: datetime

    @property
    def csrf(self) -> str:
        """What every change must bring along: a page of another site can send the cookie, but not know this."""
        return hmac.digest(self.token.encode(), b"csrf", "sha256").hex()


class SignIns:
    """Sessions of accounts."""

    def __init__(
        self,
        db: LogsDb,
        clock: Clock,
        *,
        passwords: Passwords,
        codes: OneTimeCodes,
        limits: SessionLimits | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._passwords = passwords
        self._codes = codes
        self._limits = limits or SessionLimits()

    # Sessions

    def sign_in(self, name: str, password: str, *, code: str = "", address: str = "") -> Session:
        """Raises ``SignInRefused`` and ``TooManyTries``."""
        try:
            name = account_name(name)
        except Invalid:  # no account has such a name; it takes as long to say so
            name = ""
        attempt = SignInTry(name, address)
        with self._db.write() as tables:
            attempt.begin(tables, self._clock.now())
            account = tables.accounts.named(name)
        known = account is not None and account.disabled_at is None
        right = self._passwords.verify(account.password_hash if account is not None and known else None, password)
        if account is None or not right:
            raise self._refused(name, _WRONG, "wrong_credentials", "Check both; capitals count in the password.")
        if account.totp_secret is not None:
            self._check_code(account, code, attempt)
        return self._begin(account, password, attempt, address)

    def _check_code(self, account: Account, code: str, attempt: SignInTry) -> None:
        if not code.strip():
            with self._db.write() as tables:
                attempt.succeeded(tables)  # the password was right: asking for the code is no failure
            raise SignInRefused(
                "This account also asks for a code.",
                remedy="Type the six digits that your authenticator app shows.",
                code="code_required",
            )
        step = self._codes.step_of(account.totp_secret or "", code, at=self._clock.now())
        if step is not None:
            with self._db.write() as tables:
                if tables.accounts.use_code(account.id, step):
                    return
        remedy = "Wait for the next code and type that; if it goes on, set the clock of your phone."
        raise self._refused(account.name, "The code is wrong or was used already.", "wrong_code", remedy)

    def _refused(self, name: str, message: str, code: str, remedy: str) -> SignInRefused:
        with self._db.write() as tables:
            note(tables, "session.refuse", name, by=name, at=self._clock.now(), detail={"reason": code})
        return SignInRefused(message, remedy=remedy, code=code)

    def _begin(self, account: Account, password: str, attempt: SignInTry, address: str) -> Session:
        rehashed = None
        if account.password_hash is not None and self._passwords.is_outdated(account.password_hash):
            rehashed = self._passwords.hash(password)
        with self._db.write() as tables:
            attempt.succeeded(tables)
            tidy_tries(tables, self._clock.now())
            current = tables.accounts.get(account.id)
            if current.disabled_at is not None or current.password_hash != account.password_hash:
                raise SignInRefused(_WRONG, code="wrong_credentials")  # changed while the hash was computed
            if rehashed is not None:
                tables.accounts.replace(replace(current, password_hash=rehashed))
            return self.begin(tables, account.id, address=address)

    def begin(self, tables: Tables, account_id: UUID, *, address: str) -> Session:
        """A new session of an account, in the transaction of what earned it."""
        now = self._clock.now()
        token = secrets.token_urlsafe(32)
        sign_in = SignIn(
            token_digest=digest_of(token),
            account_id=account_id,
            created_at=now,
            seen_at=now,
            ends_at=now + self._limits.longest,
            address=address,
        )
        tables.sign_ins.tidy(seen_before=now - self._limits.idle, ended_before=now)
        tables.sign_ins.add(sign_in)
        tables.accounts.seen(account_id, at=now)
        account = tables.accounts.get(account_id)
        note(tables, "session.begin", account_id, by=account.name, at=now)
        return self._session(token, account, sign_in)

    def session(self, token: str) -> Session | None:
        """The session of a cookie, None where it is over; using it keeps it alive."""
        digest, now = digest_of(token), self._clock.now()
        with self._db.read() as tables:
            sign_in = tables.sign_ins.get(digest)
            if sign_in is None or sign_in.ends_at <= now or sign_in.seen_at + self._limits.idle <= now:
                return None
            account = tables.accounts.get(sign_in.account_id)
        if account.disabled_at is not None:
            return None
        if now - sign_in.seen_at >= _NOTED_EVERY:
            with self._db.write() as tables:
                tables.sign_ins.seen(digest, at=now)
                tables.accounts.seen(account.id, at=now)
            sign_in = replace(sign_in, seen_at=now)
        return self._session(token, account, sign_in)

    def _session(self, token: str, account: Account, sign_in: SignIn) -> Session:
        idle_until = min(sign_in.seen_at + self._limits.idle, sign_in.ends_at)
        return Session(token=token, account=account, sign_in=sign_in, idle_until=idle_until)

    def sign_out(self, session: Session) -> None:
        with self._db.write() as tables:
            tables.sign_ins.end(session.sign_in.token_digest)
            by = session.account.name
            note(tables, "session.end", session.account.id, by=by, at=self._clock.now())

    # One's own password and second factor

    def change_password(self, session: Session, *, current: str, new: str, address: str = "") -> None:
        """Ends the account's other sessions. Raises ``NotAllowed``, ``TooManyTries`` and ``Invalid``."""
        account = self._proven(session, current, address)
        hashed = self._passwords.hash(check_password(new, name=account.name))
        with self._db.write() as tables:
            tables.accounts.replace(replace(tables.accounts.get(account.id), password_hash=hashed))
            tables.sign_ins.end_all(account.id, but=session.sign_in.token_digest)
            note(tables, "account.change_password", account.id, by=account.name, at=self._clock.now())

    def offer_totp(self, session: Session, *, password: str, address: str = "") -> tuple[str, str]:
        """A new secret and its URI for the QR code; in force once ``confirm_totp`` was given a code of it."""
        account = self._proven(session, password, address)
        secret = self._codes.new_secret()
        with self._db.write() as tables:
            tables.accounts.replace(replace(tables.accounts.get(account.id), totp_offered=secret))
        return secret, self._codes.uri(secret, account=account.name)

    def confirm_totp(self, session: Session, *, code: str) -> None:
        """Raises ``Conflict`` where none was offered, and ``Invalid`` for a wrong code."""
        now = self._clock.now()
        with self._db.write() as tables:
            account = tables.accounts.get(session.account.id)
            if account.totp_offered is None:
                raise Conflict("No second factor was begun.", remedy="Begin anew.", code="no_totp_offered")
            step = self._codes.step_of(account.totp_offered, code, at=now)
            if step is None:
                remedy = "Wait for the next code and type that; if it goes on, set the clock of your phone."
                raise Invalid("The code is wrong.", remedy=remedy, code="wrong_code")
            confirmed = replace(account, totp_secret=account.totp_offered, totp_offered=None, totp_step=step)
            tables.accounts.replace(confirmed)
            note(tables, "account.add_totp", account.id, by=account.name, at=now)

    def remove_totp(self, session: Session, *, password: str, address: str = "") -> None:
        account = self._proven(session, password, address)
        with self._db.write() as tables:
            changed = replace(tables.accounts.get(account.id), totp_secret=None, totp_offered=None)
            tables.accounts.replace(changed)
            note(tables, "account.remove_totp", account.id, by=account.name, at=self._clock.now())

    def _proven(self, session: Session, password: str, address: str) -> Account:
        """The account as it is now, its password proven once more: an open screen is not its owner."""
        attempt = SignInTry(session.account.name, address)
        with self._db.write() as tables:
            attempt.begin(tables, self._clock.now())
            account = tables.accounts.get(session.account.id)
        if not self._passwords.verify(account.password_hash, password):
            raise NotAllowed("The password is wrong.", remedy="Type your present password.", code="wrong_password")
        with self._db.write() as tables:
            attempt.succeeded(tables)
        return account


def digest_of(token: str) -> bytes:
    """What is kept of a cookie, a link or a token: it is random, so one round of SHA-256 is enough."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
