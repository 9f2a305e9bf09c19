"""The peer: the ffmpeg command line at the same work, with its CPU time read as each report of its frames comes."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from studio.bench import procfs
from studio.bench.ground import Ground
from studio.bench.programs import Program
from studio.bench.shows import LOGS
from studio.bench.stills import Still
from studio.errors import StudioError

# What studio.engine.video_encoder asks of x264 in the profile "quality" at 30 frames a second. Where both are
# recorded, both streams are asked how x264 was set (`differing_settings`).
_X264 = (
    "keyint=60:min-keyint=60:scenecut=0:vbv-maxrate=4500:vbv-bufsize=4500:level=4.0:ref=1:cabac=1:8x8dct=1:"
    "weightp=1:bframes=2:b-pyramid=none:open-gop=0:force-cfr=1:sliced-threads=0"
)
_START_S = 20.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Frames encoded and CPU seconds used, at one instant."""

    frames: int
    cpu_s: float
    at_ns: int


def peer_command(
    camera: str, stills: Sequence[Still], preset: str, urls: Sequence[str], recording: Path | None
) -> list[str]:
    """The command line for the whole show."""
    inputs = ["-f", "mpjpeg", "-r", "30", "-i", camera]
    inputs += ["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
    to_hd = "out_color_matrix=bt709:out_range=limited"
    chain = [f"[0:v]scale=in_color_matrix=bt601:in_range=full:{to_hd},format=yuv420p[v0]"]
    for number, still in enumerate(stills):
        inputs += ["-i", str(still.path)]  # read once: overlay goes on with the last picture
        chain.append(f"[{number + 2}:v]scale={to_hd},format=yuva420p[o{number}]")
        chain.append(f"[v{number}][o{number}]overlay={still.x}:{still.y}:format=yuv420[v{number + 1}]")
    video = ["-c:v", "libx264", "-preset", preset, "-profile:v", "high", "-b:v", "4500k"]
    video += ["-maxrate", "4500k", "-bufsize", "4500k", "-x264-params", _X264, "-r", "30"]
    video += ["-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    audio = ["-c:a", "aac", "-aac_coder", "fast", "-b:a", "128k", "-ar", "48000", "-ac", "2"]
    outputs = [f"[f=flv:flvflags=no_duration_filesize]{url}" for url in urls]
    if recording is not None:
        outputs.append(f"[f=mp4:movflags=frag_keyframe]{recording}")
    to = ["-f", "tee", "|".join(outputs)] if len(outputs) > 1 else ["-f", "flv", urls[0]]
    return [
        *("ffmpeg", "-hide_banner", "-nostdin", "-y", "-v", "error", "-nostats"),
        *("-progress", "pipe:1", "-stats_period", "0.25"),
        *inputs,
        *("-filter_complex", ";".join(chain), "-map", f"[v{len(stills)}]", "-map", "1:a"),
        *video,
        *audio,
        *("-flags", "+global_header"),
        *to,
    ]


class Peer:
    """ffmpeg while it publishes. Leaving the block ends it."""

    def __init__(self, ground: Ground, args: Sequence[str]) -> None:
        self._ground = ground
        self._program = Program(args, ground.place("peer") / "ffmpeg.log", stdout=subprocess.PIPE)
        self._newest: Sample | None = None
        self._reader = threading.Thread(target=self._read, name="peer:progress", daemon=True)
        self._reader.start()

    def sample(self) -> Sample:
        """The next report. Raises StudioError when none comes."""
        before = self._newest
        if not self._ground.wait_for(lambda: self._newest is not before or not self._program.running, _START_S):
            raise StudioError("ffmpeg encodes nothing", do=LOGS)
        if self._newest is None or not self._program.running:
            raise StudioError(f"ffmpeg ended by itself: {self._program.last_words}", do=LOGS)
        return self._newest

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.stop()
        self._reader.join(2)

    def _read(self) -> None:
        process = self._program.process
        assert process.stdout is not None
        for line in process.stdout:
            key, _, value = line.partition(b"=")
            if key == b"frame" and (frames := int(value)) > 0:
                try:
                    self._newest = Sample(frames, procfs.cpu_s(process.pid), self._ground.clock.now_ns())
                except OSError:
                    return
