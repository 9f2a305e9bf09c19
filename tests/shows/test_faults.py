"""Parts of a show are killed, stalled and refused on air: what holds, what is said, what is lost."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from studio.media.clock import utc_now
from studio.outputs.receiver import check
from studio.show.status import DestinationStatus, Status
from studio.system.locks import is_held
from studio.system.processes import command
from tests.services.ffmpeg import MjpegCamera
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.waiting import wait_for
from tests.shows.studio import Studio, json_lines, looked_at, show_file


def _killed(process: psutil.Process) -> None:
    process.kill()
    wait_for(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, 10, "it to be dead")


def test_a_killed_engine_is_back_with_the_same_show(studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp) -> None:
    live = studio.live(show_file(tmp_path), "--to", nginx_rtmp.url("key"))
    studio.wait_destination("127.0.0.1", "live")
    studio.wait_frames(60)
    number = studio.run("orders", "add", "--sku", "BAG-01", "--qty", "1").split()[0]
    before = studio.status
    _killed(studio.process("_engine"))
    studio.wait(lambda now: now.pid != before.pid and now.mode == "live", "another engine on air")
    studio.wait_destination("127.0.0.1", "live")
    studio.wait_frames(60)
    after = studio.status
    assert after.show_id == before.show_id
    assert after.t > before.t, "the show's time goes on"
    assert after.feature == "BAG-01"
    studio.run("off")
    assert live.wait() == 0
    assert [line["number"] for line in json_lines(studio.run("orders", "list", "--json"))] == [int(number)]
    assert len(nginx_rtmp.recordings("key")) == 2
    for received in nginx_rtmp.recordings("key"):
        looked_at(received)
    lost, whole = Path(before.recordings[0].path), Path(after.recordings[0].path)
    assert lost != whole
    wait_for(lambda: not whole.exists(), 20, "the two parts to be joined")
    assert live.final.recordings[0].path == str(lost)
    joined = check(lost)
    assert (joined.errors, joined.rising) == (0, True)
    assert joined.seconds == pytest.approx(live.final.t, abs=1.0), "the gap is in it, so time codes stay right"


def test_a_killed_keeper_costs_no_frame(studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp) -> None:
    live = studio.live(show_file(tmp_path), "--to", nginx_rtmp.url("key"))
    studio.wait_destination("127.0.0.1", "live")
    studio.wait_frames(30)
    keeper, source = studio.process("_keeper"), studio.process("_source")
    _killed(keeper)
    wait_for(lambda: [one for one in studio.processes("_keeper") if one.pid != keeper.pid], 20, "another keeper")
    assert studio.process("_source").pid == source.pid, "the camera was not touched"
    studio.wait_frames(60)
    _killed(source)  # the new keeper has adopted it, and replaces it
    wait_for(lambda: [one for one in studio.processes("_source") if one.pid != source.pid], 20, "another source")
    studio.wait(lambda now: now.sources[0].state == "ok", "the source to be back")
    studio.run("off")
    assert live.wait() == 0
    _lost_nothing(live.final.destinations[0], nginx_rtmp)
    studio.wait_ended()


def test_a_killed_keeper_and_engine_are_brought_back_by_the_command(
    studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp
) -> None:
    live = studio.live(show_file(tmp_path, record=False), "--to", nginx_rtmp.url("key"))
    studio.wait_destination("127.0.0.1", "live")
    before = studio.status
    keeper, engine = studio.process("_keeper"), studio.process("_engine")
    for one in (keeper, engine):
        one.suspend()  # neither may notice that the other dies
    for one in (keeper, engine):
        _killed(one)
    after = studio.wait(lambda now: now.pid != before.pid and now.mode == "live", "another engine on air")
    assert after.show_id == before.show_id
    studio.wait_frames(30)
    # The key was only given for this show, and died with both who knew it: the command brings it once more.
    studio.wait_destination("127.0.0.1", "live")
    studio.run("off")
    assert live.wait() == 0


def test_a_killed_command_leaves_the_show_on_air(studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp) -> None:
    live = studio.live(show_file(tmp_path, record=False), "--to", nginx_rtmp.url("key"))
    studio.wait_destination("127.0.0.1", "live")
    live.signal(signal.SIGKILL)
    live.wait()
    studio.wait_frames(60)
    assert studio.destination("127.0.0.1").state == "live"
    studio.run("off")
    studio.wait_ended()
    assert studio.status.final
    _lost_nothing(studio.destination("127.0.0.1"), nginx_rtmp)


def test_a_killed_source_shows_the_slate_and_comes_back(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path))
    studio.on_air()
    source = studio.process("_source")
    _killed(source)
    wait_for(lambda: [one for one in studio.processes("_source") if one.pid != source.pid], 20, "another source")
    studio.wait(lambda now: now.sources[0].state == "ok" and now.sources[0].fps > 0, "the source to be back")
    studio.wait_frames(30)
    studio.run("off")
    assert live.wait() == 0
    looked_at(Path(live.final.recordings[0].path))


def test_a_hung_source_is_killed_and_replaced(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path, record=False))
    studio.on_air()
    source = studio.process("_source")
    source.suspend()
    studio.wait(lambda now: now.sources[0].state == "lost", "the hung source to be noticed")
    studio.wait(lambda now: now.sources[0].state == "ok", "the source to be back")
    assert not source.is_running() or source.status() == psutil.STATUS_ZOMBIE
    studio.run("off")
    assert live.wait() == 0


def test_a_network_camera_may_go_and_come(
    studio: Studio, tmp_path: Path, start_mjpeg_camera: Callable[..., MjpegCamera]
) -> None:
    camera = start_mjpeg_camera()
    live = studio.live(show_file(tmp_path, source=f'kind = "url"\npath = "{camera.url}"'))
    studio.on_air()
    studio.wait(lambda now: now.sources[0].state == "ok", "the camera's picture")
    camera.kill()
    lost = studio.wait(lambda now: now.sources[0].state in {"lost", "frozen"}, "the camera to be lost")
    assert lost.sources[0].reason
    camera.start()
    studio.wait(lambda now: now.sources[0].state == "ok", "the camera to be back")
    studio.wait_frames(30)
    studio.run("off")
    assert live.wait() == 0
    looked_at(Path(live.final.recordings[0].path))


def test_a_dead_server_is_reached_again_and_the_other_loses_nothing(
    studio: Studio, tmp_path: Path, start_nginx_rtmp: Callable[..., NginxRtmp]
) -> None:
    one, two = start_nginx_rtmp(record=True), start_nginx_rtmp(record=True)
    live = studio.live(show_file(tmp_path), "--to", one.url("one"), "--to", two.url("two"))
    first, second = studio.wait(_both_live, "both live").destinations
    one.kill()
    gone = studio.wait_destination(first.name, "reconnecting")
    assert gone.reason
    studio.wait_frames(60)
    one.start()
    studio.wait_destination(first.name, "live")
    studio.wait_frames(60)
    studio.run("off")
    assert live.wait() == 0
    back, steady = live.final.destinations
    assert back.reconnects == 1
    assert (steady.dropped, steady.reconnects) == (0, 0)
    assert looked_at(two.recordings("two")[0]).frames == steady.frames
    looked_at(one.recordings("one")[-1])
    assert second.name == steady.name


def test_a_stalled_server_is_kept_and_the_other_loses_nothing(
    studio: Studio, tmp_path: Path, start_nginx_rtmp: Callable[..., NginxRtmp]
) -> None:
    one, two = start_nginx_rtmp(), start_nginx_rtmp(record=True)
    show = show_file(tmp_path, record=False)
    show.write_text(show.read_text().replace("800", "4000"))  # enough to fill the buffers between
    live = studio.live(show, "--to", one.url("one"), "--to", two.url("two"))
    first = studio.wait(_both_live, "both live").destinations[0].name
    one.pause()
    stalled = studio.wait_destination(first, "stalled")
    assert stalled.reason
    one.resume()
    studio.wait_destination(first, "live")
    studio.run("off")
    assert live.wait() == 0
    slow, steady = live.final.destinations
    assert slow.reconnects == 0, "kept, never published twice"
    assert steady.dropped == 0
    assert looked_at(two.recordings("two")[0]).frames == steady.frames


class _Relay:
    """A TCP relay to a server, which can end one direction of its first connection."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._begin(self._accept)

    @property
    def connections(self) -> int:
        return len(self._sockets) // 2

    def half_close(self) -> None:
        """The server's side says that it will send nothing more; what is sent to it still arrives."""
        self._sockets[0].shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for one in (self._listener, *self._sockets):
            one.close()

    def _begin(self, work: Callable[..., None], *args: socket.socket) -> None:
        self._threads.append(threading.Thread(target=work, args=args, name="relay", daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._to))
            self._sockets += (client, server)
            self._begin(self._pass, client, server)
            self._begin(self._pass, server, client)

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)


