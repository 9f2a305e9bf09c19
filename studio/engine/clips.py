"""Clips: answers requests for the newest seconds of a feed, and writes them to files on a thread of its own."""

from __future__ import annotations

import logging
import queue
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from studio.engine.replay import Excerpt, Replay
from studio.errors import StudioError
from studio.media.clock import Clock, utc_now
from studio.outputs.mp4 import Mp4Writer, RecordingFile
from studio.show.requests import Answer, Request
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)

_NO_FILE_NAME = re.compile(r'[<>:"/\\|?*]')
_MOST_WAITING = 4  # clips whose packets are held for a disk that does not take them
_AGAIN_NS = 1_000_000_000
_BREATH = 32  # packets, after which the feeds' threads get the interpreter
_BREATH_NS = 1_000_000
_FINISH_S = 3.0

_RESTARTED = Answer(
    said="The studio was restarted while the clip was being written", do="ask for it again: benchcast clip"
)
_NOT_KNOWN = Answer(said="This is not known to the studio on air", do="end the show, and start the newer version")
_OVER = Answer(said="The show has ended", do="its recording is in the recordings folder")
_EMPTY = Answer(said="Nothing is in memory yet", do="try again in some seconds")
_BUSY = Answer(said=f"{_MOST_WAITING} clips wait to be written", do="try again later, or look whether the disk works")


@dataclass(frozen=True, slots=True)
class Airtime:
    """What clips may be cut from: the show on air and its feeds, in order."""

    show_id: str
    replays: Mapping[str, Replay]


@dataclass(frozen=True, slots=True)
class _Order:
    """To be written: what, and to which file."""

    id: str
    excerpt: Excerpt
    path: Path
    note: str


