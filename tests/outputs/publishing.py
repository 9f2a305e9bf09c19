"""Destinations with short times, and the steps that every test of one takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from studio.media.clock import utc_now
from studio.media.packet import Packet
from studio.outputs.destination import Destination, Timing
from studio.outputs.retry import RetryTimes
from studio.outputs.rtmp import Deadlines
from tests.services.nginx_rtmp import NginxRtmp, StreamStat
from tests.services.waiting import wait_for

CANARY = "canary7f3a?sig=Zx81Qq&expire=1799"
QUICK = Timing(
    deadlines=Deadlines(tcp=2, tls=5, handshake=5, command=5, end=1),
    retry=RetryTimes(steps=(0.0, 0.02, 0.05), busy=(0.02,), probe=0.02, probe_timeout=1.0, knock=0.02),
    stall=0.2,
    watch=0.02,
    stall_probe=0.05,
    gone=0.1,
    goes_on=0.02,
)
Make = Callable[..., Destination]


def quick_but(**changes: Any) -> Timing:
    return replace(QUICK, **changes)


def live(destination: Destination) -> Destination:
    destination.start()
    assert destination.wait_for({"live"}, 10), destination.status()
    return destination


def offer(packets: list[Packet] | tuple[Packet, ...], *destinations: Destination) -> None:
    for packet in packets:
        for destination in destinations:
            destination.offer(packet)


def sent(destination: Destination, frames: int) -> None:
    wait_for(lambda: destination.status().frames == frames, what=f"{frames} frames")


def recorded(server: NginxRtmp) -> list[Path]:
    """What the server has recorded, once it has seen the end."""
    wait_for(lambda: not server.streams(), what="the server to see the end")
    return server.recordings("good")


def counted(server: NginxRtmp) -> StreamStat:
    """What the server counts, once it knows what it is."""
    wait_for(lambda: server.streams()["good"].video_codec, what="the server to know the stream")
    return server.streams()["good"]


def reasoned(destination: Destination) -> None:
    wait_for(lambda: destination.status().reason, what="a reason")


def another_second() -> None:
    """The server names its recordings by the second."""
    began = int(utc_now().timestamp())
    wait_for(lambda: int(utc_now().timestamp()) != began)
