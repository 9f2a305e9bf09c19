"""H.264 by x264: pictures in, packets out that every destination shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.stream import VideoStream

from studio.media.packet import Packet, VideoFormat
from studio.media.picture import Picture, Plane
from studio.show.model import Feed

KEY_SECONDS = 2

# H.264 table A-1: (level, macroblocks a second, macroblocks a frame); High profile allows 1.25 × these kb/s.
_LEVELS = (
    ("3.0", 40_500, 1_620, 10_000),
    ("3.1", 108_000, 3_600, 14_000),
    ("3.2", 216_000, 5_120, 20_000),
    ("4.0", 245_760, 8_192, 20_000),
    ("4.1", 245_760, 8_192, 50_000),
    ("4.2", 522_240, 8_704, 50_000),
    ("5.0", 589_824, 22_080, 135_000),
    ("5.1", 983_040, 36_864, 240_000),
    ("5.2", 2_073_600, 36_864, 240_000),
)


def level_for(width: int, height: int, fps: Fraction, kbps: int) -> str:
    """The lowest H.264 level (table A-1) that holds such a stream; fixed, so that a re-opened encoder agrees."""
    blocks = ((width + 15) // 16) * ((height + 15) // 16)
    for level, per_second, per_frame, most_kbps in _LEVELS:
        if blocks <= per_frame and blocks * fps <= per_second and kbps <= most_kbps * 1.25:
            return level
    return _LEVELS[-1][0]


# x264's rc-lookahead, in frames, by preset.
_LOOKAHEAD = {
    "veryfast": 10, "faster": 20, "fast": 30, "medium": 40, "slow": 50, "slower": 60, "veryslow": 60, "placebo": 60
}  # fmt: skip
_REORDERED = 6  # frames: two B-frames and the one after, for encoder and its look-ahead thread each


class Canvas:
    """A frame that is drawn on in place and handed to the encoder without a copy."""

    def __init__(self, width: int, height: int) -> None:
        self.frame = av.VideoFrame(width, height, "yuv420p")
        planes: list[Plane] = []
        for plane, (w, h) in zip(
            self.frame.planes, ((width, height), (width // 2, height // 2), (width // 2, height // 2)), strict=True
        ):
            rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)  # type: ignore[call-overload]  # a Plane is a buffer
            planes.append(cast("Plane", rows[:h, :w]))
        self.picture = Picture(*planes)


class VideoEncoder:
    """One x264 encoder. Used by one thread.

    Constant in every preset of the ladder and at every rate, so that SPS and PPS stay the same bytes and both may
    change at a key frame: level, one reference, CABAC, 8×8 transform, weighted prediction, number of B-frames.
    """

    def __init__(self, feed: Feed, preset: str, *, kbps: int | None = None, threads: int = 0) -> None:
        """Open it, at `kbps`; default: the feed's. Raises av.FFmpegError when x264 refuses the settings."""
        kbps = kbps or feed.video_kbps
        width, height = feed.size
        rate = feed.rate
        context = av.CodecContext.create("libx264", "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height = width, height
        context.pix_fmt = "yuv420p"
        context.framerate = rate
        context.time_base = 1 / rate
        context.bit_rate = kbps * 1000
        # One for each processor, not x264's half as many more: each takes 14 MB at 1080p, and a frame's time.
        threads = threads or max(2, os.cpu_count() or 1)
        context.thread_count = threads
        # A frame for each thread keeps ticks short; all threads on one frame hold nothing back.
        context.thread_type = "SLICE" if feed.profile == "live" else "FRAME"
        context.color_range, context.colorspace = 1, 1  # MPEG range, BT.709 (H.273 §8)
        context.color_primaries, context.color_trc = 1, 1
        context.flags |= int(av.codec.context.Flags.global_header)
        keyint = round(KEY_SECONDS * rate)
        live = feed.profile == "live"
        params = {
            "keyint": keyint,
            "min-keyint": keyint,
            "scenecut": 0,
            "vbv-maxrate": kbps,
            "vbv-bufsize": kbps,  # one second
            "level": level_for(width, height, rate, feed.video_kbps),
            "ref": 1,
            "cabac": 1,
            "8x8dct": 1,
            "weightp": 0 if live else 1,
            "weightb": 0 if live else 1,
            "bframes": 0 if live else 2,
            "b-pyramid": "none",
            "open-gop": 0,
            "force-cfr": 1,
        }
        context.options = {
            "preset": preset,
            "profile": "high",
            "forced-idr": "1",
            "x264-params": ":".join(f"{key}={value}" for key, value in params.items()),
            **({"tune": "zerolatency"} if live else {}),
        }
        context.open()
        self._context = context
        self._tick_ns = Fraction(10**9) / rate
        self._born: dict[int, int] = {}
        self._reorders = not live
        self._keyint = keyint
        self._keyed = -keyint  # tick of the newest key frame
        self._first: int | None = None  # tick of the first frame, until its packet is out
        self._began = False
        self.preset, self.kbps = preset, kbps
        held = 0 if live else _LOOKAHEAD.get(preset, 0) + _REORDERED + threads
        self.delay_ns = int(held * self._tick_ns)  # a packet comes at most so long after its frame went in
        self.format = VideoFormat(width, height, rate, feed.video_kbps, bytes(context.extradata or b""))

    def encode(self, canvas: Canvas, number: int, born_ns: int, *, key: bool = False) -> list[Packet]:
        """Encode tick `number`; what is ready comes out. `key` forces a key frame (IDR) before its time."""
        frame = canvas.frame
        frame.pts = number
        frame.time_base = self._context.time_base
        if not self._began:
            self._began, self._first = True, number
        key = key or self.key_due(number)
        if key:
            self._keyed = number
        frame.pict_type = PictureType.I if key else PictureType.NONE
        self._born[number] = born_ns
        return [self._packet(packet) for packet in self._context.encode(frame)]

    def key_due(self, number: int) -> bool:
        """Whether tick `number` will be a key frame without being asked for."""
        # Counted in ticks, not in frames as x264 does: skipped ticks must not stretch the distance in time.
        return number - self._keyed >= self._keyint

    def flush(self) -> list[Packet]:
        """What the encoder still holds. Nothing can be encoded afterwards."""
        return list(self.drain())

    def drain(self) -> Iterator[Packet]:
        """The same, one by one as they are ready."""
        for packet in self._context.encode_lazy(None):
            yield self._packet(packet)

    def _packet(self, packet: av.Packet[VideoStream]) -> Packet:
        assert packet.pts is not None
        assert packet.dts is not None
        dts = packet.dts
        if self._first is not None:
            # x264 begins as far before the first picture as the second comes after it, which after skipped ticks is
            # before what an encoder before this one has given.
            dts, self._first = self._first - (1 if self._reorders else 0), None
        return Packet(
            kind="video",
            data=bytes(packet),
            pts_ns=int(packet.pts * self._tick_ns),
            dts_ns=int(dts * self._tick_ns),
            duration_ns=int(self._tick_ns),
            is_key=packet.is_keyframe,
            born_ns=self._born.pop(packet.pts, 0),
        )
