"""Where the shop's database is."""

from __future__ import annotations

import os
from pathlib import Path

from studio.errors import InputError
from studio.workspace.paths import Workspace, slug


def shop_path(workspace: Workspace) -> Path:
    """The database's file, there or not. Raises InputError when BENCHCAST_DATABASE_URL names none.

    What stands in the URL is never shown: it may hold a password.
    """
    text = os.environ.get("BENCHCAST_DATABASE_URL", "")
    if not text:
        return workspace.shop_db
    # Here, because most people have no such address, and every start would wait for it.
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    where, do = "BENCHCAST_DATABASE_URL", "give sqlite:///path/to/file.db, or leave it out"
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise InputError(where, "is no database URL", do=do) from error
    if url.get_backend_name() != "sqlite":
        raise InputError(where, f"{url.get_backend_name()} is not available in this version", do=do)
    if not url.database or url.database == ":memory:" or url.query:
        raise InputError(where, "names no file", do=do)
    return Path(url.database).expanduser().absolute()


def safety_folder(workspace: Workspace) -> Path:
    """Where the backups and the order journal of the shop are: in the workspace, even if its database is elsewhere.

    Raises InputError as `shop_path` does.
    """
    path, folder = shop_path(workspace), workspace.home / "backups"
    return folder if path == workspace.shop_db else folder / slug(str(path))
