"""A feed's recording: a queue, a thread that writes, and one that sees to it that the disk has it."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from studio.media.clock import Clock
from studio.media.packet import Packet, StreamFormat
from studio.outputs.mp4 import Chapter, Mp4Writer, RecordingFile, chapters_of
from studio.outputs.send_queue import SendQueue

_MAX_AGE_NS = 60_000_000_000
_MAX_BYTES = 256 << 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RecordingStatus:
    """What is actual now.

    Attributes:
        state: off (not started), on, ended (in order; a reason says why it was before the show's end), failed (the
            reason says why; the show goes on).
        path: the file, which may be numbered when one of the wanted name was there.
        seconds: how long the recording is.
        dropped: pictures left out because the disk was too slow.
        from_ns: the packets' time at the file's beginning; None: it has not begun.
        written: bytes so far.
        behind_s: for how long the oldest packet has waited for the disk.
    """

    state: Literal["off", "on", "ended", "failed"]
    path: Path
    seconds: float
    reason: str
    dropped: int
    from_ns: int | None
    written: int
    behind_s: float


@dataclass(frozen=True, slots=True)
class _Mark:
    title: str  # empty: no chapter from here on
    at_ns: int


class Recorder:
    """Records a feed's packets. `offer` and `chapter` return at once, whatever the disk does.

    Args:
        path: the file wanted; one that exists is kept, and the new one is numbered.
        format: of the packets; a changed format wants a new Recorder.
        clock: stamps the queue.
        feed: names the threads, `recorder:<feed>` and `sync:<feed>`.
    """

    def __init__(
        self,
        path: Path,
        format: StreamFormat,  # noqa: A002 - the word for it everywhere here
        clock: Clock,
        *,
        feed: str = "",
    ) -> None:
        self._wanted = path
        self._stream = format
        self._clock = clock
        self._to_sync = threading.Event()  # a fragment was written, or it is the end
        self._more = threading.Event()
        self._finishing = threading.Event()
        self._queue = SendQueue(format, clock, self._more.set, max_age_ns=_MAX_AGE_NS, max_bytes=_MAX_BYTES)
        self._thread = threading.Thread(target=self._run, name=f"recorder:{feed}", daemon=True)
        self._feed = feed
        self._marks: list[_Mark] = []
        self._file: RecordingFile | None = None
        self._writer: Mp4Writer | None = None
        self._state: Literal["off", "on", "ended", "failed"] = "off"
        self._path = path
        self._reason = ""
        self._early = ""  # why it ended before the show

    def start(self) -> None:
        self._queue.open()
        self._state = "on"
        self._thread.start()

    def offer(self, packet: Packet) -> None:
        """Hand over a packet. When the disk is a minute behind, pictures are left out up to a key frame."""
        self._queue.offer(packet)

    def chapter(self, title: str, at_ns: int) -> None:
        """From `at_ns` (show time) on it is `title` that is shown, and no longer what was; empty: nothing is."""
        self._marks.append(_Mark(title, at_ns))

    def end(self, reason: str) -> None:
        """Write what waits and close the file, in mid-show and without waiting for it."""
        self._reason = self._early = reason
        self._finishing.set()
        self._more.set()

    def finish(self, timeout_s: float = 5.0) -> bool:
        """Write what waits and close the file. False: the disk did not allow it in time."""
        self._finishing.set()
        self._more.set()
        self._thread.join(timeout_s)
        if not self._thread.is_alive():
            return True
        self._fail(
            f"The recording {self._path} could not be closed, for its disk takes nothing: look whether it plays"
        )
        return False

    def status(self) -> RecordingStatus:
        writer, file, waiting_ns = self._writer, self._file, self._queue.oldest_ns()
        return RecordingStatus(
            self._state,
            self._path,
            round(writer.end_ns / 1e9, 3) if writer is not None else 0.0,
            self._reason,
            self._queue.dropped,
            from_ns=writer.base_ns if writer is not None else None,
            written=file.written if file is not None else 0,
            behind_s=max(0, self._clock.now_ns() - waiting_ns) / 1e9 if waiting_ns is not None else 0.0,
        )

    def _run(self) -> None:
        try:
            self._record_to(RecordingFile(self._wanted))
        except OSError as error:
            words = error.strerror or type(error).__name__
            self._fail(f"The recording ended ({words}): free some disk space or choose another folder")
        except Exception:  # noqa: BLE001 - the thread's edge: the recording has failed, and the show goes on
            _log.exception("recording of %s", self._feed)
            self._fail("The recording ended by a fault in this program; it is written to the log")
        else:
            if self._path.exists():
                self._state, self._reason = "ended", self._early
            else:
                self._fail(f"The recording {self._path} was removed while it was written: look for it in the bin")
        finally:
            self._queue.shut()

    def _record_to(self, file: RecordingFile) -> None:
        """Write the file, and close it whatever happens. Raises OSError or what libavformat fails with."""
        self._path, self._file = file.path, file
        synced = threading.Event()
        syncer = threading.Thread(
            target=self._keep_synced, args=(file, synced), name=f"sync:{self._feed}", daemon=True
        )
        syncer.start()
        try:
            self._write(file)
            file.sync()
        finally:
            synced.set()
            self._to_sync.set()
            syncer.join()
            file.close()

    def _write(self, file: RecordingFile) -> None:
        """Write until the end, or until the disk refuses. What is written of a fragment is all of it."""
        before = 0
        try:
            while file.failure is None:
                self._more.clear()
                waiting = self._queue.take()
                if waiting is None:
                    if self._finishing.is_set():
                        break
                    self._more.wait()
                    continue
                if self._writer is None:
                    self._writer = Mp4Writer(file, self._stream, waiting.packet)
                self._writer.write(waiting.packet)
                if file.written != before:
                    before = file.written
                    self._to_sync.set()
                self._queue.taken()
        finally:
            if self._writer is not None:
                self._writer.close(self._chapters(self._writer))
        if file.failure is not None:
            raise file.failure

    def _chapters(self, writer: Mp4Writer) -> list[Chapter]:
        marks = [(mark.title, writer.file_time(mark.at_ns)) for mark in self._marks]
        return chapters_of(marks, writer.end_ns)

    def _keep_synced(self, file: RecordingFile, end: threading.Event) -> None:
        """Sync after each fragment; after several at once, where the disk takes longer than they do."""
        while True:
            self._to_sync.wait()
            self._to_sync.clear()
            if end.is_set():
                return
            try:
                file.sync()
            except OSError as error:
                file.failure = file.failure or error
                self._more.set()
                return

    def _fail(self, reason: str) -> None:
        self._reason = reason
        self._state = "failed"
        _log.warning("recording of %s: %s", self._feed, reason)
