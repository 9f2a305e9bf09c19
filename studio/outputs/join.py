"""Joins the parts of a recording without encoding anew: four hours take a disk a minute.

The gap between two parts stays in time, so that the time codes of the order log stay right: the last picture stands,
and silence is filled in, because players disagree about sound that is missing. The joined file takes the place of
the first part only when it is whole and on the disk; until then, and whenever anything fails, all parts stay.
"""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from studio.errors import StudioError
from studio.outputs.mp4 import (
    PictureTrack,
    RecordingFile,
    chapters_of,
    has_fragment_after,
    has_pictures,
    open_mp4,
    set_chapters,
)
from studio.outputs.part_book import Joined, Joining, Part, ShowMark, note, put_in_place

log = logging.getLogger(__name__)

_NS = Fraction(1, 10**9)
_VIDEO_BASE = Fraction(1, 90_000)
_AAC_FRAME = 1024


def join(parts: Sequence[Part], marks: Sequence[ShowMark], book: Path, spare_bytes: int = 0) -> Path:
    """Join a feed's parts, oldest first; the path, which is that of the first.

    `book` takes the notes by which `settle` goes on, should the computer stop in between. `spare_bytes` stay free.

    Raises:
        StudioError: they differ, or hold nothing, or one is broken, or the disk has no room for both.
        OSError: a file cannot be read or written.
        av.FFmpegError: a part cannot be understood.
    """
    first = Path(parts[0].path)
    # An engine may die in the first second of a part; the others keep their time all the same.
    shown = [one for one in parts if has_pictures(Path(one.path))]
    if not shown:
        raise StudioError(f"{first} and its other parts hold no picture", do="they stay as they are")
    size = sum(Path(one.path).stat().st_size for one in shown)
    if shutil.disk_usage(first.parent).free < size + spare_bytes:
        raise StudioError(f"The disk of {first} has no room to join its parts", do="they stay as they are")
    file = RecordingFile(first.with_name(f"{first.stem} joining{first.suffix}"))
    try:
        with file:
            note(book, Joining(str(file.path)))
            copied = _write(shown, marks, parts[0].at_ns, file)
            file.sync()
        _expect_whole(file.path, copied)
        others = tuple(one.path for one in parts[1:])
        done = Joined(str(file.path), file.path.stat().st_size, str(first), others)
        note(book, done)
    except BaseException:
        file.path.unlink(missing_ok=True)
        raise
    put_in_place(done)
    return first


def _write(parts: Sequence[Part], marks: Sequence[ShowMark], begin_ns: int, file: RecordingFile) -> int:
    """Copy all packets; how many pictures. `begin_ns`: the show's time at the file's beginning."""
    joiner = None
    try:
        for part in parts:
            with av.open(part.path, "r") as source:
                if joiner is None:
                    joiner = _Joiner(file, source)
                joiner.add(source, Path(part.path), part.at_ns - begin_ns)
    finally:
        if joiner is not None:
            joiner.close([(one.title, one.at_ns - begin_ns) for one in marks])
    if file.failure is not None:
        raise file.failure
    return joiner.pictures if joiner is not None else 0


