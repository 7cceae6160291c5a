"""Settings of an installation: environment variables named ``TANK_…``, each documented in ``docs/configuration.md``.

Only ``bootstrap`` and ``cli`` import this module; everything else gets what it needs passed in.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tank.domain.account import Role
from tank.domain.errors import FieldProblem, Invalid, Misconfigured

PREFIX: Final = "TANK_"
_ROLES_REMEDY: Final = "See docs/accounts.md, for example TANK_OIDC_ROLES=tank-admins=admin,tank-ops=operator."

_URL_PASSWORD: Final = re.compile(r"(://[^\s:/@]*:)[^\s/@]+@")

#: Variables that belong to the tests and the packaging; the program does not read them.
_NOT_SETTINGS: Final = frozenset({"TANK_TEST_POSTGRES_URL", "TANK_TEST_MYSQL_URL", "TANK_REQUIRE_ALL"})


class Settings(BaseSettings):
    """Everything that can be set from outside. Relative paths are relative to where Tank was started."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(
        default=Path("tank-data"),
        description="Folder for what Tank keeps on this machine: the SQLite Logs DB, the secret key, the outbox.",
    )
    logs_db_url: str = Field(
        default="",
        description="Where the Logs DB is: `sqlite:////path/tank.db` or "
        "`postgresql+psycopg://user:password@host/name`. Empty: SQLite in the data folder.",
    )
    storage_root: Path | None = Field(
        default=None,
        description="Root of the file storage that attachments come from. Empty: `files` in the data folder.",
    )
    outbox_dir: Path | None = Field(
        default=None, description="Folder that outbox senders write mails to. Empty: `outbox` in the data folder."
    )
    high_water_file: Path | None = Field(
        default=None,
        description="File that remembers how far the ledger has come, so that a Logs DB restored from an older copy is "
        "noticed. Empty: `high-water` in the data folder; better on another disk.",
    )
    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. Anything but loopback needs HTTPS in front: without it nobody can sign in.",
    )
    port: int = Field(default=8425, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    api_token: SecretStr | None = Field(
        default=None,
        description="A token for everything, for `Authorization: Bearer …` (at least 16 characters). Better are the "
        "API tokens made in Tank, which end and do no more than their role may.",
    )
    session_idle_minutes: int = Field(
        default=60, ge=5, le=1440, description="A session ends when its browser has asked nothing for so long."
    )
    session_hours: int = Field(
        default=12, ge=1, le=168, description="A session ends after so long, however busy it is."
    )
    public_url: str = Field(
        default="",
        description="How browsers reach Tank, for example `https://tank.example.com`: single sign-on comes back there.",
    )
    oidc_issuer: str = Field(
        default="", description="Issuer of the company's OpenID Connect provider; turns single sign-on on."
    )
    oidc_client_id: str = Field(default="", description="What Tank is called there.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="Its secret; none for a public client.")
    oidc_name: str = Field(default="Single sign-on", description="What the button on the sign-in page says.")
    oidc_groups_claim: str = Field(default="groups", description="The claim that lists what somebody belongs to.")
    oidc_roles: str = Field(
        default="",
        description="Which groups may do what: `tank-admins=admin,tank-ops=operator`. Others are not let in.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Host names, separated by commas, that the server answers for besides localhost and IP addresses; "
        "`*` for any.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks (CIDR), separated by commas, of the proxies in front of the API: their "
        "X-Forwarded-For and X-Forwarded-Proto are believed, and nobody else's.",
    )
    workers: int = Field(
        default=0, ge=0, le=256, description="Worker processes of `tank serve`. 0: one for each processor core."
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Key that encrypts secrets and payloads at rest: 32 bytes in base64; older keys may "
        "follow after commas. Empty: the key file.",
    )
    secret_key_file: Path | None = Field(
        default=None,
        description="File that holds the key. Empty: `secret.key` in the data folder, made at the first start.",
    )
    storage_deadline_seconds: float = Field(
        default=10.0,
        gt=0,
        description="Seconds without progress after which a search or a read on the file storage has failed.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important log lines that are written."
    )
    log_format: Literal["auto", "text", "json"] = Field(
        default="auto", description="`json` for machines, `text` for people; `auto`: text on a terminal, else json."
    )
    zone: str = Field(default="Asia/Seoul", description="Time zone of reports and of what the command line prints.")

    @field_validator("allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in value:
            try:
                ipaddress.ip_network(proxy, strict=False)
            except ValueError as error:
                raise ValueError(f"{proxy!r} is neither an address nor a network such as 10.0.0.0/8") from error
        return value

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(value)
        except (OSError, ValueError, KeyError) as error:
            raise ValueError(f"there is no time zone {value!r}; use a name such as Asia/Seoul or UTC") from error
        return value

    @field_validator("api_token")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 16:
            raise ValueError("too short to keep anyone out: use at least 16 characters")
        return value

    @property
    def database_url(self) -> str:
        """The Logs DB's URL, with the default filled in."""
        return self.logs_db_url or f"sqlite:///{(self.data_dir / 'tank.db').resolve()}"

    @property
    def files_dir(self) -> Path:
        return self.storage_root or self.data_dir / "files"

    @property
    def outbox(self) -> Path:
        return self.outbox_dir or self.data_dir / "outbox"

    @property
    def high_water_path(self) -> Path:
        return self.high_water_file or self.data_dir / "high-water"

    @property
    def key_file(self) -> Path:
        return self.secret_key_file or self.data_dir / "secret.key"

    @property
    def worker_count(self) -> int:
        return self.workers or available_cores()

    def roles_of_groups(self) -> dict[str, Role]:
        """What the identity provider's groups may do. Raises ``Misconfigured`` where a setting is missing."""
        for name in ("public_url", "oidc_client_id", "oidc_roles"):
            if not getattr(self, name):
                raise Misconfigured(f"Single sign-on needs {PREFIX}{name.upper()} too.", remedy=_ROLES_REMEDY)
        for name in ("public_url", "oidc_issuer"):
            url = urlsplit(str(getattr(self, name)))
            if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname or "")):
                raise Misconfigured(f"{PREFIX}{name.upper()} must begin with https://.", remedy=_ROLES_REMEDY)
        try:
            pairs = [pair.rpartition("=") for pair in self.oidc_roles.split(",") if pair.strip()]
            return {group.strip(): Role(role.strip()) for group, _, role in pairs}
        except ValueError as error:
            raise Misconfigured(f"{PREFIX}OIDC_ROLES cannot be understood: {error}.", remedy=_ROLES_REMEDY) from error

    def shown(self) -> dict[str, str]:
        """These settings for people: secrets and the passwords of URLs are hidden."""
        fields = type(self).model_fields
        hidden = {PREFIX + name.upper() for name in fields if isinstance(getattr(self, name), SecretStr)}
        return {
            name: ("***" if name in hidden and value else _URL_PASSWORD.sub(r"\1***@", value))
            for name, value in self.environment().items()
        }

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for a child process that must see the same ones."""
        values: dict[str, str] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            if isinstance(value, tuple):
                value = ",".join(value)
            values[PREFIX + name.upper()] = "" if value is None else str(value)
        return values


def available_cores() -> int:
    """Cores that this process may use, which a container may limit."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on ``host``."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment; ``overrides`` (from the command line) win unless None.

    Raises ``Invalid`` with the variables that cannot be understood.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = [
            FieldProblem(
                field=PREFIX + str(defect["loc"][0]).upper(),
                message=str(defect["msg"]).removeprefix("Value error, "),
                code=str(defect["type"]),
            )
            for defect in error.errors(include_input=False)
        ]
        listed = "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
        raise Invalid(
            f"Some settings cannot be understood: {listed}.",
            problems=problems,
            remedy="docs/configuration.md says what each of them may be.",
            code="invalid_settings",
        ) from None


def unknown_variables(names: Iterable[str]) -> list[str]:
    """Environment variables that look like settings but are none: most likely misspelled."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | _NOT_SETTINGS
    return sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known)


def configuration_page() -> str:
    """``docs/configuration.md``: made from the settings themselves, so that it cannot be wrong."""
    lines = [
        "# Configuration",
        "",
        "Tank is configured by environment variables. `tank doctor --settings` prints those in force,",
        "and `tank doctor` warns of misspelled ones. This page is made from the code by `make docs`.",
        "",
        "| Variable | Default | Meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "", ()) else f"`{field.default}`"
        lines.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join([*lines, ""])
