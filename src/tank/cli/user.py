"""``tank user``: who may sign in."""

from __future__ import annotations

import getpass
import secrets
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tank.cli.context import installed
from tank.cli.looking import operator
from tank.cli.output import Json, print_json, print_table, say
from tank.domain.account import Role

if TYPE_CHECKING:
    from tank.bootstrap import Installation
    from tank.domain.account import Account

app = typer.Typer(help="Keep the accounts of people.", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="What they sign in with, for example kim or kim@example.com.")
]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", metavar="", help="Read the password from standard input (for scripts).")
]


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.OPERATOR,
    display_name: Annotated[str | None, typer.Option(metavar="NAME", help="Their name, as others read it.")] = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Add somebody. On a terminal it asks for a password; an empty one gives a one-time link instead.

    Example: tank user add kim --role admin --display-name "김하나"
    """
    with installed() as tank:
        shown = display_name or name
        password = _password(password_stdin)
        if password:
            account = tank.accounts.add_with_password(
                name, display_name=shown, role=role, password=password, by=operator()
            )
            say(f"{account.name} may sign in now, as {account.role}.")
            return
        account, link = tank.accounts.add(name, display_name=shown, role=role, by=operator())
        _say_link(tank, account.name, link.token)


@app.command(name="list")
def list_users(as_json: Json = False) -> None:
    """List everybody who has an account."""
    with installed() as tank:
        rows = [_row(account) for account in tank.accounts.all()]
        if as_json:
            print_json(rows)
            return
        header = ("Account", "Name", "Role", "Second factor", "State", "Last seen")
        print_table(header, [tuple(row.values()) for row in rows], empty="Nobody has an account yet.")


@app.command()
def password(name: Name, password_stdin: PasswordStdin = False) -> None:
    """Set somebody's password: ends their sessions and removes their second factor. An empty one gives a link.

    Example: tank user password kim
    """
    with installed() as tank:
        account = _account(tank, name)
        given = _password(password_stdin)
        if given:
            tank.accounts.set_password(account.name, given, by=operator())
            say(f"The password of {account.name} is changed.")
            return
        _say_link(tank, account.name, tank.accounts.new_link(account.id, by=operator()).token)


@app.command()
def change(
    name: Name,
    role: Annotated[Role | None, typer.Option(help="What they may do from now on.")] = None,
    disable: Annotated[bool | None, typer.Option("--disable/--enable", help="Keep them out, or let them in.")] = None,
) -> None:
    """Change somebody's role, or keep them out.

    Example: tank user change kim --role approver
    """
    with installed() as tank:
        account = tank.accounts.change(_account(tank, name).id, by=operator(), role=role, disabled=disable)
        state = "disabled" if account.disabled_at else "enabled"
        say(f"{account.name} is {account.role} and {state}.")


def _account(tank: Installation, name: str) -> Account:
    from tank.domain.account import account_name
    from tank.domain.errors import NotFound

    wanted = account_name(name)
    found = next((account for account in tank.accounts.all() if account.name == wanted), None)
    if found is None:
        raise NotFound(f"There is no account {wanted}.", remedy="`tank user list` names them all.")
    return found


def _row(account: Account) -> dict[str, Any]:
    has_password = account.password_hash is not None
    return {
        "account": account.name,
        "display_name": account.display_name,
        "role": str(account.role),
        "second_factor": "yes" if account.has_totp else "no",
        "state": "disabled" if account.disabled_at else ("active" if has_password else "invited"),
        "last_seen_at": account.last_seen_at.isoformat(timespec="seconds") if account.last_seen_at else "",
    }


def _password(from_stdin: bool) -> str:
    """The new password; empty for a link instead."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        return ""
    first = getpass.getpass("Password (empty: a one-time link): ")
    if first and not secrets.compare_digest(first.encode(), getpass.getpass("Once more: ").encode()):
        raise typer.BadParameter("The two passwords are not the same.")
    return first


def _say_link(tank: Installation, name: str, token: str) -> None:
    settings = tank.settings
    say(f"{name} sets a password with this link, once and within three days:")
    say(f"  http://{settings.host}:{settings.port}/app/welcome#{token}")
    say("Where Tank is reached by another address, put that in its place.")
