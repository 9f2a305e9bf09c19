"""A recording's file: hybrid fragmented MP4, written by libavformat.

While it is written it is a fragmented MP4, which plays up to its last whole second whatever happens; closing it
appends one index over everything and makes it an ordinary, seekable MP4, without copying what is there.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from studio.media.packet import Packet, StreamFormat
from studio.outputs import flv
from studio.system.durable import sync_file, sync_folder

_VIDEO_BASE = Fraction(1, 90_000)
_MS = Fraction(1, 1000)
_OPTIONS = {
    # delay_moov: the head is written with the first fragment, when the tracks' true beginnings are known; without
    # it sound and picture of a stream with B-frames come out shifted against each other.
    "movflags": "hybrid_fragmented+delay_moov",
    "frag_duration": "1000000",  # a kill loses the last unfinished second
    "flush_packets": "1",
    "movie_timescale": "90000",  # a coarser one would round where sound begins against the picture
}


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of the file, in nanoseconds from its beginning."""

    title: str
    start_ns: int
    end_ns: int


class RecordingFile:
    """The file itself, as libavformat writes it. After a failed write it takes nothing more.

    So a full disk leaves the fragments that were written, and the closing, which then fails half-way, cannot turn
    them into an ordinary MP4 without an index.
    """

    def __init__(self, path: Path) -> None:
        """Make a new file; one that is there already is never touched, the new one is numbered instead.

        Raises:
            OSError: the folder cannot be made or written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self._file = _new_file(path)
        self.failure: OSError | None = None
        self.written = 0  # bytes
        self._is_named = False  # on the disk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, data: bytes) -> int:
        if self.failure is None:
            view = memoryview(data)
            self.written += len(view)
            try:
                while view:
                    view = view[self._file.write(view) or 0 :]
            except OSError as error:
                self.failure = error
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def sync(self) -> None:
        """Have the system put it on the disk, its name too; may take long. Raises OSError."""
        sync_file(self._file.fileno())
        if not self._is_named:
            sync_folder(self.path.parent)
            self._is_named = True

    def close(self) -> None:
        """Close it; after a failed write it is cut back to its last whole fragment first. Raises OSError."""
        try:
            if self.failure is not None:
                self._file.truncate(self._whole_fragments())
        finally:
            self._file.close()

    def _whole_fragments(self) -> int:
        """Where the last fragment ends that is all there."""
        # A head (moof) is nothing without the data after it.
        return max((end for kind, end in _boxes(self._file) if kind != b"moof"), default=0)


def has_pictures(path: Path) -> bool:
    """False: it was cut off before its first second was written, and nothing can be read from it. Raises OSError."""
    with path.open("rb") as file:
        return any(kind in {b"moov", b"moof"} for kind, _ in _boxes(file))


def has_fragment_after(path: Path, at: int) -> bool:
    """Whether a whole fragment begins behind this byte, be it broken before. Raises OSError.

    A fragment is a moof with the mdat that follows it (ISO/IEC 14496-12, section 8.8). It is looked for by name: a
    broken box does not tell where the next one begins.
    """
    with path.open("rb") as file:
        total = file.seek(0, os.SEEK_END)
        for name_at in _places(file, b"moof", max(at, 4)):
            file.seek(name_at - 4)
            data_at = name_at - 4 + int.from_bytes(file.read(4), "big")
            file.seek(data_at)
            head = file.read(8)
            if head[4:] == b"mdat" and data_at + int.from_bytes(head[:4], "big") <= total:
                return True
    return False


def _places(file: io.BufferedIOBase, name: bytes, at: int) -> Iterator[int]:
    """Where these bytes stand, from `at` on."""
    before = b""
    while file.seek(at) == at and (block := file.read(1 << 20)):
        data = before + block
        found = data.find(name)
        while found >= 0:
            yield at - len(before) + found
            found = data.find(name, found + 1)
        at += len(block)
        before = data[1 - len(name) :]


def _boxes(file: io.RawIOBase | io.BufferedIOBase) -> Iterator[tuple[bytes, int]]:
    """Kind and end of each whole box of the file (ISO/IEC 14496-12, section 4.2)."""
    total, at = file.seek(0, os.SEEK_END), 0
    while at + 8 <= total:
        file.seek(at)
        head = file.read(16) or b""
        size = int.from_bytes(head[:4], "big")
        if size == 1:  # the size follows, in 64 bits
            size = int.from_bytes(head[8:], "big")
        at += max(size, 8)
        if at <= total:
            yield head[4:8], at


def _new_file(path: Path) -> tuple[Path, io.FileIO]:
    number, attempt = 1, path
    while True:
        try:
            return attempt, io.FileIO(attempt, "x+")
        except FileExistsError:
            number += 1
            attempt = path.with_name(f"{path.stem}-{number}{path.suffix}")


def open_mp4(file: RecordingFile) -> OutputContainer:
    """A container to write into the file."""
    return av.open(cast("Any", file), "w", format="mp4", options=_OPTIONS)


def chapters_of(marks: Sequence[tuple[str, int]], end_ns: int) -> list[Chapter]:
    """The chapters of what was shown from when on, in the file's time; an empty title: nothing was."""
    chapters = []
    ends = [at_ns for _, at_ns in marks[1:]] + [end_ns]
    for (title, start_ns), until_ns in zip(marks, ends, strict=False):
        begin_ns, stop_ns = max(0, start_ns), min(until_ns, end_ns)
        if title and begin_ns < stop_ns:
            chapters.append(Chapter(title, begin_ns, stop_ns))
    return chapters


