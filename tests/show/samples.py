"""A small show, to be changed by keyword."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from studio.show.model import Destination, Feed, Layer, Scene, Show, Source

SHOW = Show(
    title="Carved leather",
    language="en",
    currency="USD",
    sources=(Source(name="bench", kind="demo"), Source(name="mic", kind="microphone")),
    scenes=(
        Scene(name="Bench", layers=(Layer(source="bench"),)),
        Scene(name="Corner", layers=(Layer(source="bench", rect=(0.5, 0, 0.5, 0.5), fit="contain"),)),
    ),
    feeds=(Feed(name="wide", size=(640, 360), preset="superfast", video_kbps=800),),
    destinations=(
        Destination(name="youtube", feed="wide", url="rtmp://127.0.0.1/live"),
        Destination(name="Facebook", feed="wide", url="rtmp://127.0.0.1/live", on=False),
    ),
)


def a_show(**changes: Any) -> Show:
    return replace(SHOW, **changes)
