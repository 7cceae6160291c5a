"""Passwords and one-time codes: Argon2id (RFC 9106) and TOTP (RFC 6238)."""

from __future__ import annotations

import secrets
import threading
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: OWASP's first choice for Argon2id: 19 MiB, two passes, one lane ("Password Storage Cheat Sheet").
_MEMORY_KIB, _PASSES, _LANES = 19_456, 2, 1
#: Hashes at once: whoever floods the sign-in keeps no more cores and memory than this busy.
_AT_ONCE = 2
_ISSUER = "Tank"
_STEP_SECONDS = 30


class Argon2Passwords:
    """Implements ``domain.ports.accounts.Passwords``; safe to use from several threads."""

    def __init__(self, *, memory_kib: int = _MEMORY_KIB, passes: int = _PASSES) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=_LANES)
        self._turn = threading.BoundedSemaphore(_AT_ONCE)
        #: Of nobody's password: verified where there is no account.
        self._nobody = self.hash(secrets.token_urlsafe(32))

    def hash(self, password: str) -> str:
        with self._turn:
            return self._hasher.hash(_bytes(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        with self._turn:
            try:
                return self._hasher.verify(password_hash or self._nobody, _bytes(password)) and bool(password_hash)
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


class TotpCodes:
    """Implements ``domain.ports.accounts.OneTimeCodes``."""

    def new_secret(self) -> str:
        return pyotp.random_base32()

    def uri(self, secret: str, *, account: str) -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=_ISSUER)

    def step_of(self, secret: str, code: str, *, at: datetime) -> int | None:
        digits = "".join(code.split())
        if not digits.isascii():
            return None
        totp = pyotp.TOTP(secret, interval=_STEP_SECONDS)
        now = int(at.timestamp()) // _STEP_SECONDS
        steps = (now, now - 1, now + 1)
        return next((step for step in steps if secrets.compare_digest(totp.at(step * _STEP_SECONDS), digits)), None)