@pytest.fixture
def start_relay() -> Iterator[Callable[[int], _Relay]]:
    with contextlib.ExitStack() as stack:

        def start(port: int) -> _Relay:
            relay = _Relay(port)
            stack.callback(relay.close)
            return relay

        yield start


def test_a_half_closed_connection_is_made_anew_and_the_other_loses_nothing(
    studio: Studio,
    tmp_path: Path,
    start_nginx_rtmp: Callable[..., NginxRtmp],
    start_relay: Callable[[int], _Relay],
) -> None:
    one, two = start_nginx_rtmp(record=True), start_nginx_rtmp(record=True)
    relay = start_relay(one.port)
    url = one.url("one").replace(str(one.port), str(relay.port))
    live = studio.live(show_file(tmp_path), "--to", url, "--to", two.url("two"))
    studio.wait(_both_live, "both live")
    studio.wait_frames(30)
    relay.half_close()

    def back(now: Status) -> bool:
        return _both_live(now) and now.destinations[0].reconnects == 1

    studio.wait(back, "the connection to be made anew")
    studio.wait_frames(60)
    studio.run("off")
    assert live.wait() == 0
    broken, _ = live.final.destinations
    assert broken.reconnects == 1
    _lost_nothing(live.final.destinations[1], two, "two")
    for received in one.recordings("one"):
        looked_at(received)
    looked_at(Path(live.final.recordings[0].path))


