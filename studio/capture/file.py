"""A clip as a source: paced by the clock at its own rate, its sound in step with its pictures."""

from __future__ import annotations

from pathlib import Path

from studio.capture.clip import Clip, ClipPicture
from studio.capture.planes import FrameReader
from studio.capture.source import READ_NS, STILL_NS, Opening, Shot
from studio.errors import StudioError
from studio.media.sound import SAMPLE_RATE

_LATE_NS = 1_000_000_000


class FileSource:
    """Decodes the next picture ahead and hands it over when it is due: that time is its stamp."""

    def __init__(self, opening: Opening) -> None:
        """Open the clip. Raises StudioError."""
        path = Path(opening.plan.source.path)
        self._clip = Clip(path, loop=opening.plan.source.loop, sound=opening.sound is not None)
        if opening.plan.pictures and not self._clip.has_pictures:
            raise StudioError(f"The clip {path.name} holds only sound", do="choose one with pictures")
        self._clock, self._stop, self._ring = opening.clock, opening.stop, opening.sound
        self._reader = FrameReader()
        self._picture = next(self._clip.pictures, None)
        self._sound = next(self._clip.sounds, None)
        self._last = self._picture
        self._origin_ns = self._shown_ns = self._clock.now_ns()

    @property
    def got(self) -> str:
        return self._clip.got

    def read(self) -> Shot | None:
        # Decoded before its time, but only now: what was due before is already on its way.
        self._picture = self._picture or next(self._clip.pictures, None)
        self._sound = self._sound or next(self._clip.sounds, None)
        now_ns = self._clock.now_ns()
        dues = [self._origin_ns + one.at_ns for one in (self._picture, self._sound) if one is not None]
        late_ns = now_ns - min(dues, default=now_ns)
        if late_ns > _LATE_NS:  # the computer slept, or cannot decode it in time: go on from here
            self._origin_ns += late_ns
        if self._clock.wait_until(min([now_ns + READ_NS, *dues]), self._stop):
            return None
        now_ns = self._clock.now_ns()
        self._play_sound(now_ns)
        return self._play(now_ns) or self._still(now_ns)

    def close(self) -> None:
        self._picture = self._sound = self._last = None

    def _play_sound(self, now_ns: int) -> None:
        if self._sound is None or self._ring is None or self._origin_ns + self._sound.at_ns > now_ns:
            return
        self._ring.write(self._sound.samples, SAMPLE_RATE, self._origin_ns + self._sound.at_ns)
        self._sound = None

    def _play(self, now_ns: int) -> Shot | None:
        picture = self._picture
        if picture is None or (due_ns := self._origin_ns + picture.at_ns) > now_ns:
            return None
        self._last, self._picture, self._shown_ns = picture, None, due_ns
        return self._shot(picture, due_ns)

    def _still(self, now_ns: int) -> Shot | None:
        """The last picture stays: between those of a slide show, and at the end of a clip that is not repeated."""
        if self._last is None or now_ns - self._shown_ns < STILL_NS:
            return None
        if self._picture is not None and self._origin_ns + self._picture.at_ns - now_ns < STILL_NS:
            return None  # just after this one, the next would come too soon for its feed's rate and be left out
        self._shown_ns = now_ns
        return self._shot(self._last, now_ns)

    def _shot(self, picture: ClipPicture, stamp_ns: int) -> Shot:
        return Shot(stamp_ns, lambda: self._reader.planes(picture.frame, picture.pixel_aspect))
