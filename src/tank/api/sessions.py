"""Signing in and out, one-time links, and what people change about their own account."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from tank.api.auth import TheSession
from tank.api.cookies import address_of, check_transport, forget_session_cookie, is_local, set_session_cookie
from tank.api.problems import problem_responses
from tank.api.schemas_common import Schema, View
from tank.api.services import Services
from tank.api.single_sign_on import BEGIN
from tank.domain.account import LONGEST_PASSWORD, LinkPurpose, Role
from tank.services.sign_ins import Session

router = APIRouter(tags=["session"])

_Password = Annotated[SecretStr, Field(min_length=1, max_length=4 * LONGEST_PASSWORD)]


class DemoAccount(BaseModel):
    """What the demo signs in with, told on this machine only."""

    account: str
    password: str


class SingleSignOnHint(BaseModel):
    """Where the company's own sign-in begins."""

    name: str
    url: str


class HintsView(BaseModel):
    """What a page needs to know before anybody has signed in."""

    needs_setup: bool = Field(description="Nobody has an account yet.")
    demo: DemoAccount | None = None
    single_sign_on: SingleSignOnHint | None = None


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
    demo = services.demo_account if is_local(request) else None
    elsewhere = services.single_sign_on
    return HintsView(
        needs_setup=not services.accounts.any(),
        demo=DemoAccount(account=demo[0], password=demo[1]) if demo else None,
        single_sign_on=SingleSignOnHint(name=elsewhere.name, url=BEGIN) if elsewhere else None,
    )


@router.post("/session", status_code=201, summary="Sign in", responses=problem_responses(429))
def begin_session(body: SignInRequest, request: Request, response: Response, services: Services) -> SessionView:
    """Sets a cookie that scripts cannot read."""
    check_transport(request)
    password = body.password.get_secret_value()
    session = services.sign_ins.sign_in(body.account, password, code=body.code, address=address_of(request))
    set_session_cookie(request, response, session)
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
    forget_session_cookie(response)
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
    check_transport(request)
    session = services.accounts.use_link(
        body.link,
        name=body.account,
        display_name=body.display_name,
        password=body.password.get_secret_value(),
        address=address_of(request),
    )
    set_session_cookie(request, response, session)
    return _view(session)


@router.put("/session/password", status_code=204, summary="Change your password", responses=problem_responses(429))
def change_own_password(body: PasswordChange, request: Request, session: TheSession, services: Services) -> Response:
    """The account's other sessions end."""
    current, new = body.current.get_secret_value(), body.new.get_secret_value()
    services.sign_ins.change_password(session, current=current, new=new, address=address_of(request))
    return Response(status_code=204)


@router.post("/session/totp", summary="Begin a second factor", responses=problem_responses(429))
def offer_totp(body: PasswordProof, request: Request, session: TheSession, services: Services) -> TotpView:
    """A secret for the authenticator app; not in force yet."""
    password = body.password.get_secret_value()
    secret, uri = services.sign_ins.offer_totp(session, password=password, address=address_of(request))
    return TotpView(secret=secret, uri=uri)


@router.put("/session/totp", status_code=204, summary="Put it in force", responses=problem_responses(409))
def confirm_totp(body: CodeProof, session: TheSession, services: Services) -> Response:
    """From the next time on, signing in asks for a code."""
    services.sign_ins.confirm_totp(session, code=body.code)
    return Response(status_code=204)


@router.post("/session/totp/remove", status_code=204, summary="Do without it", responses=problem_responses(429))
def remove_totp(body: PasswordProof, request: Request, session: TheSession, services: Services) -> Response:
    """The password alone is enough again."""
    services.sign_ins.remove_totp(session, password=body.password.get_secret_value(), address=address_of(request))
    return Response(status_code=204)


def _view(session: Session) -> SessionView:
    return SessionView(
        account=OwnAccountView.model_validate(session.account),
        csrf=session.csrf,
        idle_until=session.idle_until,
        ends_at=session.sign_in.ends_at,
    )