def set_chapters(container: OutputContainer, chapters: Sequence[Chapter]) -> None:
    """Have them written when the container is closed."""
    container.set_chapters(
        [
            {
                "id": number,
                "start": chapter.start_ns // 1_000_000,
                "end": chapter.end_ns // 1_000_000,
                "time_base": _MS,
                "metadata": {"title": chapter.title},
            }
            for number, chapter in enumerate(chapters, 1)
        ]
    )


class PictureTrack:
    """Writes pictures, each once the next is there, so that the last one can reach up to the end.

    libavformat takes for the end of the track that of the last fragment's pictures. Where a picture that is shown
    later was in the fragment before, the edit list would cut it off.
    """

    def __init__(self, container: OutputContainer) -> None:
        self._container = container
        self._held: av.Packet[Any] | None = None
        self._end = 0  # of what is shown, in the track's time base

    def mux(self, packet: av.Packet[Any]) -> None:
        """Take the next picture. Raises av.FFmpegError."""
        assert packet.pts is not None
        self._end = max(self._end, packet.pts + (packet.duration or 0))
        self._write()
        self._held = packet

    def close(self) -> None:
        """Write the last one; the container is closed by its owner. Raises av.FFmpegError."""
        if self._held is not None:
            assert self._held.pts is not None
            self._held.duration = self._end - self._held.pts
        self._write()

    def _write(self) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            self._container.mux_one(held)


class Mp4Writer:
    """Writes packets into a RecordingFile. Used by one thread; its methods raise av.FFmpegError."""

    def __init__(self, file: RecordingFile, stream: StreamFormat, first: Packet) -> None:
        """Begin with `first`, a key frame: the file's time 0 is when it is decoded."""
        self.base_ns = first.dts_ns
        self._container = open_mp4(file)
        with _sample(stream, first) as sample:
            self._video: VideoStream = self._container.add_stream_from_template(
                sample.streams.video[0], opaque=True, time_base=_VIDEO_BASE
            )
            self._audio: AudioStream = self._container.add_stream_from_template(
                sample.streams.audio[0],
                opaque=True,
                time_base=Fraction(1, stream.audio.sample_rate),
                sample_rate=stream.audio.sample_rate,
            )
            self._container.start_encoding()
        self._pictures = PictureTrack(self._container)
        self.end_ns = 0  # of what was written, in the file's time

    def write(self, packet: Packet) -> None:
        """Add a packet; sound from before the file's beginning is left out."""
        if packet.dts_ns < self.base_ns:
            return
        is_video = packet.kind == "video"
        stream = self._video if is_video else self._audio
        base = _VIDEO_BASE if is_video else cast("Fraction", self._audio.time_base)
        out = av.Packet(flv.length_prefixed(packet.data) if is_video else packet.data)
        out.stream = stream
        out.time_base = base
        out.dts = _ticks(packet.dts_ns - self.base_ns, base)
        out.pts = _ticks(packet.pts_ns - self.base_ns, base)
        out.duration = _ticks(packet.duration_ns, base)
        out.is_keyframe = packet.is_key
        if is_video:
            self._pictures.mux(out)
        else:
            self._container.mux_one(out)
        self.end_ns = max(self.end_ns, packet.pts_ns - self.base_ns + packet.duration_ns)

    def file_time(self, show_ns: int) -> int:
        """Show time as time in the file, not before its beginning."""
        return max(0, show_ns - self.base_ns)

    def close(self, chapters: Sequence[Chapter]) -> None:
        """Write the index and the chapters."""
        set_chapters(self._container, chapters)
        self._pictures.close()
        self._container.close()


def _ticks(ns: int, base: Fraction) -> int:
    return (ns * base.denominator + 500_000_000) // 1_000_000_000


def _sample(stream: StreamFormat, first: Packet) -> InputContainer:
    """A short FLV in memory, opened: from it libavformat learns what the packets are (size, profile, colours)."""
    data = b"FLV\x01\x05\0\0\0\x09\0\0\0\0"
    for kind, body in (
        (9, flv.video_header(stream.video.extradata)),
        (8, flv.audio_header(stream.audio.extradata)),
        (9, flv.packet_body(first, 0)),
    ):
        data += bytes([kind]) + len(body).to_bytes(3, "big") + bytes(7) + body + (len(body) + 11).to_bytes(4, "big")
    return av.open(io.BytesIO(data), "r", format="flv")
