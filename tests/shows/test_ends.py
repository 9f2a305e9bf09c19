"""The end of a show, whatever its servers do: five seconds, and the recording plays."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services.nginx_rtmp import NginxRtmp
from tests.shows.studio import Studio, looked_at, show_file

PROMISED_MS = 5000


@pytest.fixture
def silent_server() -> Iterator[str]:
    """The address of a server that takes every connection, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"rtmp://127.0.0.1:{listener.getsockname()[1]}/live/key"


def _closed_ms(studio: Studio) -> int:
    """How long the engine needed to close everything, as it told its log."""
    (took,) = re.findall(r"off air, closed in (\d+) ms", (studio.workspace.logs / "engine.log").read_text())
    return int(took)


def test_two_dead_servers_at_once_hold_up_no_end(
    studio: Studio, tmp_path: Path, start_nginx_rtmp: Callable[..., NginxRtmp], silent_server: str
) -> None:
    stopped = start_nginx_rtmp()
    show = show_file(tmp_path)
    show.write_text(show.read_text().replace("800", "4000"))  # enough to fill the buffers between
    live = studio.live(show, "--to", stopped.url("key"), "--to", silent_server)
    first = studio.wait(lambda now: now.mode == "live", "the show on air").destinations[0].name
    studio.wait_destination(first, "live")
    stopped.pause()
    studio.wait_destination(first, "stalled")
    studio.run("off")
    assert live.wait() == 0
    stopped.resume()
    assert _closed_ms(studio) < PROMISED_MS
    assert [one.state for one in live.final.destinations] == ["stopped", "stopped"]
    (recording,) = live.final.recordings
    assert recording.state == "ended"
    assert looked_at(Path(recording.path)).frames == live.final.feeds[0].frames
