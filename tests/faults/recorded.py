"""What a show left on the disk: its pictures by their time, and whether it plays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av

from studio.errors import StudioError
from studio.outputs.receiver import check
from tests.faults.account import Kept


def pictures_of(path: Path) -> list[Kept]:
    """A file's pictures in the order in which they are shown, by the file's own time. Raises StudioError."""
    try:
        with av.open(str(path)) as container:
            found = [
                Kept(float(one.pts * one.time_base), hash(bytes(one)))
                for one in container.demux(video=0)
                if one.pts is not None and one.time_base is not None
            ]
    except (OSError, av.FFmpegError) as error:
        raise StudioError(f"{path.name} cannot be read ({error})", do="see its log") from error
    return sorted(found, key=lambda one: one.show_s)


def length_s(path: Path) -> float:
    """From a file's first picture to its last; 0: it has none. Raises StudioError."""
    found = pictures_of(path)
    return found[-1].show_s - found[0].show_s if found else 0.0


def not_playable(paths: Sequence[Path]) -> list[str]:
    """What is wrong with recordings, decoded whole, in words. A gap in time is nothing wrong."""
    failures = [] if paths else ["no recording is left"]
    for path in paths:
        try:
            found = check(path)
        except (OSError, av.FFmpegError) as error:
            failures.append(f"{path.name} cannot be decoded ({error})")
            continue
        if found.errors or not found.rising or not found.frames or not found.sound_seconds:
            failures.append(f"{path.name} is damaged: {found}")
    return failures
