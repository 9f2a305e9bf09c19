"""A network that becomes thin on air: the rate follows it, down and up, and nobody is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from studio.outputs.receiver import check
from studio.show.status import Status
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.thin_link import ThinLink
from tests.shows.studio import Studio, looked_at, show_file


@pytest.fixture
def links(nginx_rtmp: NginxRtmp) -> Iterator[list[ThinLink]]:
    """Two ways to the same server."""
    with ExitStack() as stack:
        found = [ThinLink(nginx_rtmp.port) for _ in range(2)]
        for link in found:
            stack.callback(link.stop)
        yield found


def _rate(now: Status) -> int:
    return now.feeds[0].target_kbps


def test_the_rate_falls_with_the_network_and_climbs_again(
    studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp, links: list[ThinLink]
) -> None:
    link = links[0]
    live = studio.live(show_file(tmp_path), "--to", f"rtmp://127.0.0.1:{link.port}/live/key")
    studio.wait_destination("127.0.0.1", "live")
    studio.wait_frames(90)
    assert _rate(studio.status) == 800
    link.kbps = 500
    low = studio.wait(lambda now: _rate(now) < 400, "the rate to fall")
    assert any("network" in one for one in low.problems)
    studio.wait_frames(90)
    link.kbps = None
    full = studio.wait(lambda now: _rate(now) == 800, "the whole rate again", 60)
    assert full.problems == ()
    studio.wait_frames(90)
    studio.run("off")
    assert live.wait() == 0
    final = live.final.destinations[0]
    assert final.reconnects == 0
    assert {one.destinations[0].state for one in live.statuses[3:-1]} == {"live"}
    looked_at(Path(live.final.recordings[0].path))
    assert len(nginx_rtmp.recordings("key")) == 1
    received = check(nginx_rtmp.recordings("key")[0])
    assert received.errors == 0
    assert received.rising
    assert received.frames == final.frames


def test_one_thin_link_of_two_moves_nothing_and_is_told(
    studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp, links: list[ThinLink]
) -> None:
    to = [f"rtmp://127.0.0.1:{link.port}/live/{name}" for link, name in zip(links, ("one", "two"), strict=True)]
    live = studio.live(show_file(tmp_path, record=False), "--to", to[0], "--to", to[1])
    studio.wait(lambda now: [one.state for one in now.destinations] == ["live"] * 2, "both live")
    links[0].kbps = 300
    told = studio.wait(lambda now: bool(now.destinations[0].reason), "the remedy")
    assert "lower video_kbps" in told.destinations[0].reason
    assert told.destinations[1].reason == ""
    studio.wait(lambda now: now.destinations[0].dropped > 0, "pictures to be left out")
    assert _rate(studio.status) == 800
    studio.run("off")
    assert live.wait() == 0
    assert live.final.destinations[1].dropped == 0
    assert [one.reconnects for one in live.final.destinations] == [0, 0]
    received = check(nginx_rtmp.recordings("one")[0])
    assert received.errors == 0
    assert received.rising
