"""Where SES is and with which keys: found by botocore, so that profiles, roles and refresh work as everywhere.

botocore sends nothing of ours. All of it blocks (files, instance metadata, STS), so all of it runs on threads.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tank.domain.mail import SendError, SendErrorKind
from tank.senders.sigv4 import AwsKeys
from tank.senders.threads import in_daemon_thread

#: botocore renews keys at least 10 minutes before they end; asking it this often cannot miss that.
_KEYS_GOOD_FOR_S = 30.0
_REMEDY = (
    "Give the sender access_key_id and secret_access_key, or a profile, or run it where AWS credentials are set "
    "(environment, ~/.aws, instance or container role)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsQuestion:
    """What the sender's options say about the account; ``None`` leaves it to the environment."""

    service: str
    region: str | None
    profile: str | None
    endpoint_url: str | None
    ca_bundle: str | None
    access_key_id: str | None
    secret_access_key: str | None
    session_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsPlace:
    """Where the service is."""

    region: str
    endpoint_url: str
    #: A file of certificate authorities to trust instead of the usual ones.
    ca_bundle: str | None
    #: The environment's proxy for this endpoint.
    proxy_url: str | None


class AwsAccess:
    """The place, and keys that are valid now."""

    def __init__(self, place: AwsPlace, credentials: Any, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.place = place
        self._credentials = credentials
        self._monotonic = monotonic
        self._keys: AwsKeys | None = None
        self._asked_at = 0.0
        self._asking = asyncio.Lock()

    @classmethod
    async def find(cls, question: AwsQuestion) -> AwsAccess:
        """Ask botocore. Raises ``SendError`` (STOPPED) where it knows no region or no credentials."""
        place, credentials = await in_daemon_thread(lambda: _find(question), "tank-aws-setup")
        return cls(place, credentials)

    async def keys(self) -> AwsKeys:
        """The keys to sign with now, renewed by botocore when they near their end. Raises ``SendError``."""
        if self._keys is not None and self._monotonic() - self._asked_at < _KEYS_GOOD_FOR_S:
            return self._keys
        async with self._asking:
            if self._keys is None or self._monotonic() - self._asked_at >= _KEYS_GOOD_FOR_S:
                self._keys = await in_daemon_thread(lambda: _freeze(self._credentials), "tank-aws-keys")
                self._asked_at = self._monotonic()
        return self._keys


def _find(question: AwsQuestion) -> tuple[AwsPlace, Any]:
    """Blocking: the place and botocore's credentials."""
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session
    from botocore.utils import get_environ_proxies

    try:
        session = Session(profile=question.profile)
        credentials = _credentials(session, question)
        # The client is made for what it resolves: region, endpoint rules, AWS_ENDPOINT_URL_SESV2, AWS_ENDPOINT_URL.
        client = session.create_client(
            question.service,
            region_name=question.region,
            endpoint_url=question.endpoint_url,
            config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
        )
        endpoint = str(client.meta.endpoint_url)
        place = AwsPlace(
            region=str(client.meta.region_name),
            endpoint_url=endpoint,
            ca_bundle=question.ca_bundle or session.get_config_variable("ca_bundle"),
            proxy_url=get_environ_proxies(endpoint).get(endpoint.partition(":")[0]),
        )
    except (BotoCoreError, ValueError) as error:
        raise _stopped(error) from error
    return place, credentials


def _credentials(session: Any, question: AwsQuestion) -> Any:
    if question.access_key_id and question.secret_access_key:
        session.set_credentials(question.access_key_id, question.secret_access_key, question.session_token)
    credentials = session.get_credentials()
    if credentials is None:
        raise SendError(SendErrorKind.STOPPED, "NoCredentials", "No AWS credentials were found.", remedy=_REMEDY)
    return credentials


def _freeze(credentials: Any) -> AwsKeys:
    """Blocking: the keys as they are now; botocore renews them first where it must."""
    from botocore.exceptions import BotoCoreError

    try:
        frozen = credentials.get_frozen_credentials()
    except BotoCoreError as error:
        raise _stopped(error) from error
    keys = [_pasted(key or "") for key in (frozen.access_key, frozen.secret_key, frozen.token)]
    if not "".join(keys).isascii():
        raise _stopped(ValueError("an access key holds a character that no access key has"))
    return AwsKeys(keys[0], keys[1], keys[2] or None)


def _pasted(key: str) -> str:
    """The key without the blanks and line ends that copying brings along: no key has any, and no header may."""
    return "".join(key.split())


def _stopped(error: Exception) -> SendError:
    code = type(error).__name__
    remedy = "Set the sender's option region, or AWS_REGION." if code == "NoRegionError" else _REMEDY
    return SendError(SendErrorKind.STOPPED, code, f"AWS cannot be used: {error}", remedy=remedy)
