"""Accounts and what people and programs sign in with. Of cookies, links and tokens only digests lie here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    RowMapping,
    String,
    Table,
    Text,
    Uuid,
    delete,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.engine import Connection

from tank.db.integrity import refused_as
from tank.db.metadata import FreeText, UtcDateTime, metadata
from tank.db.sealed import seal_secrets, unseal_secrets
from tank.domain.account import Account, ApiToken, LinkPurpose, OneTimeLink, Role, SignIn
from tank.domain.errors import NotFound
from tank.domain.ports.secrets import Vault

account = Table(
    "account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("display_name", FreeText, nullable=False),
    Column("role", String(16), nullable=False),
    Column("external_id", Text, unique=True),
    Column("password_hash", Text),
    # The second factor's secret, sealed.
    Column("secrets", LargeBinary),
    Column("totp_step", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("last_seen_at", UtcDateTime),
)
sign_in = Table(
    "sign_in",
    metadata,
    Column("token_digest", LargeBinary(32), primary_key=True),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("address", FreeText, nullable=False),
    Index(None, "account_id"),
)
one_time_link = Table(
    "one_time_link",
    metadata,
    Column("token_digest", LargeBinary(32), primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("account_id", Uuid, ForeignKey("account.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
)
api_token = Table(
    "api_token",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", FreeText, nullable=False, unique=True),
    Column("token_digest", LargeBinary(32), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", FreeText, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
)

#: PostgreSQL's advisory lock for changes of accounts: any number that nothing else uses.
_LOCK = 7_265_001


class AccountTable:
    """Implements ``domain.ports.accounts.AccountTable``."""

    def __init__(self, db: Connection, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    def add(self, new: Account) -> None:
        with refused_as(
            f"There already is an account named “{new.name}”.", code="name_taken", remedy="Choose another name."
        ):
            self._db.execute(insert(account).values(id=new.id, created_at=new.created_at, **self._values(new)))

    def get(self, account_id: UUID) -> Account:
        row = self._db.execute(select(account).where(account.c.id == account_id)).mappings().one_or_none()
        if row is None:
            raise NotFound.of("account", account_id)
        return self._account(row)

    def named(self, name: str) -> Account | None:
        row = self._db.execute(select(account).where(account.c.name == name)).mappings().one_or_none()
        return None if row is None else self._account(row)

    def of_identity(self, external_id: str) -> Account | None:
        row = self._db.execute(select(account).where(account.c.external_id == external_id)).mappings().one_or_none()
        return None if row is None else self._account(row)

    def all(self) -> Sequence[Account]:
        return [self._account(row) for row in self._db.execute(select(account).order_by(account.c.name)).mappings()]

    def any(self) -> bool:
        return self._db.execute(select(account.c.id).limit(1)).first() is not None

    def lock(self) -> None:
        if self._db.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            self._db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})

    def replace(self, changed: Account) -> None:
        done = self._db.execute(update(account).where(account.c.id == changed.id).values(**self._values(changed)))
        if done.rowcount == 0:
            raise NotFound.of("account", changed.id)

    def seen(self, account_id: UUID, *, at: datetime) -> None:
        self._db.execute(update(account).where(account.c.id == account_id).values(last_seen_at=at))

    def use_code(self, account_id: UUID, step: int) -> bool:
        newer = (account.c.id == account_id, account.c.totp_step < step)
        return self._db.execute(update(account).where(*newer).values(totp_step=step)).rowcount == 1

    def _values(self, item: Account) -> dict[str, Any]:
        both = {"totp": item.totp_secret, "totp_offered": item.totp_offered}
        secrets = {name: secret for name, secret in both.items() if secret}
        return {
            "name": item.name,
            "display_name": item.display_name,
            "role": item.role,
            "external_id": item.external_id,
            "password_hash": item.password_hash,
            "secrets": seal_secrets(self._vault, secrets, table=account.name, row_id=item.id),
            "totp_step": item.totp_step,
            "disabled_at": item.disabled_at,
        }

    def _account(self, row: RowMapping) -> Account:
        secrets = unseal_secrets(self._vault, row["secrets"], table=account.name, row_id=row["id"])
        return Account(
            id=row["id"],
            name=row["name"],
            display_name=row["display_name"],
            role=Role(row["role"]),
            external_id=row["external_id"],
            password_hash=row["password_hash"],
            totp_secret=secrets.get("totp"),
            totp_offered=secrets.get("totp_offered"),
            totp_step=row["totp_step"],
            created_at=row["created_at"],
            disabled_at=row["disabled_at"],
            last_seen_at=row["last_seen_at"],
        )


class SignInTable:
    """Implements ``domain.ports.accounts.SignInTable``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def add(self, new: SignIn) -> None:
        self._db.execute(
            insert(sign_in).values(
                token_digest=new.token_digest,
                account_id=new.account_id,
                created_at=new.created_at,
                seen_at=new.seen_at,
                ends_at=new.ends_at,
                address=new.address,
            )
        )

    def get(self, token_digest: bytes) -> SignIn | None:
        query = select(sign_in).where(sign_in.c.token_digest == token_digest)
        row = self._db.execute(query).mappings().one_or_none()
        return None if row is None else SignIn(**{**row, "token_digest": bytes(row["token_digest"])})

    def seen(self, token_digest: bytes, *, at: datetime) -> None:
        self._db.execute(update(sign_in).where(sign_in.c.token_digest == token_digest).values(seen_at=at))

    def end(self, token_digest: bytes) -> None:
        self._db.execute(delete(sign_in).where(sign_in.c.token_digest == token_digest))

    def end_all(self, account_id: UUID, *, but: bytes = b"") -> None:
        self._db.execute(delete(sign_in).where(sign_in.c.account_id == account_id, sign_in.c.token_digest != but))

    def tidy(self, *, seen_before: datetime, ended_before: datetime) -> None:
        self._db.execute(delete(sign_in).where(or_(sign_in.c.seen_at < seen_before, sign_in.c.ends_at < ended_before)))


