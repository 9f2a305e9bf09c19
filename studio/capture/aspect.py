"""How wide the pixels of a stream are, which may change while it runs."""

from __future__ import annotations

import av


class PixelAspect:
    """As in FFmpeg's own player, what the file's container says goes before what the pictures say.

    But it was said for the first of them: once they say something new, that holds.
    """

    def __init__(self, stream: av.VideoStream) -> None:
        """Asks the stream only now: a network stream's memory goes before its decoder's."""
        self._decoder = stream.codec_context
        self._first = self._decoder.sample_aspect_ratio
        self._said = stream.sample_aspect_ratio
        self._found = float(self._said or self._first or 1)

    def of(self, frame: av.VideoFrame) -> float:
        """A pixel's width as a share of its height. To be asked for every picture, in the decoder's order.

        The decoder knows of a change some pictures before it gives the first of the new ones, which is a key frame.
        """
        if frame.key_frame:
            now = self._decoder.sample_aspect_ratio
            self._found = float((self._said if now == self._first else now) or 1)
        return self._found
