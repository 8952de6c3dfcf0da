"""`beleg user add | list | remove`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from ui.cli.output import one_line, print_line
from ui.web.users import Users, checked_name, users_path

user_commands = typer.Typer(help="Who may log in to 'beleg chat --login'.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="1 to 64 characters, no colon.")]
UsersFile = Annotated[
    Path | None,
    typer.Option("--users", help="The users file. Default: $BELEG_USERS, or users.json in your configuration folder."),
]


@user_commands.command()
def add(name: Name, users: UsersFile = None) -> None:
    """Add a user. Asks for the password twice; reads its line from standard input where that is no terminal."""
    file = Users(users or users_path())
    name = checked_name(name)
    file.check_new(name)
    if sys.stdin.isatty():
        password = typer.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    file.add(name, password)
    option = f"--users {shlex.quote(str(users))}" if users else "--login"
    print_line(one_line(f"{name} may log in: beleg chat {option}"))


@user_commands.command("list")
def list_users(users: UsersFile = None) -> None:
    """Print the names of all users."""
    for name in sorted(Users(users or users_path()).read()):
        print_line(one_line(name))


@user_commands.command()
def remove(name: Name, users: UsersFile = None) -> None:
    """Remove a user, and log out who is logged in by that name."""
    Users(users or users_path()).remove(name)
    print_line(one_line(f"{name} can no longer log in."))