class LinkTable:
    """Implements ``domain.ports.accounts.LinkTable``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def add(self, link: OneTimeLink) -> None:
        self._db.execute(
            insert(one_time_link).values(
                token_digest=link.token_digest,
                purpose=link.purpose,
                account_id=link.account_id,
                created_at=link.created_at,
                valid_until=link.valid_until,
            )
        )

    def get(self, token_digest: bytes) -> OneTimeLink | None:
        query = select(one_time_link).where(one_time_link.c.token_digest == token_digest)
        row = self._db.execute(query).mappings().one_or_none()
        if row is None:
            return None
        fixed = {"token_digest": bytes(row["token_digest"]), "purpose": LinkPurpose(row["purpose"])}
        return OneTimeLink(**{**row, **fixed})

    def take(self, token_digest: bytes) -> bool:
        return self._db.execute(
            delete(one_time_link).where(one_time_link.c.token_digest == token_digest)
        ).rowcount == 1  # fmt: skip

    def withdraw(self, account_id: UUID | None) -> None:
        self._db.execute(delete(one_time_link).where(one_time_link.c.account_id.is_not_distinct_from(account_id)))


class ApiTokenTable:
    """Implements ``domain.ports.accounts.ApiTokenTable``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def add(self, token: ApiToken) -> None:
        with refused_as(
            f"There already is a token named “{token.name}”.", code="name_taken", remedy="Choose another name."
        ):
            self._db.execute(
                insert(api_token).values(
                    id=token.id,
                    name=token.name,
                    token_digest=token.token_digest,
                    role=token.role,
                    created_at=token.created_at,
                    created_by=token.created_by,
                    expires_at=token.expires_at,
                )
            )

    def by_digest(self, token_digest: bytes) -> ApiToken | None:
        query = select(api_token).where(api_token.c.token_digest == token_digest)
        row = self._db.execute(query).mappings().one_or_none()
        return None if row is None else _token(row)

    def all(self) -> Sequence[ApiToken]:
        return [_token(row) for row in self._db.execute(select(api_token).order_by(api_token.c.name)).mappings()]

    def used(self, token_id: UUID, *, at: datetime) -> None:
        self._db.execute(update(api_token).where(api_token.c.id == token_id).values(last_used_at=at))

    def delete(self, token_id: UUID) -> ApiToken:
        row = self._db.execute(select(api_token).where(api_token.c.id == token_id)).mappings().one_or_none()
        if row is None or not self._db.execute(delete(api_token).where(api_token.c.id == token_id)).rowcount:
            raise NotFound.of("token", token_id)
        return _token(row)


def _token(row: RowMapping) -> ApiToken:
    return ApiToken(**{**row, "token_digest": bytes(row["token_digest"]), "role": Role(row["role"])})
