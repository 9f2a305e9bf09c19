"""Bundles what helps to find a fault into one file that a person may look into and hand on."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from studio.errors import InputError
from studio.workspace.clean import clean, whole_lines
from studio.workspace.crashes import crash_files, versions
from studio.workspace.paths import Workspace

_LOG_BYTES = 2_000_000  # of each log, its newest


def check_free(path: Path) -> None:
    """Refuse, before anything is looked at, a file that cannot be made. Raises InputError."""
    if path.exists():
        raise InputError(f"--report {path}", "is there already", do="name a new file, such as report.zip")
    if not path.parent.is_dir():
        raise InputError(f"--report {path}", "is in no existing folder", do="name a file such as report.zip")


def write_bundle(workspace: Workspace, path: Path, doctor: Iterable[str]) -> list[str]:
    """Put crash reports, logs, what the doctor said and versions into a new zip; what is inside, a line each.

    Raises:
        InputError: it is there already, or cannot be written.
    """
    lines = []
    try:
        with path.open("xb") as file:
            try:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
                    for name, text in _parts(workspace, doctor):
                        bundle.writestr(name, text)
                        lines.append(f"{len(text.encode()) / 1000:8.1f} kB  {name}")
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        check_free(path)
        raise
    except OSError as error:
        words = error.strerror or type(error).__name__
        raise InputError(f"--report {path}", f"cannot be written ({words})", do="choose another folder") from error
    return lines


def _parts(workspace: Workspace, doctor: Iterable[str]) -> Iterator[tuple[str, str]]:
    yield "versions.txt", "\n".join(versions()) + "\n"
    yield "doctor.txt", clean("\n".join(doctor)) + "\n"
    for path in crash_files(workspace):
        yield f"crashes/{path.name}", path.read_text(encoding="utf-8", errors="replace")
    for path in sorted(one for one in workspace.logs.iterdir() if one.is_file()):
        data = path.read_bytes()
        if len(data) > _LOG_BYTES:
            data = whole_lines(data[-_LOG_BYTES:])
        yield f"logs/{path.name}", clean(data.decode("utf-8", "replace")).removesuffix("\n") + "\n"
