"""Looks at one part of this computer for `doctor`, in a process of its own: a driver may hang or crash."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import Callable

import msgspec

from studio.errors import StudioError
from studio.workspace.finding import Door, Finding

# Each script that feeds may be written in, and what a price and a handle may hold.
_SAMPLE = (
    "Aa0 $€£¥₩₽฿₫₱₹ −% × Ñç Äß ŁŐ ğİ Việt Жщ Ωλ 手工雕花 牛革 革のバッグ ハンド 가죽 กระเป๋า جلد حقيبة עור चमड़ा 😀👜❤️✂️"
)

_CONNECT_S = 4.0


def main(args: list[str]) -> int:
    """Make the probe that the first argument names; one finding a line on stdout."""
    for finding in _PROBES[args[0]]():
        sys.stdout.buffer.write(msgspec.json.encode(finding) + b"\n")
    sys.stdout.buffer.flush()
    return 0


def _cameras() -> list[Finding]:
    from studio.system import camera_permission, prepare_cameras

    prepare_cameras()
    from studio.capture.cameras import connected_cameras

    if camera_permission() == "denied":
        return [
            Finding(
                ok=False,
                detail="this system does not let Benchcast use cameras",
                do="allow it in System Settings, Privacy & Security, Camera",
            )
        ]
    names = list(dict.fromkeys(camera.name or f"camera {camera.index}" for camera in connected_cameras()))
    if not names:
        return [
            Finding(
                ok=False,
                detail="no camera is connected",
                do="plug one in, or use a phone as a network camera (a source with kind url)",
            )
        ]
    return [Finding(ok=True, detail=", ".join(names))]


def _microphones() -> list[Finding]:
    from studio.capture.sound_devices import list_microphones

    names = [microphone.name for microphone in list_microphones()]
    if not names:
        return [Finding(ok=False, detail="no microphone is connected", do="plug one in, or go live without one")]
    return [Finding(ok=True, detail=", ".join(names))]


def _encoders() -> list[Finding]:
    """Really encodes: a library that is there may still refuse our settings."""
    import av
    import numpy as np

    from studio.engine.aac import AacEncoder
    from studio.engine.video_encoder import Canvas, VideoEncoder
    from studio.show.model import Feed

    try:
        video = VideoEncoder(Feed(name="check", size=(640, 360)), "superfast")
        canvas = Canvas(640, 360)
        pictures = [packet for number in range(3) for packet in video.encode(canvas, number, 0)] + video.flush()
        audio = AacEncoder(128, 0)
        sound = audio.encode(np.zeros((4800, 2), np.float32), 0) + audio.flush()
    except av.FFmpegError as error:
        return [
            Finding(
                ok=False,
                detail=f"the encoders refuse to work ({error})",
                do="install Benchcast again: its FFmpeg libraries are damaged",
            )
        ]
    ok = len(pictures) == 3 and bool(sound)
    return [Finding(ok=ok, detail="H.264 by x264, AAC", do="" if ok else "install Benchcast again")]


def _fonts() -> list[Finding]:
    from studio.overlays.fonts import missing_glyphs, start_text

    app = start_text()
    missing = missing_glyphs(_SAMPLE)
    del app
    if missing:
        return [
            Finding(
                ok=False,
                detail=f"the cards cannot show {' '.join(sorted(missing))}",
                do="install Benchcast again: its fonts are incomplete",
            )
        ]
    return [Finding(ok=True, detail="all scripts of the cards")]


def _destinations() -> list[Finding]:
    doors = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Door])

    async def knock_at_all() -> list[Finding]:
        return list(await asyncio.gather(*(_knock(door) for door in doors)))

    return asyncio.run(knock_at_all())


async def _knock(door: Door) -> Finding:
    """Connect as a show would, certificate checked, and go again: no key is sent."""
    from studio.outputs.wire import TlsWire, connect_tcp

    where = f"{door.name}: {door.host}"
    try:
        async with asyncio.timeout(_CONNECT_S):
            sock = await connect_tcp(door.host, door.port)
            if not door.tls:
                sock.close()
                return Finding(ok=True, detail=f"{where} answers")
            wire = TlsWire(sock)
            try:
                await wire.secure(door.host)
            finally:
                wire.abort()
    except ssl.SSLError:
        return Finding(
            ok=False,
            detail=f"{where} shows a certificate that this computer does not trust",
            do="check the address and the computer's date; do not send a key there",
        )
    except OSError:  # a time-out is one too
        return Finding(
            ok=False, detail=f"{where} does not answer at port {door.port}", do="check the address and the network"
        )
    return Finding(ok=True, detail=f"{where} answers, its certificate is right")


def _in_words(probe: Callable[[], list[Finding]]) -> Callable[[], list[Finding]]:
    def run() -> list[Finding]:
        try:
            return probe()
        except StudioError as error:
            return [Finding(ok=False, detail=error.what, do=error.do)]

    return run


_PROBES = {
    "cameras": _in_words(_cameras),
    "microphones": _in_words(_microphones),
    "encoders": _in_words(_encoders),
    "fonts": _in_words(_fonts),
    "destinations": _in_words(_destinations),
}
