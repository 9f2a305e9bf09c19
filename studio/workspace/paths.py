"""Where a workspace keeps its things."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from studio.errors import InputError
from studio.system import runtime_folder
from studio.system.locks import WorkspaceLock

_SLUG = 80  # characters


def slug(name: str) -> str:
    """A name as a file name, another one for every name, also where upper and lower case are the same file.

    Small ASCII letters, digits and dashes stay, the rest is written as its code point; what becomes too long ends
    with a sum of the whole instead.
    """
    plain = re.sub(r"[^a-z0-9-]", lambda found: f"_{ord(found.group()):x}_", name)
    if len(plain) <= _SLUG:
        return plain
    whole = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{plain[: _SLUG - 18]}__{whole}"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace folder and its folder for this boot.

    Attributes:
        home: lasting files (databases, recordings, logs).
        runtime: local, on fast storage, private to the user; gone after a reboot (maps, rings, locks).
        id: names the workspace in the keyring.
    """

    home: Path
    runtime: Path
    id: str

    @property
    def wanted_db(self) -> Path:
        return self.home / "wanted.db"

    @property
    def shop_db(self) -> Path:
        return self.home / "benchcast.db"

    @property
    def recordings(self) -> Path:
        return self.home / "recordings"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def crashes(self) -> Path:
        return self.home / "crashes"

    @property
    def flags(self) -> Path:
        """Flag files: end and mute also work when no database can be written."""
        return self.home / "flags"

    @property
    def cameras(self) -> Path:
        """What is known of the cameras that were used: which is meant, and how they are set."""
        return self.home / "cameras"

    @property
    def status(self) -> Path:
        return self.runtime / "status.map"

    @property
    def beat(self) -> Path:
        return self.runtime / "engine.beat"

    def lock(self, name: str) -> Path:
        return self.runtime / f"{name}.lock"

    def source_status(self, source: str) -> Path:
        return self.runtime / f"source-{slug(source)}.status"

    def source_rings(self, source: str) -> list[Path]:
        """The rings of every process that the source has had."""
        return list(self.runtime.glob(f"source-{slug(source)}.*.ring*"))

    def source_lock(self, source: str) -> Path:
        return self.lock(f"source-{slug(source)}")


def open_workspace(home: Path | None = None) -> Workspace:
    """The workspace at `home` (default: BENCHCAST_HOME, else the user's data folder), made if it is new.

    Raises:
        InputError: the folder cannot be made or written.
    """
    chosen = home or Path(os.environ.get("BENCHCAST_HOME") or platformdirs.user_data_path("benchcast", False))
    chosen = chosen.expanduser().absolute()
    try:
        for folder in (chosen, chosen / "recordings", chosen / "logs", chosen / "flags"):
            folder.mkdir(parents=True, exist_ok=True)
        ident = _identity(chosen / "workspace.id")
        runtime = runtime_folder() / ident[:12]
        runtime.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(
            str(chosen),
            f"cannot be used as the workspace folder ({error.strerror or error})",
            do="set BENCHCAST_HOME to a folder that you may write to",
        ) from error
    return Workspace(chosen, runtime, ident)


def _identity(path: Path) -> str:
    """The workspace's own id. Two processes that start a new one at once agree on the first."""
    if known := _known(path):
        return known
    lock = WorkspaceLock(path.with_suffix(".lock"))
    lock.acquire(timeout=5.0)
    try:
        if known := _known(path):
            return known
        made, fresh = uuid.uuid4().hex, path.with_suffix(".new")
        fresh.write_text(made, encoding="ascii")
        fresh.replace(path)
        return made
    finally:
        lock.release()


def _known(path: Path) -> str:
    with contextlib.suppress(FileNotFoundError):
        found = path.read_bytes().strip()
        if re.fullmatch(rb"[0-9a-f]{32}", found):
            return found.decode("ascii")
    return ""
