"""A real RTMP receiver for the demo, and the check of what was received: libavformat's listener, decoded whole.

In a process of its own, because libavformat holds the interpreter while it waits for a publisher.
"""

from __future__ import annotations

import itertools
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import cv2
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame


@dataclass(frozen=True, slots=True)
class Checked:
    """What a stream or file was found to be, decoded from the first packet to the last."""

    frames: int
    seconds: float
    width: int
    height: int
    kbps: int
    sound_seconds: float
    key_frames: int
    longest_key_distance: float  # seconds
    rising: bool  # every stream's time stamps
    errors: int


def check(path: Path, picture: Path | None = None) -> Checked:
    """Decode a file whole; a picture from two thirds of it goes to `picture`. Raises av.FFmpegError."""
    rising, errors, sound = True, 0, 0.0
    stamps: dict[str, float] = {}
    times: list[float] = []
    keys: list[float] = []
    size = (0, 0)
    with av.open(str(path)) as container:
        for packet in container.demux():
            try:
                frames = packet.decode()
            except av.FFmpegError:
                errors += 1
                continue
            for frame in frames:
                if not isinstance(frame, (VideoFrame, AudioFrame)):
                    continue
                at = frame.time
                kind = type(frame).__name__
                if at is None or at <= stamps.get(kind, -1.0):
                    rising = False
                stamps[kind] = at or 0.0
                if isinstance(frame, VideoFrame):
                    times.append(at or 0.0)
                    size = (frame.width, frame.height)
                    if frame.key_frame:
                        keys.append(at or 0.0)
                else:
                    sound += frame.samples / frame.sample_rate
    if picture is not None and times:
        _save_picture(path, times[len(times) * 2 // 3], picture)
    seconds = times[-1] - times[0] + (times[-1] - times[0]) / max(1, len(times) - 1) if len(times) > 1 else 0.0
    return Checked(
        frames=len(times),
        seconds=round(seconds, 3),
        width=size[0],
        height=size[1],
        kbps=round(path.stat().st_size * 8 / 1000 / seconds) if seconds else 0,
        sound_seconds=round(sound, 3),
        key_frames=len(keys),
        longest_key_distance=round(max((b - a for a, b in itertools.pairwise(keys)), default=0.0), 3),
        rising=rising,
        errors=errors,
    )


def receive(url: str, path: Path) -> None:
    """Listen at an rtmp:// address for one publisher, and keep what it sends until it ends, as FLV."""
    with av.open(url, options={"listen": "1"}) as source, av.open(str(path), "w", format="flv") as kept:
        streams = {stream.index: kept.add_stream_from_template(stream) for stream in source.streams}
        try:
            for packet in source.demux():
                if packet.dts is not None and packet.stream.index in streams:
                    packet.stream = streams[packet.stream.index]
                    kept.mux(packet)
        except av.error.OSError:
            pass  # how libavformat's listener says that the publisher has hung up


def _save_picture(path: Path, at: float, picture: Path) -> None:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if (frame.time or 0.0) >= at:
                rgb = frame.reformat(format="bgr24", src_colorspace="itu709", src_color_range="MPEG").to_ndarray()
                cv2.imwrite(str(picture), rgb, [cv2.IMWRITE_JPEG_QUALITY, 90])
                return


def main(args: list[str]) -> int:
    """`receive URL FILE` or `check FILE [PICTURE]`; the result as one JSON line."""
    av.logging.set_level(None)
    if args[0] == "receive":
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        try:
            receive(args[1], Path(args[2]))
        except av.FFmpegError as error:
            sys.stderr.write(f"the receiver ended: {type(error).__name__}\n")
            return 1
        return 0
    try:
        found = check(Path(args[1]), Path(args[2]) if len(args) > 2 else None)
    except (av.FFmpegError, OSError) as error:
        sys.stderr.write(f"{args[1]} cannot be decoded: {type(error).__name__}\n")
        return 1
    sys.stdout.write(json.dumps(asdict(found)) + "\n")
    return 0
