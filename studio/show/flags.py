"""The wish to end or mute a show as an empty file: for when `wanted.db` cannot be written, as on a full disk."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from studio.errors import StudioError
from studio.show.wanted import Wanted, end, with_mute
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)

_NAMES = ("off", "mute")


class WishFlags:
    """The flags of a workspace, `<wish>-<show id>`: in its runtime folder, else in its own.

    A flag outranks the database: whoever reads a wish looks at it through `applied`.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._folders = (workspace.runtime / "flags", workspace.flags)

    def applied(self, wanted: Wanted) -> Wanted:
        """The wish with what its show's flags say. Asks the file system a few questions, and never fails."""
        if not wanted.show_id:
            return wanted
        if wanted.mode == "live" and self.is_up("off", wanted.show_id):
            wanted = end(wanted)
        if not wanted.muted and self.is_up("mute", wanted.show_id):
            wanted = replace(wanted, muted=True)
        return wanted

    def put_up(self, wish: Literal["off", "mute"], show_id: str) -> None:
        """Raises StudioError when neither folder takes the file."""
        failure: OSError | None = None
        for folder in self._folders:
            try:
                folder.mkdir(exist_ok=True)
                (folder / f"{wish}-{show_id}").touch()
            except OSError as error:
                failure = error
            else:
                return
        reason = failure.strerror if failure is not None else ""
        raise StudioError(
            f"The wish cannot be written, neither in {self._folders[0]} nor in {self._folders[1]} ({reason})",
            do="free some disk space and try again",
        )

    def take_down(self, wish: Literal["off", "mute"], show_id: str) -> None:
        for folder in self._folders:
            with contextlib.suppress(OSError):
                (folder / f"{wish}-{show_id}").unlink(missing_ok=True)

    def sweep(self, keep: str) -> None:
        """Remove the flags of every show but this one."""
        for folder in self._folders:
            for path in self._flags(folder):
                if path.name.partition("-")[2] != keep:
                    with contextlib.suppress(OSError):
                        path.unlink(missing_ok=True)

    def is_up(self, wish: Literal["off", "mute"], show_id: str) -> bool:
        """Whether this show's flag is there. A folder that cannot be looked into has none: its disk may be dying."""
        for folder in self._folders:
            with contextlib.suppress(OSError):
                if (folder / f"{wish}-{show_id}").exists():
                    return True
        return False

    @staticmethod
    def _flags(folder: Path) -> list[Path]:
        try:
            return [path for name in _NAMES for path in folder.glob(f"{name}-*")]
        except OSError:
            return []


def want_end(workspace: Workspace, store: WantedStore, show_id: str) -> None:
    """Have this show end: at once by a flag, and by the database where that takes it. Raises StudioError.

    The flag first: whoever holds the database may hold it for seconds, and who wants the end may be killed meanwhile.
    """
    if not show_id:
        return
    flags, failure = WishFlags(workspace), None
    try:
        flags.put_up("off", show_id)
    except StudioError as error:
        failure = error
    try:
        store.change(lambda now: end(now) if now.show_id == show_id else now)
    except StudioError as error:
        if failure is not None:
            raise failure from error
        log.warning("the end of the show is told by a flag alone: %s", error)
    else:
        flags.take_down("off", show_id)


def want_mute(workspace: Workspace, store: WantedStore, *, on: bool) -> int:
    """Write that the show on air is to be silent, or heard; the revision. Raises StudioError.

    Silence is wanted by a flag where the database does not take it, and then no revision tells when it is actual: 0.
    """
    flags = WishFlags(workspace)
    _, wanted = store.read()
    try:
        revision = store.change(lambda now: with_mute(now, on=on))
    except StudioError:
        if on and wanted.show_id:
            flags.put_up("mute", wanted.show_id)
            log.warning("silence is told by a flag alone")
            return 0
        if on or wanted.muted:
            raise
        revision = 0  # it was muted by the flag alone
    flags.take_down("mute", wanted.show_id)
    return revision
