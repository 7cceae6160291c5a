"""People, and tokens for programs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from tank.api.auth import Actor
from tank.api.problems import problem_responses
from tank.api.schemas_common import Moment, Schema, View
from tank.api.services import Services
from tank.domain.account import Account, Role
from tank.services.accounts import NewLink

router = APIRouter(tags=["people"])

_Name = Annotated[str, Field(max_length=200)]


class AccountView(View):
    """A person who may sign in."""

    id: UUID
    name: str
    display_name: str
    role: Role
    has_totp: bool
    has_password: bool = Field(description="Whether the link was used and a password set.")
    disabled: bool
    created_at: AwareDatetime
    last_seen_at: AwareDatetime | None


class NewAccount(Schema):
    """Somebody who is to use Tank."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "kim", "display_name": "김하나", "role": "operator"}]}
    )

    name: _Name
    display_name: _Name
    role: Role


class AccountChange(Schema):
    """What to change; fields left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "approver"}]})

    display_name: _Name | None = None
    role: Role | None = None
    disabled: bool | None = None


class NewLinkView(BaseModel):
    """A one-time link, shown this once: pass it on by a way that you trust."""

    account: AccountView
    link: str
    valid_until: AwareDatetime


class TokenView(View):
    """A token for programs."""

    id: UUID
    name: str
    role: Role
    created_at: AwareDatetime
    created_by: str
    expires_at: AwareDatetime
    last_used_at: AwareDatetime | None


class NewToken(Schema):
    """A token that a program is to use."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "nightly export", "role": "viewer", "expires_at": "2027-01-01T00:00:00+09:00"}]
        }
    )

    name: _Name
    role: Role
    expires_at: Moment


class NewTokenView(TokenView):
    """The token itself, shown this once."""

    token: str


@router.get("/account", summary="List people")
def list_accounts(services: Services) -> list[AccountView]:
    """By name, those that are disabled too."""
    return [_account_view(account) for account in services.accounts.all()]


@router.post("/account", status_code=201, summary="Add somebody", responses=problem_responses(409))
def add_account(body: NewAccount, services: Services, actor: Actor) -> NewLinkView:
    """They set their own password with the link."""
    account, link = services.accounts.add(body.name, display_name=body.display_name, role=body.role, by=actor)
    return _link_view(account, link)


@router.patch("/account/{account_id}", summary="Change somebody", responses=problem_responses(404, 409))
def change_account(account_id: UUID, body: AccountChange, services: Services, actor: Actor) -> AccountView:
    """Whoever is disabled is signed out at once. Nobody is ever deleted: the audit trail names them."""
    changed = services.accounts.change(
        account_id, by=actor, display_name=body.display_name, role=body.role, disabled=body.disabled
    )
    return _account_view(changed)


@router.post(
    "/account/{account_id}/link", status_code=201, summary="Help somebody in again", responses=problem_responses(404)
)
def add_account_link(account_id: UUID, services: Services, actor: Actor) -> NewLinkView:
    """For a forgotten password or a lost phone. Using it ends their sessions and removes their second factor."""
    link = services.accounts.new_link(account_id, by=actor)
    return _link_view(services.accounts.get(account_id), link)


@router.get("/token", summary="List API tokens")
def list_tokens(services: Services) -> list[TokenView]:
    """By name, those that have ended too."""
    return [TokenView.model_validate(token) for token in services.api_tokens.all()]


@router.post("/token", status_code=201, summary="Make an API token", responses=problem_responses(409))
def add_token(body: NewToken, services: Services, actor: Actor) -> NewTokenView:
    """For `Authorization: Bearer …`; it may do what its role may."""
    token, text = services.api_tokens.add(body.name, role=body.role, expires_at=body.expires_at, by=actor)
    return NewTokenView(**TokenView.model_validate(token).model_dump(), token=text)


@router.delete("/token/{token_id}", status_code=204, summary="Withdraw a token", responses=problem_responses(404))
def delete_token(token_id: UUID, services: Services, actor: Actor) -> Response:
    """From now on it opens nothing."""
    services.api_tokens.delete(token_id, by=actor)
    return Response(status_code=204)


def _account_view(account: Account) -> AccountView:
    return AccountView(
        id=account.id,
        name=account.name,
        display_name=account.display_name,
        role=account.role,
        has_totp=account.has_totp,
        has_password=account.password_hash is not None,
        disabled=account.disabled_at is not None,
        created_at=account.created_at,
        last_seen_at=account.last_seen_at,
    )


def _link_view(account: Account, link: NewLink) -> NewLinkView:
    return NewLinkView(account=_account_view(account), link=link.token, valid_until=link.valid_until)
