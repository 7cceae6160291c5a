"""OpenID Connect Core 1.0: the authorization code flow with PKCE, state and nonce."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tank.domain.account import Identity, SignInRefused
from tank.domain.errors import Misconfigured
from tank.domain.ports.accounts import SingleSignOnStart

#: Signatures that prove who signed: neither none nor a shared secret.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_TIMEOUT_SECONDS = 10
_KEYS_GOOD_FOR_SECONDS = 3600.0
#: How far the provider's clock may be from ours.
_LEEWAY_SECONDS = 60
_REMEDY = "Check TANK_OIDC_ISSUER and the client's registration at the identity provider."


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcOptions:
    """The provider, and what Tank is to it."""

    name: str
    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    #: Where the provider sends the browser back to.
    redirect_uri: str
    scope: str = "openid profile email"
    #: The claim that lists what somebody belongs to.
    groups_claim: str = "groups"


class OidcProvider:
    """Implements ``domain.ports.accounts.IdentityProvider``; safe to use from several threads."""

    def __init__(self, options: OidcOptions) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._known: tuple[float, Mapping[str, Any], KeySet] | None = None

    @property
    def name(self) -> str:
        return self._options.name

    def begin(self) -> SingleSignOnStart:
        metadata, _ = self._provider()
        nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        with self._session() as session:
            url, state = session.create_authorization_url(
                metadata["authorization_endpoint"], nonce=nonce, code_verifier=verifier
            )
        return SingleSignOnStart(url=url, state=state, nonce=nonce, verifier=verifier)

    def finish(self, start: SingleSignOnStart, code: str) -> Identity:
        metadata, _ = self._provider()
        try:
            with self._session() as session:
                answer = session.fetch_token(
                    metadata["token_endpoint"], code=code, code_verifier=start.verifier, timeout=_TIMEOUT_SECONDS
                )
        except OAuthError as error:
            raise _refused(f"The identity provider says: {error.error}.") from error
        except (requests.RequestException, ValueError) as error:
            raise _unreachable(error) from error
        return self._identity(str(answer.get("id_token") or ""), start.nonce)

    def _identity(self, id_token: str, nonce: str) -> Identity:
        claims = self._claims(id_token)
        if not hmac.compare_digest(str(claims.get("nonce", "")), nonce):
            raise _refused("The identity provider's answer belongs to another sign-in.")
        options = self._options
        name = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
        groups = claims.get(options.groups_claim) or []
        return Identity(
            external_id=f"{options.issuer} {claims['sub']}",
            name=name,
            display_name=str(claims.get("name") or name),
            groups=frozenset(map(str, [groups] if isinstance(groups, str) else groups)),
        )

    def _claims(self, id_token: str) -> Mapping[str, Any]:
        """The claims of an ID token that is signed, for us, and of now (OpenID Connect Core 1.0, section 3.1.3.7)."""
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._options.issuer},
            aud={"essential": True, "value": self._options.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        for fresh in (False, True):  # a key that is not known may have come since
            _, keys = self._provider(fresh=fresh)
            try:
                token = jwt.decode(id_token, keys, algorithms=_ALGORITHMS)
            except (JoseError, ValueError) as error:
                if fresh:
                    raise _refused("The identity provider's answer is not signed by it.") from error
                continue
            try:
                registry.validate(token.claims)
            except JoseError as error:
                raise _refused(f"The identity provider's answer does not fit: {error}.") from error
            return token.claims
        raise AssertionError("unreachable")

    def _provider(self, *, fresh: bool = False) -> tuple[Mapping[str, Any], KeySet]:
        """Its metadata and its keys."""
        with self._lock:
            if fresh or self._known is None or time.monotonic() - self._known[0] > _KEYS_GOOD_FOR_SECONDS:
                self._known = (time.monotonic(), *self._discover())
            return self._known[1:]

    def _discover(self) -> tuple[Mapping[str, Any], KeySet]:
        issuer = self._options.issuer
        try:
            metadata = _get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if metadata.get("issuer") != issuer:
                raise Misconfigured(
                    f"The identity provider calls itself {metadata.get('issuer')}, not {issuer}.", remedy=_REMEDY
                )
            return metadata, KeySet.import_key_set(_get(metadata["jwks_uri"]))  # type: ignore[arg-type]
        except (requests.RequestException, ValueError, KeyError, JoseError) as error:
            raise _unreachable(error) from error

    def _session(self) -> OAuth2Session:
        options = self._options
        return OAuth2Session(
            options.client_id,
            options.client_secret,
            scope=options.scope,
            redirect_uri=options.redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if options.client_secret else "none",
        )


def _get(url: str) -> Mapping[str, Any]:
    response = requests.get(url, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
    response.raise_for_status()
    found = response.json()
    if not isinstance(found, dict):
        raise requests.JSONDecodeError("the answer is no object", response.text, 0)
    return found


def _refused(message: str) -> SignInRefused:
    return SignInRefused(message, remedy="Begin the sign-in anew.", code="single_sign_on_refused")


def _unreachable(error: Exception) -> Misconfigured:
    message = f"The identity provider does not answer properly: {type(error).__name__}."
    return Misconfigured(message, remedy=_REMEDY, code="identity_provider_away")
