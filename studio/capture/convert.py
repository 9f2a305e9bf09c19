"""A source's picture into every size that the feeds asked for: I420, BT.709 limited range, in the ring's slots."""

from __future__ import annotations

from collections.abc import Sequence

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from studio.capture.colour import ColourMapper
from studio.capture.fit import Placing, place
from studio.capture.planes import Planes
from studio.media.picture import Picture, Plane, Rect, Size
from studio.show.plan import PictureRequest

_TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}


class Converter:
    """Colours are mapped once, at the source's own size; then each request takes its crop and scale of that.

    A request for exactly the source's picture is written by the mapping itself, with no further copy.
    """

    def __init__(self, requests: Sequence[PictureRequest]) -> None:
        self._requests = tuple(requests)
        self._scalers = [_Scaler() for _ in requests]
        self._colours = ColourMapper()
        self._whole: Picture | None = None

    def convert(self, planes: Planes, slots: Sequence[Picture]) -> list[Rect]:
        """Fill a slot for each request; where in each of them there is something."""
        aspect = planes.pixel_aspect
        size = planes.size
        if planes.rotation in {90, 270}:
            size, aspect = Size(size.height, size.width), 1 / aspect
        placings = [place(size, aspect, request) for request in self._requests]
        whole = self._mapped(planes, placings, slots)
        for placing, scaler, slot in zip(placings, self._scalers, slots, strict=True):
            if slot is not whole:
                scaler.scale(whole.part(placing.crop), slot.part(placing.content))
        return [placing.content for placing in placings]

    def _mapped(self, planes: Planes, placings: Sequence[Placing], slots: Sequence[Picture]) -> Picture:
        if planes.rotation:
            upright = self._upright(planes)
            planes = Planes(upright.y, upright.u, upright.v, planes.colour)
        as_asked = (
            slot
            for placing, slot in zip(placings, slots, strict=True)
            if placing.crop[2:] == placing.content[2:] == slot.size == planes.size
        )
        whole = next(as_asked, None) or self._own(planes.size)
        self._colours.map(planes.y, planes.u, planes.v, planes.colour, whole)
        return whole

    def _own(self, size: Size) -> Picture:
        if self._whole is None or self._whole.size != size:
            self._whole = Picture.black(size)
        return self._whole

    def _upright(self, planes: Planes) -> Picture:
        """Turned as its file says, in 4:2:0, still in its own colours."""
        half = (planes.size.width // 2, planes.size.height // 2)
        chroma = [cv2.resize(one, half, interpolation=cv2.INTER_AREA) for one in (planes.u, planes.v)]
        y, u, v = (np.asarray(cv2.rotate(one, _TURNS[planes.rotation]), np.uint8) for one in (planes.y, *chroma))
        return Picture(y, u, v)


class _Scaler:
    """swscale, one plane at a time: its filters widen when shrinking (cv2's do not), and a plane may be a crop."""

    def __init__(self) -> None:
        self._luma, self._chroma = VideoReformatter(), VideoReformatter()

    def scale(self, part: Picture, into: Picture) -> None:
        if part.size == into.size:
            into.paste(part)
            return
        _resize(self._luma, part.y, into.y)
        _resize(self._chroma, part.u, into.u)
        _resize(self._chroma, part.v, into.v)


def _resize(reformatter: VideoReformatter, plane: Plane, into: Plane) -> None:
    height, width = into.shape
    frame = av.VideoFrame.from_numpy_buffer(plane, "gray")
    found = reformatter.reformat(frame, width, height, interpolation=Interpolation.BICUBIC, threads=1).planes[0]
    np.copyto(into, np.frombuffer(memoryview(found), np.uint8).reshape(-1, found.line_size)[:height, :width])