def test_a_refused_key_is_said_and_not_tried_again(studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp) -> None:
    live = studio.live(show_file(tmp_path), "--to", nginx_rtmp.url("good"), "--to", nginx_rtmp.url(NginxRtmp.bad_key))
    refused = studio.wait(lambda now: any(one.state == "refused" for one in now.destinations), "a refusal")
    place = next(one for one in refused.destinations if one.state == "refused")
    assert "key" in place.reason
    assert NginxRtmp.bad_key not in place.reason
    studio.wait_frames(60)
    assert studio.destination(place.name).reconnects == 0
    studio.run("off")
    assert live.wait() == 3
    assert looked_at(nginx_rtmp.recordings("good")[0]).frames > 30


def test_a_destination_goes_off_and_on(studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp) -> None:
    live = studio.live(show_file(tmp_path, record=False), "--to", nginx_rtmp.url("key"))
    studio.wait_destination("127.0.0.1", "live")
    studio.run("destination", "127.0.0.1", "off")
    studio.wait_destination("127.0.0.1", "off")
    wait_for(lambda: "key" not in nginx_rtmp.streams() or not nginx_rtmp.streams()["key"].publishing, 15, "the end")
    (first,) = nginx_rtmp.recordings("key")
    named_s = int(
        first.stem.rpartition("-")[2]
    )  # the server names recordings by the second, and would go on with one
    wait_for(lambda: utc_now().timestamp() >= named_s + 1, 15, "the next second")
    studio.run("destination", "127.0.0.1", "on")
    studio.wait_destination("127.0.0.1", "live")
    studio.wait_frames(30)
    studio.run("off")
    assert live.wait() == 0
    assert len(nginx_rtmp.recordings("key")) == 2


def test_a_killed_window_costs_no_frame(studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp) -> None:
    live = studio.live(show_file(tmp_path), "--to", nginx_rtmp.url("key"))
    studio.wait_destination("127.0.0.1", "live")
    window = subprocess.Popen(command("_window"), env={**studio.env, "QT_QPA_PLATFORM": "offscreen"})
    try:
        lock = studio.workspace.lock("window")
        wait_for(lambda: is_held(lock), 30, "the window")
        studio.wait_frames(30)
    finally:
        window.kill()
        window.wait()
    studio.wait_frames(60)
    studio.run("off")
    assert live.wait() == 0
    _lost_nothing(live.final.destinations[0], nginx_rtmp)
    looked_at(Path(live.final.recordings[0].path))


def test_orders_are_taken_by_several_commands_at_once(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path, record=False))
    studio.on_air()
    outcomes: list[int] = []

    def order() -> None:
        done = subprocess.run(
            command("orders", "add", "--sku", "BELT-01", "--qty", "1"),
            env=studio.env,
            capture_output=True,
            check=False,
        )
        outcomes.append(done.returncode)

    buyers = [threading.Thread(target=order, name=f"buyer:{number}") for number in range(4)]
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()
    assert sorted(outcomes) == [0, 0, 2, 2], "there were two"
    lines = json_lines(studio.run("orders", "list", "--json"))
    assert len({line["number"] for line in lines}) == 2
    assert all(isinstance(line["video_s"], float) and line["video_s"] > 0 for line in lines)
    studio.run("off")
    assert live.wait() == 0


def _lost_nothing(place: DestinationStatus, server: NginxRtmp, key: str = "key") -> None:
    """The server received, on one connection, every picture that was sent, and none was left out."""
    assert (place.dropped, place.reconnects) == (0, 0)
    (received,) = server.recordings(key)
    assert looked_at(received).frames == place.frames


def _both_live(now: Status) -> bool:
    return [one.state for one in now.destinations] == ["live", "live"]
