"""The way to the company's identity provider and back."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse

from tank.api.cookies import address_of, check_transport, set_session_cookie
from tank.api.problems import problem_responses
from tank.api.services import ApiServices, Services
from tank.domain.account import SignInRefused
from tank.domain.errors import NotFound, TankError
from tank.services.single_sign_on import SingleSignOn

router = APIRouter(tags=["session"])

BEGIN: Final = "/session/single-sign-on"
CALLBACK: Final = f"{BEGIN}/callback"
_COOKIE, _LOCAL_COOKIE = "__Host-tank-sso", "tank-sso"
_MINUTES: Final = 10
_AFTERWARDS: Final = "/app/"
_FAILED: Final = "/app/sign-in"
_REDIRECT: Final[dict[int | str, dict[str, Any]]] = {303: {"description": "Where the browser goes on."}}


@router.get(
    BEGIN,
    status_code=303,
    response_class=RedirectResponse,
    summary="Sign in through the company",
    responses=_REDIRECT | problem_responses(404, 424),
)
def begin_single_sign_on(request: Request, services: Services) -> RedirectResponse:
    """To the identity provider."""
    check_transport(request)
    departure = _service(services).begin()
    response = RedirectResponse(departure.url, 303)
    is_https = request.url.scheme == "https"
    response.set_cookie(
        _COOKIE if is_https else _LOCAL_COOKIE,
        urlsafe_b64encode(departure.sealed).decode(),
        max_age=60 * _MINUTES,
        path="/",
        secure=is_https,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get(
    CALLBACK,
    status_code=303,
    response_class=RedirectResponse,
    summary="Back from the identity provider",
    responses=_REDIRECT | problem_responses(404),
)
def end_single_sign_on(
    request: Request,
    services: Services,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=500)] = "",
    error: Annotated[str, Query(max_length=500, description="What the provider refused.")] = "",
) -> RedirectResponse:
    """Signs in and goes to the user interface; what failed is told there."""
    service = _service(services)
    try:
        if error or not code:
            raise SignInRefused("The identity provider let nobody in.", code="single_sign_on_refused")
        session = service.finish(_brought_back(request), state=state, code=code, address=address_of(request))
    except TankError as failure:
        query = urlencode({"problem": failure.code, "detail": failure.message})
        response = RedirectResponse(f"{_FAILED}?{query}", 303)
    else:
        response = RedirectResponse(_AFTERWARDS, 303)
        set_session_cookie(request, response, session)
    response.delete_cookie(_COOKIE, secure=True, httponly=True, samesite="lax")
    response.delete_cookie(_LOCAL_COOKIE, httponly=True, samesite="lax")
    return response


def _service(services: ApiServices) -> SingleSignOn:
    if services.single_sign_on is None:
        raise NotFound("Single sign-on is not set up here.", remedy="Set TANK_OIDC_ISSUER.", code="no_single_sign_on")
    return services.single_sign_on


def _brought_back(request: Request) -> bytes:
    """What the browser was given when it left; empty where it was given nothing."""
    given = request.cookies.get(_COOKIE) or request.cookies.get(_LOCAL_COOKIE) or ""
    try:
        return urlsafe_b64decode(given)
    except (NotBase64, ValueError):
        return b""
