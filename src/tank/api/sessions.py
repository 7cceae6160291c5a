"""Signing in and out, one-time links, and what people change about their own account."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from tank.api.auth import COOKIE, LOCAL_COOKIE, TheSession
from tank.api.problems import problem_responses
from tank.api.schemas_common import Schema, View
from tank.api.services import Services
from tank.domain.account import LONGEST_PASSWORD, LinkPurpose, NotAllowed, Role
from tank.services.sign_ins import Session

router = APIRouter(tags=["session"])

_Password = Annotated[SecretStr, Field(min_length=1, max_length=4 * LONGEST_PASSWORD)]


class DemoAccount(BaseModel):
    """What the demo signs in with, told on this machine only."""

    account: str
    password: str


class SingleSignOn(BaseModel):
    """Where the company's own sign-in begins."""

    name: str
    url: str


class HintsView(BaseModel):
    """What a page needs to know before anybody has signed in."""

    needs_setup: bool = Field(description="Nobody has an account yet.")
    demo: DemoAccount | None = None
    single_sign_on: SingleSignOn | None = None


class SignInRequest(Schema):
    """An account's name and password, and its code where it has a second factor."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"account": "kim", "password": "four words, no sense"}]})

    account: str = Field(max_length=200)
    password: _Password
    code: str = Field(default="", max_length=20)


class OwnAccountView(View):
    """The account that is signed in."""

    id: UUID
    name: str
    display_name: str
    role: Role
    has_totp: bool


class SessionView(BaseModel):
    """A session. ``csrf`` goes into the header ``X-Tank-CSRF`` of every change."""

    account: OwnAccountView
    csrf: str
    idle_until: AwareDatetime
    ends_at: AwareDatetime


class LinkView(BaseModel):
    """What a one-time link is good for."""

    purpose: LinkPurpose
    account: str | None = Field(description="Whose password it sets; null for the first admin.")
    valid_until: AwareDatetime


class LinkUse(Schema):
    """A password to set; for the first admin, a name too."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"link": "…", "password": "four words, no sense"}]})

    link: str = Field(max_length=200)
    account: str = Field(default="", max_length=200)
    display_name: str = Field(default="", max_length=200)
    password: _Password


class PasswordChange(Schema):
    """The present password, and the one to come."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"current": "the old one", "new": "four words, no sense"}]}
    )

    current: _Password
    new: _Password


class PasswordProof(Schema):
    """The present password once more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"password": "four words, no sense"}]})

    password: _Password


class CodeProof(Schema):
    """Six digits of the authenticator app."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "123456"}]})

    code: str = Field(max_length=20)


class TotpView(BaseModel):
    """A second factor that is in force once a code of it was typed."""

    secret: str
    uri: str = Field(description="What the QR code says.")


@router.get("/session/hints", summary="How to sign in here")
def sign_in_hints(request: Request, services: Services) -> HintsView:
    """Open to all."""
    demo = services.demo_account if _is_local(request) else None
    shown = DemoAccount(account=demo[0], password=demo[1]) if demo else None
    return HintsView(needs_setup=not services.accounts.any(), demo=shown)


@router.post("/session", status_code=201, summary="Sign in", responses=problem_responses(429))
def begin_session(body: SignInRequest, request: Request, response: Response, services: Services) -> SessionView:
    """Sets a cookie that scripts cannot read."""
    _check_transport(request)
    password = body.password.get_secret_value()
    session = services.sign_ins.sign_in(body.account, password, code=body.code, address=_address(request))
    _set_cookie(request, response, session)
    return _view(session)


@router.get("/session", summary="Who is signed in?")
def read_session(session: TheSession) -> SessionView:
    """The account and its session."""
    return _view(session)


@router.delete("/session", status_code=204, summary="Sign out")
def end_session(session: TheSession, services: Services) -> Response:
    """The cookie opens nothing any more."""
    services.sign_ins.sign_out(session)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    response.delete_cookie(LOCAL_COOKIE, httponly=True, samesite="lax")
    return response


@router.get("/session/link", summary="What is this link good for?", responses=problem_responses(404))
def read_link(services: Services, link: Annotated[str, Query(max_length=200)]) -> LinkView:
    """Open to whoever has the link."""
    found, account = services.accounts.link(link)
    name = None if account is None else account.name
    return LinkView(purpose=found.purpose, account=name, valid_until=found.valid_until)


@router.post("/session/link", status_code=201, summary="Use a link up", responses=problem_responses(404, 409))
def use_link(body: LinkUse, request: Request, response: Response, services: Services) -> SessionView:
    """Sets the password, and signs in."""
    _check_transport(request)
    session = services.accounts.use_link(
        body.link,
        name=body.account,
        display_name=body.display_name,
        password=body.password.get_secret_value(),
        address=_address(request),
    )
    _set_cookie(request, response, session)
    return _view(session)


@router.put("/session/password", status_code=204, summary="Change your password", responses=problem_responses(429))
def change_own_password(body: PasswordChange, request: Request, session: TheSession, services: Services) -> Response:
    """The account's other sessions end."""
    current, new = body.current.get_secret_value(), body.new.get_secret_value()
    services.sign_ins.change_password(session, current=current, new=new, address=_address(request))
    return Response(status_code=204)


@router.post("/session/totp", summary="Begin a second factor", responses=problem_responses(429))
def offer_totp(body: PasswordProof, request: Request, session: TheSession, services: Services) -> TotpView:
    """A secret for the authenticator app; not in force yet."""
    password = body.password.get_secret_value()
    secret, uri = services.sign_ins.offer_totp(session, password=password, address=_address(request))
    return TotpView(secret=secret, uri=uri)


@router.put("/session/totp", status_code=204, summary="Put it in force", responses=problem_responses(409))
def confirm_totp(body: CodeProof, session: TheSession, services: Services) -> Response:
    """From the next time on, signing in asks for a code."""
    services.sign_ins.confirm_totp(session, code=body.code)
    return Response(status_code=204)


@router.post("/session/totp/remove", status_code=204, summary="Do without it", responses=problem_responses(429))
def remove_totp(body: PasswordProof, request: Request, session: TheSession, services: Services) -> Response:
    """The password alone is enough again."""
    services.sign_ins.remove_totp(session, password=body.password.get_secret_value(), address=_address(request))
    return Response(status_code=204)


def _view(session: Session) -> SessionView:
    return SessionView(
        account=OwnAccountView.model_validate(session.account),
        csrf=session.csrf,
        idle_until=session.idle_until,
        ends_at=session.sign_in.ends_at,
    )


def _address(request: Request) -> str:
    address: str = request.scope["state"]["client_address"]
    return address


def _is_local(request: Request) -> bool:
    """Both ends are this machine: no proxy in between passes a stranger on."""
    host = request.url.hostname or ""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ip_address(_address(request)).is_loopback and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False


def _check_transport(request: Request) -> None:
    if request.url.scheme != "https" and not _is_local(request):
        raise NotAllowed(
            "Without HTTPS a password would travel in the clear.",
            remedy="Open Tank through HTTPS, whose proxy TANK_TRUSTED_PROXIES names (see deploy/nginx.conf), or on the "
            "machine itself at http://127.0.0.1.",
            code="https_needed",
        )


def _set_cookie(request: Request, response: Response, session: Session) -> None:
    is_https = request.url.scheme == "https"
    response.set_cookie(
        COOKIE if is_https else LOCAL_COOKIE, session.token, path="/", secure=is_https, httponly=True, samesite="lax"
    )
