"""`benchcast claims`: buyers' comments, read as claims."""

from __future__ import annotations

from pathlib import Path

import msgspec
import typer

from studio.cli.lists import show_table
from studio.errors import InputError
from studio.workspace.paths import Workspace, open_workspace

claims_app = typer.Typer(help="Buyers' comments, read as claims.", no_args_is_help=True)


@claims_app.callback()
def claims() -> None:
    """Buyers' comments, read as claims."""


class _Comment(msgspec.Struct, frozen=True):
    """One line of the file."""

    id: str | int
    text: str
    channel: str | None = None
    author: str | None = None
    at: str | float | None = None


@claims_app.command()
def read(
    file: Path = typer.Argument(help='JSON lines: {"id", "channel", "author", "text", "at"}.'),
    as_json: bool = typer.Option(False, "--json", help="One object for each comment, in order."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Store nothing. In this version nothing ever is."),  # noqa: ARG001
) -> None:
    """Tell what each comment claims, with the catalogue and the product on air. Takes no order and stores nothing."""
    from studio.shop.catalogue_rows import read_catalogue
    from studio.shop.claims import ClaimReader
    from studio.shop.database import open_shop

    comments = _read(file)
    workspace = open_workspace()
    reader = ClaimReader(read_catalogue(open_shop(workspace)), _featured(workspace))
    rows = []
    for comment in comments:
        reading = reader.read(comment.text)
        if as_json:
            line = {"id": comment.id, "kind": reading.kind, "items": reading.items, "why": reading.why}
            typer.echo(msgspec.json.encode(line).decode())
        items = ", ".join(f"{one.variant or one.sku} × {one.quantity}" for one in reading.items)
        rows.append([str(comment.id), reading.kind, items, reading.why])
    if not as_json:
        show_table("comments", ["Comment", "Kind", "Items", "Why"], rows)


def _featured(workspace: Workspace) -> str:
    from studio.show.wanted_store import WantedStore

    if not workspace.wanted_db.exists():
        return ""
    _, wanted = WantedStore(workspace.wanted_db).read()
    return wanted.feature


def _read(file: Path) -> list[_Comment]:
    try:
        lines = file.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    except OSError as error:
        raise InputError(str(file), f"cannot be read ({error.strerror})", do="give a file of JSON lines") from error
    comments = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            comments.append(msgspec.json.decode(line, type=_Comment))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(
                f"{file}, line {number}", f"is no comment ({error})", do='write such as {"id": "1", "text": "12"}'
            ) from error
    return comments
