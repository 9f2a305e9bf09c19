"""`benchcast doctor` names each part of the computer, and says what to do about what is not ok."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import replace

from studio.cli import doctor as module
from studio.cli.doctor import doctor
from studio.show.model import Destination, Feed, KeyFrom, Layer, Scene, Show, Source
from studio.show.wanted_store import WantedStore
from studio.system import spawn_detached
from studio.system.secret import Secret
from studio.workspace.keys import set_key
from studio.workspace.paths import Workspace
from tests.services.desktop import PulseAudio, SecretService
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.tls import TlsFront

Finding = dict[str, object]


def _findings(capsys: pytest.CaptureFixture[str]) -> dict[str, list[Finding]]:
    assert doctor(as_json=True) == 0
    found: dict[str, list[Finding]] = {}
    for line in capsys.readouterr().out.splitlines():
        finding = json.loads(line)
        assert set(finding) == {"check", "ok", "detail", "do"}
        found.setdefault(finding["check"], []).append(finding)
    return found


def _checked(workspace: Workspace, check: str) -> list[Finding]:
    """What one check finds: the others would start processes that load drivers."""
    return [msgspec.structs.asdict(finding) for finding in module._in_words(module._checks(workspace)[check])]


def _show_with(workspace: Workspace, name: str, url: str, key_from: KeyFrom, key_env: str = "") -> None:
    show = Show(
        title="t",
        language="en",
        currency="USD",
        sources=(Source(name="s", kind="demo"),),
        scenes=(Scene(name="Bench", layers=(Layer(source="s"),)),),
        feeds=(Feed(name="wide"),),
        destinations=(Destination(name=name, feed="wide", url=url, key_from=key_from, key_env=key_env),),
    )
    store = WantedStore(workspace.wanted_db)
    store.change(lambda wanted: replace(wanted, show=show))
    store.close()


def test_each_part_is_ok_or_says_what_to_do(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    found = _findings(capsys)
    assert list(found) == [
        *("cameras", "microphones", "encoders", "fonts", "keyring", "awake", "disk", "database", "destinations"),
    ]
    for findings in found.values():
        for finding in findings:
            assert finding["detail"]
            assert finding["ok"] or finding["do"]
    for name in ("encoders", "fonts", "disk", "database"):
        assert found[name][0]["ok"], found[name]
    assert not found["keyring"][0]["ok"]


def test_a_person_reads_a_line_for_each_part(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    doctor(as_json=False)
    said = capsys.readouterr().out
    assert "ok    encoders      H.264 by x264, AAC\n" in said
    assert "look  keyring       this computer has no keyring" in said
    assert "→ use GNOME Keyring" in said


@pytest.mark.long
def test_the_command_itself_loads_no_camera_or_codec_library() -> None:
    code = "import sys, studio.cli.doctor; sys.exit('cv2' in sys.modules or 'av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0


@pytest.mark.parametrize(
    ("code", "words"),
    [("import time; time.sleep(60)", "a driver hangs"), ("import os; os.abort()", "library is broken")],
)
def test_a_driver_that_hangs_or_crashes_is_named_and_the_rest_goes_on(
    workspace: Workspace,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    words: str,
) -> None:
    def start(_role: str, _name: str, *, stdin: int, stdout: int) -> subprocess.Popen[bytes]:
        return spawn_detached([sys.executable, "-c", code], stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL)

    monkeypatch.setattr(module, "launch", start)
    monkeypatch.setattr(module, "_PROBE_S", 1.0 if "sleep" in code else 20.0)
    found = _findings(capsys)
    assert words in str(found["cameras"][0]["detail"])
    assert found["database"][0]["ok"]


def test_a_disk_with_room_for_less_than_a_day_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BYTES_AN_HOUR", 10**18)
    (disk,) = _checked(workspace, "disk")
    assert not disk["ok"]
    assert "room for 0 hours" in str(disk["detail"])


def test_a_database_that_is_none_is_told(workspace: Workspace) -> None:
    workspace.shop_db.write_bytes(b"noise" * 1000)
    (database,) = _checked(workspace, "database")
    assert not database["ok"]
    assert database["do"]


def test_a_variable_that_holds_no_key_and_a_server_that_is_away_are_told(workspace: Workspace) -> None:
    _show_with(workspace, "shop", "rtmp://127.0.0.1:1/live", "env", "NO_SUCH_KEY")
    away, key = _checked(workspace, "destinations")
    assert "does not answer at port 1" in str(away["detail"])
    assert "NO_SUCH_KEY is not set" in str(key["detail"])
    assert not away["ok"]
    assert not key["ok"]


def test_a_microphone_is_named(
    workspace: Workspace, pulse_audio: PulseAudio, capsys: pytest.CaptureFixture[str]
) -> None:
    microphones = _findings(capsys)["microphones"][0]
    assert microphones["ok"]
    assert "pulse" in str(microphones["detail"])


def test_a_destination_needs_its_key_in_the_keyring(
    workspace: Workspace, nginx_rtmp: NginxRtmp, secret_service: SecretService, capsys: pytest.CaptureFixture[str]
) -> None:
    _show_with(workspace, "shop", nginx_rtmp.app_url, "keyring")
    answers, key = _findings(capsys)["destinations"]
    assert answers["ok"]
    assert "benchcast key set shop" in str(key["do"])
    set_key(workspace.id, "shop", Secret("canary-key"))
    found = _findings(capsys)
    assert [finding["ok"] for finding in found["destinations"]] == [True]
    assert found["keyring"][0]["ok"]
    assert "canary-key" not in json.dumps(found)
    assert nginx_rtmp.streams() == {}


def test_a_certificate_is_checked_before_a_show(
    workspace: Workspace,
    nginx_rtmp: NginxRtmp,
    start_tls_front: Callable[..., TlsFront],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    front = start_tls_front(nginx_rtmp.port)
    _show_with(workspace, "shop", f"rtmps://localhost:{front.port}/live", "none")
    stranger = _findings(capsys)["destinations"][0]
    assert not stranger["ok"]
    assert "does not trust" in str(stranger["detail"])
    monkeypatch.setenv("SSL_CERT_FILE", str(front.ca_file))
    assert _findings(capsys)["destinations"][0]["ok"]