class _Joiner:
    def __init__(self, file: RecordingFile, first: InputContainer) -> None:
        self._parameters = _parameters(first)
        audio = first.streams.audio[0]
        self._rate = audio.codec_context.sample_rate
        self._container = open_mp4(file)
        self._video: VideoStream = self._container.add_stream_from_template(
            first.streams.video[0], opaque=True, time_base=_VIDEO_BASE
        )
        self._audio: AudioStream = self._container.add_stream_from_template(
            audio, opaque=True, time_base=Fraction(1, self._rate), sample_rate=self._rate
        )
        self._pictures = PictureTrack(self._container)
        self._silence = _silence(self._rate, audio.codec_context.channels)
        self._heard = 0  # samples, up to where there is sound
        self._end_ns = 0
        self._decoded_ns = 0  # where the next picture may be decoded
        self.pictures = 0

    def add(self, source: InputContainer, path: Path, at_ns: int) -> None:
        """Append a part, from `at_ns` of the file on. Raises StudioError when it does not fit."""
        if _parameters(source) != self._parameters:
            raise StudioError(f"{path} was encoded in another way", do="the parts stay as they are")
        shift = None
        early = []
        for packet in _packets(source, path):
            if shift is None:
                early.append(packet)
                if packet.stream.type != "video":
                    continue
                dts_ns = int(packet.dts * packet.time_base / _NS)
                # Never back in time: a part whose beginning was noted too early follows the one before it.
                shift = max(at_ns, self._decoded_ns) - dts_ns
                for one in early:
                    self._copy(one, shift)
            else:
                self._copy(packet, shift)

    def close(self, marks: Sequence[tuple[str, int]]) -> None:
        set_chapters(self._container, chapters_of(marks, self._end_ns))
        self._pictures.close()
        self._container.close()

    def _copy(self, packet: Any, shift_ns: int) -> None:  # noqa: ANN401 - PyAV's types name neither kind of stream
        is_video = packet.stream.type == "video"
        stream = self._video if is_video else self._audio
        base = _VIDEO_BASE if is_video else Fraction(1, self._rate)
        shift = round(shift_ns * _NS / base)
        scale = packet.time_base / base
        out = av.Packet(bytes(packet))
        out.stream, out.time_base = stream, base
        out.dts = round(packet.dts * scale) + shift
        out.pts = round(packet.pts * scale) + shift
        out.duration = round((packet.duration or 0) * scale)
        out.is_keyframe = packet.is_keyframe
        if is_video:
            self.pictures += 1
            self._decoded_ns = int((out.dts + out.duration) * base / _NS) + 1
        else:
            if out.dts < self._heard - _AAC_FRAME // 2:
                return  # the parts overlap by a frame
            self._fill(out.dts)
            self._heard = out.dts + _AAC_FRAME
        self._end_ns = max(self._end_ns, int((out.pts + out.duration) * base / _NS))
        if is_video:
            self._pictures.mux(out)
        else:
            self._container.mux_one(out)

    def _fill(self, until: int) -> None:
        """Silence up to that sample."""
        while self._heard and self._heard + _AAC_FRAME <= until:
            out = av.Packet(self._silence)
            out.stream, out.time_base = self._audio, Fraction(1, self._rate)
            out.dts = out.pts = self._heard
            out.duration = _AAC_FRAME
            out.is_keyframe = True
            self._container.mux_one(out)
            self._heard += _AAC_FRAME


def _packets(source: InputContainer, path: Path) -> Iterator[Any]:
    """All that is whole: the last fragment of a recording that was cut off may not be.

    Raises:
        StudioError: it cannot be read to its end, though there is more.
        OSError: the disk does not give what is there.
    """
    reached, torn = 0, sys.maxsize  # bytes
    try:
        for packet in source.demux(source.streams.video[0], source.streams.audio[0]):
            at = packet.pos or 0
            reached = max(reached, at)
            if packet.is_corrupt:
                torn = min(torn, at)
            if packet.dts is not None and packet.pts is not None and not packet.is_corrupt:
                yield packet
    except av.FFmpegError as error:
        log.info("%s ends early: %s", path, error)
    # Not every break raises: what libavformat cannot make out it passes over, up to the end of the file.
    if has_fragment_after(path, min(reached, torn)):
        raise StudioError(
            f"{path} is broken at byte {min(reached, torn)}, and goes on after it", do="the parts stay as they are"
        )


def _parameters(source: InputContainer) -> tuple[object, ...]:
    video, audio = source.streams.video[0].codec_context, source.streams.audio[0].codec_context
    return (
        video.name,
        (video.width, video.height),
        bytes(video.extradata or b""),
        audio.name,
        (audio.sample_rate, audio.channels),
        bytes(audio.extradata or b""),
    )


def _silence(rate: int, channels: int) -> bytes:
    """An AAC frame of nothing, in the midst of nothing."""
    context = av.CodecContext.create("aac", "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate, context.format = rate, "fltp"
    context.layout = "stereo" if channels == 2 else "mono"
    context.time_base = Fraction(1, rate)
    context.open()
    packets = []
    for number in range(4):
        frame = AudioFrame.from_ndarray(
            np.zeros((channels, _AAC_FRAME), np.float32), format="fltp", layout=context.layout.name
        )
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), number * _AAC_FRAME
        packets += context.encode(frame)
    return bytes(packets[-1])


def _expect_whole(path: Path, pictures: int) -> None:
    with av.open(str(path), "r") as joined:
        found = joined.streams.video[0].frames
    if found != pictures:
        raise StudioError(f"The joined file has {found} of {pictures} pictures", do="the parts stay as they are")