class ClipDesk:
    """Takes up requests on the control thread; the thread `clips` does everything that touches a disk."""

    def __init__(self, workspace: Workspace, clock: Clock, now: Callable[[], datetime] = utc_now) -> None:
        """`now`: wall time, for names."""
        self._workspace, self._clock, self._now = workspace, clock, now
        self._seen: set[str] = set()
        self._jobs: queue.SimpleQueue[Callable[[WantedStore], None] | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clips", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what was asked, for at most three seconds."""
        self._jobs.put(None)
        self._stop.set()
        self._thread.join(_FINISH_S)

    def follow(self, requests: Sequence[Request], on_air: Airtime | None, *, coming: str) -> None:
        """Take up what is new. `coming`: the show that is wanted on air, whose requests wait until it is."""
        for request in requests:
            if request.id in self._seen:
                continue
            if request.state == "asked" and request.act is not None and request.show_id == coming and on_air is None:
                continue
            self._seen.add(request.id)
            self._take_up(request, on_air)
        self._seen &= {request.id for request in requests}

    def _take_up(self, request: Request, on_air: Airtime | None) -> None:
        ident, clip = request.id, request.act
        if request.state == "taken":  # by an engine that is no more: there is only ever one
            self._jobs.put(lambda store: self._give_up(store, ident))
        elif clip is None:
            self._refuse(ident, _NOT_KNOWN)
        elif on_air is None or on_air.show_id != request.show_id:
            self._refuse(ident, _OVER)
        elif clip.feed not in on_air.replays:
            listed = ", ".join(on_air.replays)
            self._refuse(ident, Answer(said=f"There is no feed {clip.feed} on air", do=f"choose one of: {listed}"))
        elif (excerpt := on_air.replays[clip.feed].newest(clip.seconds)) is None:
            self._refuse(ident, _EMPTY)
        elif self._jobs.qsize() >= _MOST_WAITING:
            self._refuse(ident, _BUSY)
        else:
            short = excerpt.seconds < clip.seconds
            note = f"only {excerpt.seconds:.0f} s are in memory" if short else ""
            several = len(on_air.replays) > 1
            order = _Order(ident, excerpt, self._path(clip.feed if several else ""), note)
            self._jobs.put(lambda store: self._fill(store, order))

    def _path(self, feed: str) -> Path:
        """By the clock on the seller's wall, as recordings are named."""
        stem = self._now().astimezone().strftime("%Y-%m-%d %H-%M-%S")
        name = f" {_NO_FILE_NAME.sub('_', feed)}" if feed else ""
        return self._workspace.recordings / f"{stem}{name} clip.mp4"

    def _part(self, ident: str) -> Path:
        """The file while it is written: no player or person takes it for a clip."""
        return self._workspace.recordings / f".clip-{ident}.part"

    def _refuse(self, ident: str, why: Answer) -> None:
        self._jobs.put(lambda store: self._deny(store, ident, why))

    # From here on: the thread `clips`.

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            store: WantedStore | None = None
            try:
                store = WantedStore(self._workspace.wanted_db)
                job(store)
            except StudioError as error:
                log.warning("a request cannot be answered: %s", error)
            except Exception:
                log.exception("a request failed")
            finally:
                if store is not None:
                    store.close()

    def _deny(self, store: WantedStore, ident: str, why: Answer) -> None:
        if store.take(ident):
            self._answer(store, ident, "failed", why)

    def _give_up(self, store: WantedStore, ident: str) -> None:
        for left in self._workspace.recordings.glob(f"{self._part(ident).stem}*"):
            left.unlink(missing_ok=True)
        self._answer(store, ident, "failed", _RESTARTED)

    def _fill(self, store: WantedStore, order: _Order) -> None:
        if store.take(order.id):  # else it was withdrawn
            state, answer = self._written(order)
            self._answer(store, order.id, state, answer)

    def _written(self, order: _Order) -> tuple[Literal["done", "failed"], Answer]:
        try:
            path = write_clip(order.excerpt, self._part(order.id), order.path, self._clock)
        except OSError as error:
            words = error.strerror or type(error).__name__
            said = f"The clip cannot be written to {order.path.parent} ({words})"
            return "failed", Answer(said=said, do="free some disk space, and ask again")
        except Exception:
            log.exception("a clip failed")
            return "failed", Answer(said="The clip failed by a fault in this program", do="it is written to the log")
        log.info("clip of %.1f s: %s", order.excerpt.seconds, path.name)
        return "done", Answer(said=str(path), note=order.note)

    def _answer(self, store: WantedStore, ident: str, state: Literal["done", "failed"], answer: Answer) -> None:
        """However long the database is locked: the work is done, and nobody shall do it again."""
        while True:
            try:
                store.answer(ident, state, answer)
            except StudioError as error:
                log.warning("the answer to a request waits: %s", error)
                if self._clock.wait_until(self._clock.now_ns() + _AGAIN_NS, self._stop):
                    return
            else:
                return


def write_clip(excerpt: Excerpt, part: Path, path: Path, clock: Clock) -> Path:
    """Write an excerpt, packet by packet as they are, to `part`, and then give it its name; which one it got.

    A name that is taken is numbered.

    Raises:
        OSError: the disk does not take it; nothing is left of it.
    """
    never = threading.Event()
    file = RecordingFile(part)
    try:
        try:
            writer = Mp4Writer(file, excerpt.format, excerpt.packets[0])
            for number, packet in enumerate(excerpt.packets, 1):
                writer.write(packet)
                if number % _BREATH == 0:
                    clock.wait_until(clock.now_ns() + _BREATH_NS, never)
                if file.failure is not None:
                    break
            writer.close([])
            if file.failure is None:
                file.sync()
        finally:
            file.close()
        if file.failure is not None:
            raise file.failure
        return _named(file.path, path)
    except BaseException:
        file.path.unlink(missing_ok=True)
        raise


def _named(part: Path, path: Path) -> Path:
    """Only this thread makes such names, so one that is free stays free until it is taken."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return part.rename(free)
