"""Reads a network stream on a thread of its own, so that time-outs hold whatever a name server or library does."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from fractions import Fraction

import av

from studio.capture.aspect import PixelAspect
from studio.media.clock import Clock

OPEN_S, READ_S = 3.0, 1.0
_WAITING = 120  # packets; more means that decoding cannot keep up
_STANDS_ALONE = {"mjpeg", "png", "rawvideo"}
# Nothing is probed for longer than it must be. Not `fflags=nobuffer`: it throws away what was probed, and with it the
# first key frame, so that a stream is dark until the next one.
_OPTIONS = {
    "flags": "low_delay",
    "probesize": "500000",
    "analyzeduration": "500000",
}
_OVER_TCP = {"rtsp_flags": "prefer_tcp"}  # a phone's Wi-Fi loses datagrams


@dataclass(frozen=True, slots=True)
class Arrived:
    """A packet with the monotonic stamp of its arrival.

    `packet.stream` must not be asked: its memory goes when the reading thread closes the stream.
    """

    packet: av.Packet[av.stream.Stream]
    is_picture: bool
    stamp_ns: int


class NetStream:
    """The newest packets of a stream. Its own thread opens, reads and closes it.

    Pictures that stand alone (MJPEG): only the newest waits. Others: all wait, up to a limit; over it, they are
    dropped up to the next key frame. So the lag never grows. A thread that hangs in a library is left behind: it
    closes what it opened when it comes back.

    Attributes:
        heard_ns: when anything came last; at first, when opening began.
        opened: whether the stream was found, and the attributes below hold.
        failure: in words why it ended; empty: it did not.
        got: size, codec and rate.
        stands_alone: whether each picture can be decoded by itself.
        pictures: decodes the packets of pictures; outlives the stream, and belongs to who takes.
        sounds: likewise.
        aspect: how wide the pictures' pixels are; belongs to who takes, too.
    """

    def __init__(self, address: str, *, sound: bool, name: str, clock: Clock) -> None:
        self._address, self._sound, self._clock = address, sound, clock
        self._changed = threading.Condition()
        self._waiting: deque[Arrived] = deque()
        self._until_key = False
        self._left = threading.Event()
        self.heard_ns = clock.now_ns()
        self.opened = False
        self.failure = ""
        self.got = ""
        self.stands_alone = False
        self.pictures: av.VideoCodecContext | None = None
        self.sounds: av.AudioCodecContext | None = None
        self.aspect: PixelAspect | None = None
        threading.Thread(target=self._run, name=f"source:{name}:read", daemon=True).start()

    def take(self, timeout_s: float) -> list[Arrived]:
        """All that waits, oldest first; empty when nothing came in time or the stream has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self.failure, timeout_s)
            found = list(self._waiting)
            self._waiting.clear()
            return found

    def leave(self) -> None:
        """Nobody wants it any more; does not wait for the thread."""
        self._left.set()

    def _run(self) -> None:
        try:
            try:
                container = self._open(_OPTIONS | _OVER_TCP)
            except av.error.HTTPBadRequestError:  # from an RTSP server that sends datagrams only
                container = self._open(_OPTIONS)
            with container:
                self._read(container)
            self._fail("has ended")
        except av.error.ExitError:  # how FFmpeg says that our time-out came
            self._fail("does not answer")
        except (OSError, ValueError, av.FFmpegError) as error:
            self._fail(f"cannot be read ({getattr(error, 'strerror', None) or error})")

    def _open(self, options: dict[str, str]) -> av.container.InputContainer:
        return av.open(self._address, options=options, timeout=(OPEN_S, READ_S))

    def _read(self, container: av.container.InputContainer) -> None:
        videos, audios = container.streams.video[:1], container.streams.audio[:1] if self._sound else ()
        for video in videos:
            context = video.codec_context
            context.thread_type, context.thread_count = "SLICE", 2  # threads over frames would each add a delay
            self.pictures, self.stands_alone = context, context.name in _STANDS_ALONE
            self.aspect = PixelAspect(video)
            rate = f" {float(video.average_rate):.4g}" if video.average_rate else ""
            self.got = f"{context.width}x{context.height} {context.name.upper()}{rate}"
        for audio in audios:
            self.sounds = audio.codec_context
        # What was recorded comes as fast as the line gives it, and is passed on by its own time.
        recorded = bool(container.duration) or container.format.name in {"hls", "dash"}
        origin_ns: int | None = None
        self.opened = True
        for packet in container.demux(*videos, *audios):
            if recorded and packet.dts is not None:
                media_ns = int(packet.dts * (packet.time_base or Fraction(0)) * 10**9)
                origin_ns = self._clock.now_ns() - media_ns if origin_ns is None else origin_ns
                self._clock.wait_until(origin_ns + media_ns, self._left)
            if self._left.is_set():
                return
            if packet.size:
                self._put(Arrived(packet, packet.stream.type == "video", self._clock.now_ns()))

    def _put(self, arrived: Arrived) -> None:
        with self._changed:
            self.heard_ns = arrived.stamp_ns
            if arrived.is_picture and self.stands_alone:
                self._waiting = deque(one for one in self._waiting if not one.is_picture)
            elif len(self._waiting) >= _WAITING:
                self._waiting.clear()
                self._until_key = True
            if self._until_key and arrived.is_picture:
                self._until_key = not (arrived.packet.is_keyframe or self.stands_alone)
            if not (self._until_key and arrived.is_picture):
                self._waiting.append(arrived)
            self._changed.notify()

    def _fail(self, words: str) -> None:
        with self._changed:
            self.failure = words
            self._changed.notify()
