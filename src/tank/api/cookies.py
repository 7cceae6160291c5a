"""How a session's cookie is set, and over which connections: never where it could be read on its way."""

from __future__ import annotations

from ipaddress import ip_address

from fastapi import Request, Response

from tank.api.auth import COOKIE, LOCAL_COOKIE
from tank.domain.account import NotAllowed
from tank.services.sign_ins import Session


def address_of(request: Request) -> str:
    """Where the request comes from: see ``client_address.py``."""
    address: str = request.scope["state"]["client_address"]
    return address


def is_local(request: Request) -> bool:
    """Both ends are this machine: no proxy in between passes a stranger on."""
    host = request.url.hostname or ""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ip_address(address_of(request)).is_loopback and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False


def check_transport(request: Request) -> None:
    """Raise ``NotAllowed`` where a password would travel in the clear."""
    if request.url.scheme != "https" and not is_local(request):
        raise NotAllowed(
            "Without HTTPS a password would travel in the clear.",
            remedy="Open Tank through HTTPS (deploy/nginx.conf; TANK_TRUSTED_PROXIES names the proxy), or on the "
            "machine itself at http://127.0.0.1.",
            code="https_needed",
        )


def set_session_cookie(request: Request, response: Response, session: Session) -> None:
    """Give the browser its session."""
    is_https = request.url.scheme == "https"
    response.set_cookie(
        COOKIE if is_https else LOCAL_COOKIE, session.token, path="/", secure=is_https, httponly=True, samesite="lax"
    )


def forget_session_cookie(response: Response) -> None:
    """Take it away again."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    response.delete_cookie(LOCAL_COOKIE, httponly=True, samesite="lax")
