"""`benchcast key`: stream keys, into the keyring of the operating system and nowhere else."""

from __future__ import annotations

import sys

import typer

from studio.errors import InputError
from studio.system.secret import Secret
from studio.workspace.keys import forget_key, set_key
from studio.workspace.paths import open_workspace

key_app = typer.Typer(
    help="Stream keys of destinations: kept in the computer's keyring, never in a file.", no_args_is_help=True
)


@key_app.command("set")
def set_(name: str = typer.Argument(help="The destination's name, as in the show file.")) -> None:
    """Ask for a stream key (or read it from standard input) and keep it in the keyring."""
    _check(name)
    asked = sys.stdin.isatty()
    typed = typer.prompt(f"Stream key of {name}", hide_input=True) if asked else sys.stdin.readline()
    key = typed.strip()
    if not key:
        raise InputError("the stream key", "is empty", do="copy it from the platform's live page and paste it")
    set_key(open_workspace().id, name, Secret(key))
    typer.echo(f"The key of {name} is in the keyring.")


@key_app.command()
def forget(name: str = typer.Argument(help="The destination's name.")) -> None:
    """Remove a stream key from the keyring."""
    _check(name)
    if not forget_key(open_workspace().id, name):
        raise InputError(f"destination {name}", "has no key in the keyring", do="see the names in the show file")
    typer.echo(f"The key of {name} is no longer in the keyring.")


def _check(name: str) -> None:
    if not name.strip():
        raise InputError("the destination's name", "is empty", do="write it as in the show file")
