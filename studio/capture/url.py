"""A camera in the network as a source: HTTP MJPEG (a phone), RTSP, or whatever else FFmpeg reads."""

from __future__ import annotations

from urllib.parse import urlsplit

import av

from studio.capture.netstream import OPEN_S, READ_S, Arrived, NetStream
from studio.capture.planes import FrameReader, Planes
from studio.capture.source import READ_NS, DamagedPicture, Opening, Shot
from studio.capture.stamped_sound import StampedSound
from studio.errors import StudioError

_FIRST_PICTURE_NS = 12_000_000_000  # a stream that does not stand alone begins with its next key frame


class UrlSource:
    """Stamps are times of arrival. Decodes on the calling thread what its reading thread left."""

    def __init__(self, opening: Opening) -> None:
        """Begin to open; whether it works shows in `read`."""
        source, self._clock = opening.plan.source, opening.clock
        self._shown = shown_address(source.path)
        self._wants_pictures = bool(opening.plan.pictures)
        self._sound = StampedSound(opening.sound) if opening.sound is not None else None
        self._began_ns = opening.clock.now_ns()
        self._seen = False
        self._reader = FrameReader()
        self._stream = NetStream(source.path, sound=opening.sound is not None, name=source.name, clock=opening.clock)

    @property
    def got(self) -> str:
        return self._stream.got

    def read(self) -> Shot | None:
        arrived = self._stream.take(READ_NS / 1e9)
        if not arrived:
            self._check()
        newest: Shot | None = None
        for one in arrived:
            if one.is_picture:
                newest = self._picture(one) or newest
            elif self._sound is not None and self._stream.sounds is not None:
                self._sound.take(self._stream.sounds, one.packet, one.stamp_ns)
        self._seen = self._seen or newest is not None
        if self._wants_pictures and not self._seen and self._clock.now_ns() - self._began_ns > _FIRST_PICTURE_NS:
            raise self._lost("sends nothing that can be shown")
        return newest

    def close(self) -> None:
        self._stream.leave()

    def _picture(self, arrived: Arrived) -> Shot | None:
        if self._stream.stands_alone:
            return Shot(arrived.stamp_ns, lambda: self._decoded(arrived))
        frames = self._frames(arrived)
        return Shot(arrived.stamp_ns, lambda: self._reader.planes(*frames[-1])) if frames else None

    def _decoded(self, arrived: Arrived) -> Planes:
        frames = self._frames(arrived)
        if not frames:
            raise DamagedPicture("no whole picture")
        return self._reader.planes(*frames[-1])

    def _frames(self, arrived: Arrived) -> list[tuple[av.VideoFrame, float]]:
        """What the packet makes the decoder give, with the shape of its pixels."""
        decoder, aspect = self._stream.pictures, self._stream.aspect
        assert decoder is not None
        assert aspect is not None
        try:
            return [(frame, aspect.of(frame)) for frame in decoder.decode(arrived.packet)]
        except av.error.InvalidDataError:
            return []

    def _check(self) -> None:
        stream = self._stream
        silent_s = (self._clock.now_ns() - stream.heard_ns) / 1e9
        if stream.failure:
            raise self._lost(stream.failure)
        if not stream.opened and silent_s > OPEN_S:
            raise self._lost("does not answer")
        if stream.opened and silent_s > READ_S:
            raise self._lost("sends nothing any more")

    def _lost(self, words: str) -> StudioError:
        return StudioError(f"{self._shown} {words}", do="check that the camera is on, and its address")


def shown_address(address: str) -> str:
    """An address without what may be secret in it: name, password and query."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
