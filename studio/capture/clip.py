"""A clip's pictures and sound in the order of their time, again and again, on one time line without a jump."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.format import Flags

from studio.capture.aspect import PixelAspect
from studio.capture.timeline import Timeline
from studio.errors import StudioError
from studio.media.sound import CHANNELS, SAMPLE_RATE, Samples

_GAP_NS = 15_000_000  # between sound and its time stamps; less is rounding, or a joint nobody hears or sees

_MILLISECOND = Fraction(1, 1000)  # the unit of time stamps where a format says none
_FRAME_NS = 40_000_000  # how long a picture is shown whose clip does not say


@dataclass(frozen=True, slots=True)
class ClipPicture:
    """A decoded picture; `at_ns`: when it is due, counted from the beginning of the first round."""

    at_ns: int
    frame: av.VideoFrame
    pixel_aspect: float


@dataclass(frozen=True, slots=True)
class ClipSound:
    """Stereo at `SAMPLE_RATE`; `at_ns` as for pictures."""

    at_ns: int
    samples: Samples


class Clip:
    """Two lanes, pictures and sound, which go through the rounds of the clip independently of each other.

    Raises StudioError, when opened and in every round, if the clip cannot be used (any more).
    """

    def __init__(self, path: Path, *, loop: bool, sound: bool) -> None:
        self._path, self._loop, self._sound = path, loop, sound
        first = _Round(path, sound=sound)
        self.got = first.got
        self.has_pictures = first.has_pictures
        self.pictures = self._picture_lane(first) if first.has_pictures else iter(())
        self.sounds = self._sound_lane(first) if first.has_sound else iter(())

    def _picture_lane(self, first: _Round) -> Iterator[ClipPicture]:
        last_ns = -1
        for one, offset_ns in self._rounds(first):
            for found in one.pictures():
                if (at_ns := offset_ns + found.at_ns) > last_ns:  # where clips were joined, a few may overlap
                    yield ClipPicture(at_ns, found.frame, found.pixel_aspect)
                    last_ns = at_ns

    def _sound_lane(self, first: _Round) -> Iterator[ClipSound]:
        for one, offset_ns in self._rounds(first):
            for found in one.sounds():
                yield ClipSound(offset_ns + found.at_ns, found.samples)

    def _rounds(self, one: _Round) -> Iterator[tuple[_Round, int]]:
        offset_ns = 0
        while True:
            yield one, offset_ns
            if not self._loop:
                return
            # Whoever is first in the next round opens it for both; when both have left one, it is closed.
            offset_ns += one.length_ns
            one.then = one.then or _Round(self._path, sound=self._sound)
            one = one.then


class _Round:
    """The clip once. Packets wait for their lane; at most one picture and one piece of sound are decoded."""

    def __init__(self, path: Path, *, sound: bool) -> None:
        self.then: _Round | None = None
        self._path = path
        try:
            self._container = av.open(str(path))
        except (OSError, av.FFmpegError) as error:
            raise StudioError(
                f"The clip {path.name} cannot be opened ({error.strerror})", do="check its path, or choose another"
            ) from error
        self._video = next(iter(self._container.streams.video), None)
        self._audio = next(iter(self._container.streams.audio), None) if sound else None
        streams = [one for one in (self._video, self._audio) if one is not None]
        if not streams:
            raise StudioError(f"The clip {path.name} holds no pictures", do="choose another")
        if self._video is not None:
            intra = self._video.codec_context.name == "mjpeg"  # nothing to share out, and threads only delay it
            self._video.codec_context.thread_count = 1 if intra else 2
            self._video.thread_type = "AUTO"
        self._shown_ns = 0  # the end of the last picture: the only measure where packets have no time stamps
        self._start_ns = (self._container.start_time or 0) * 1000
        # Formats made for broadcasting say so: there a leap is a joint or a loss, not a pause.
        self._line = Timeline(self._start_ns, closes_gaps=Flags.ts_discont in Flags(self._container.format.flags))
        self._waiting: dict[int, deque[av.Packet[av.stream.Stream]]] = {one.index: deque() for one in streams}
        self._unread: Iterator[av.Packet[av.stream.Stream]] | None = self._container.demux(streams)

    @property
    def has_pictures(self) -> bool:
        return self._video is not None

    @property
    def has_sound(self) -> bool:
        return self._audio is not None

    @property
    def got(self) -> str:
        if self._video is None:
            return "sound only"
        context, rate = self._video.codec_context, self._video.average_rate
        return f"{context.width}x{context.height} {context.name.upper()}" + (f" {float(rate):.4g}" if rate else "")

    @property
    def length_ns(self) -> int:
        """From the first to the end of the last; known as soon as either lane is through."""
        return max(self._line.end_ns - self._start_ns or self._shown_ns, _FRAME_NS)

    def pictures(self) -> Iterator[ClipPicture]:
        if self._video is None:
            return
        aspect = PixelAspect(self._video)
        for frame in self._decoded(self._video):
            assert isinstance(frame, av.VideoFrame)
            at_ns = _ns(frame.pts, frame.time_base) - self._start_ns if frame.pts is not None else self._shown_ns
            self._shown_ns = at_ns + (_ns(frame.duration, frame.time_base) if frame.duration else _FRAME_NS)
            yield ClipPicture(at_ns, frame, aspect.of(frame))

    def sounds(self) -> Iterator[ClipSound]:
        if self._audio is None:
            return
        resampler = av.AudioResampler(format="flt", layout="stereo", rate=SAMPLE_RATE)
        at_ns = 0
        for frame in self._decoded(self._audio):
            assert isinstance(frame, av.AudioFrame)
            said_ns = _ns(frame.pts, frame.time_base) - self._start_ns if frame.pts is not None else at_ns
            if abs(said_ns - at_ns) > _GAP_NS:
                at_ns = said_ns
            for part in resampler.resample(frame):
                samples = part.to_ndarray().reshape(-1, CHANNELS).astype(np.float32, copy=False)
                yield ClipSound(at_ns, samples)
                at_ns += len(samples) * 10**9 // SAMPLE_RATE

    def _decoded(self, stream: av.VideoStream | av.AudioStream) -> Iterator[object]:
        while (packet := self._next(stream)) is not None:
            try:
                yield from packet.decode()
            except av.error.InvalidDataError:
                continue  # a damaged place; the clip goes on behind it
            if not packet.size:
                return

    def _next(self, stream: av.stream.Stream) -> av.Packet[av.stream.Stream] | None:
        """The stream's next packet; the last one is empty and makes the decoder give what it kept."""
        waiting = self._waiting[stream.index]
        while not waiting and self._unread is not None:
            try:
                packet = next(self._unread)
            except StopIteration:
                self._unread = None
            except (OSError, av.FFmpegError) as error:
                raise StudioError(f"The clip {self._path.name} cannot be read ({error.strerror})", do="") from error
            else:
                self._place(packet)
                self._waiting[packet.stream.index].append(packet)
        return waiting.popleft() if waiting else None

    def _place(self, packet: av.Packet[av.stream.Stream]) -> None:
        base = packet.time_base
        decoded = packet.dts if packet.dts is not None else packet.pts
        shown = packet.pts if packet.pts is not None else packet.dts
        if decoded is None or shown is None:
            return
        lasts_ns = _ns(packet.duration, base) if packet.duration else 0
        shift_ns = self._line.shift(packet.stream.index, _ns(decoded, base), _ns(shown, base), lasts_ns)
        if shift_ns:
            ticks = round(shift_ns / 10**9 / (base or _MILLISECOND))
            packet.dts = decoded + ticks
            packet.pts = None if packet.pts is None else shown + ticks


def _ns(ticks: int, base: Fraction | None) -> int:
    return int(ticks * (base or _MILLISECOND) * 10**9)
