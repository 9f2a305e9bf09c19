"""A show's recordings beside their recorders: which parts there are, and for how long the disk has room."""

from __future__ import annotations

import hashlib
import logging
import threading
from contextlib import suppress
from subprocess import PIPE, Popen

import msgspec
from msgspec.structs import replace

from studio.engine.disk import FLOOR_BYTES, WARN_S, DiskWatch, Room
from studio.engine.journal import ShowJournal
from studio.engine.live import LiveFeed, LiveShow
from studio.engine.parts import PartBook, books_in
from studio.media.clock import Clock
from studio.media.packet import StreamFormat
from studio.outputs import recorder
from studio.outputs.join_books import JoinWork
from studio.outputs.part_book import Part, ShowMark, can_join
from studio.show.status import RecordingStatus
from studio.system.processes import launch
from studio.workspace.logs import error_file
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)

_MEASURED_S = 10.0  # of a recording, after which its actual rate is known
_BEHIND_S = 5.0


class Recordings:
    """From going on air to the end, and after it what became of them. Owned by the control thread."""

    def __init__(self, live: LiveShow, journal: ShowJournal, clock: Clock) -> None:
        self._live, self._workspace = live, live.workspace
        self._book = PartBook(self._workspace.home, live.show_id, journal.do)
        self._disk = DiskWatch(live.recordings_folder, clock)
        self._started_ns = 0
        self._noted: set[str] = set()  # paths
        self._joined: dict[str, str] = {}  # what becomes of a feed's parts, by feed

    def begin(self, started_ns: int, *, resumed: bool) -> None:
        """`started_ns`: the show's time 0, monotonic."""
        self._started_ns = started_ns
        self._book.open(resumed=resumed)
        if any(live.recorder is not None for live in self._live.feeds.values()):
            self._disk.start()

    def follow(self) -> None:
        """Note the parts that have begun; end the recordings in order before the disk is full."""
        self._note()
        if (left_s := self._left_s()) is not None and left_s <= 0:
            words = f"The recording ended before the disk of {self._live.recordings_folder} is full: free some space"
            for live in self._live.feeds.values():
                if live.recorder is not None and live.recorder.status().state == "on" and self._has_begun(live):
                    live.recorder.end(f"{words} before the next show; the stream goes on")

    def mark(self, title: str, show_s: float) -> None:
        """A chapter begins."""
        self._book.note(ShowMark(title, round(show_s * 1e9)))

    def end(self, *, leaves: bool = False) -> None:
        """After the show's: have the parts of each feed joined, where that can be done.

        `leaves`: it may be carried on, and who does that has them joined.
        """
        self._disk.stop()
        self._note()
        if leaves:
            return
        feeds = [
            name
            for name, live in self._live.feeds.items()
            # Not those of which one failed, or whose disk still does not take it.
            if all(one.status().state == "ended" for one in live.recorders) and can_join(self._book.parts(name))
        ]
        process = _start_joining(self._workspace) if feeds or self._book.others else None
        if process is not None:
            self._joined = {name: self._book.parts(name)[0].path for name in feeds}
        room = self._disk.room
        spare_bytes = room.floor if room is not None else 0
        self._book.hand_over(feeds, lambda books: _have_joined(process, self._workspace, books, spare_bytes))

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the disk, in words."""
        folder, found = self._live.recordings_folder, []
        left_s = self._left_s()
        if left_s is not None and 0 < left_s < WARN_S:
            found.append(
                f"The recording ends in {_minutes(left_s)}, for there is little room in {folder}: free some, and it "
                "goes on; the stream goes on in any case"
            )
        for name, live in self._live.feeds.items():
            if live.recorder is not None and (now := live.recorder.status()).behind_s > _BEHIND_S:
                found.append(
                    f"The recording of {name} is {now.behind_s:.0f} s behind, for the disk of {now.path.parent} "
                    "takes nothing: look whether it is still connected; the stream goes on"
                )
        return (*found, *self._book.left)

    def status(self) -> tuple[RecordingStatus, ...]:
        left_s = self._left_s()
        return tuple(self._with_parts(one, left_s) for one in self._live.recording_status())

    def _with_parts(self, one: RecordingStatus, left_s: float | None) -> RecordingStatus:
        parts = self._book.parts(one.feed)
        earlier = tuple(part.path for part in parts if part.path != one.path)
        mine = next((part for part in parts if part.path == one.path), None)
        since_s = (mine.at_ns - parts[0].at_ns) / 1e9 if mine is not None else 0.0
        return replace(
            one,
            seconds=round(since_s + one.seconds, 3),
            parts=(*earlier, one.path) if earlier else (),
            path=self._joined.get(one.feed, one.path),
            joining=one.feed in self._joined,
            left_s=round(left_s, 1) if left_s is not None and one.state == "on" else None,
        )

    def _note(self) -> None:
        for name, live in self._live.feeds.items():
            for one in live.recorders:
                now = one.status()
                if now.from_ns is not None and str(now.path) not in self._noted:
                    self._noted.add(str(now.path))
                    at_ns = self._live.epoch_ns + now.from_ns - self._started_ns
                    self._book.note(Part(name, str(now.path), at_ns, _digest(live.format)))

    def _has_begun(self, live: LiveFeed) -> bool:
        return live.recorder is not None and live.recorder.status().from_ns is not None

    def _left_s(self) -> float | None:
        """For how long the disk has room for all recordings that are on; None: nobody knows, or nothing is on."""
        on = [live for live in self._live.feeds.values() if live.recorder is not None]
        now = [(live, live.recorder.status()) for live in on if live.recorder is not None]
        rates = [_bytes_per_s(live, status) for live, status in now if status.state == "on"]
        room: Room | None = self._disk.room
        return room.left_s(sum(rates)) if room is not None and rates else None


def join_what_was_left(workspace: Workspace) -> None:
    """While no show is on air: join what shows left that ended with their engine, or with the computer."""
    if books := books_in(workspace.home):
        _have_joined(_start_joining(workspace), workspace, tuple(map(str, books)), FLOOR_BYTES)


def _start_joining(workspace: Workspace) -> Popen[bytes] | None:
    """The process; it waits to be told its work."""
    errors = error_file(workspace, "join")
    try:
        process = launch("_join", stdin=PIPE, stderr=errors)
    except OSError as error:
        log.warning("the parts of recordings cannot be joined: %s", error)
        return None
    finally:
        if errors is not None:
            errors.close()
    threading.Thread(target=process.wait, name="join:wait", daemon=True).start()
    return process


def _have_joined(
    process: Popen[bytes] | None, workspace: Workspace, books: tuple[str, ...], spare_bytes: int
) -> None:
    if process is not None:
        assert process.stdin is not None
        work = JoinWork(home=str(workspace.home), books=books, spare_bytes=spare_bytes)
        with suppress(OSError), process.stdin:  # it may be gone
            process.stdin.write(msgspec.json.encode(work) + b"\n")


def _bytes_per_s(live: LiveFeed, now: recorder.RecordingStatus) -> float:
    if now.seconds > _MEASURED_S:
        return now.written / now.seconds
    return (live.format.video.kbps + live.format.audio.kbps) * 1000 / 8


def _digest(stream: StreamFormat) -> str:
    """The same for formats whose packets may be in one file."""
    known = b"|".join((stream.video.extradata, stream.audio.extradata))
    return hashlib.sha256(known).hexdigest()[:16]


def _minutes(seconds: float) -> str:
    whole = round(seconds / 60)
    return "less than a minute" if seconds < 60 else "a minute" if whole == 1 else f"{whole} minutes"
