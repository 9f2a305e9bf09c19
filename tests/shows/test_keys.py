"""A stream key is in no file, log, status, error, argument or environment, whatever happens to a show."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from tests.services.desktop import SecretService
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.waiting import wait_for
from tests.shows.studio import Studio, show_file

CANARIES = ("canary-argument-7d41c09e", "canary-keyring-52ba88f1", "canary-environ-90ce1b37")

DESTINATIONS = """
[[destinations]]
name = "ring"
url = "{url}"
key = "keyring"

[[destinations]]
name = "env"
url = "{url}"
key_env = "SHOP_STREAM_KEY"

[[destinations]]
name = "dead"
url = "rtmp://127.0.0.1:9/live"
key_env = "SHOP_STREAM_KEY"
"""


def _files_with(folder: Path, needle: bytes, *, without: tuple[Path, ...] = ()) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file() and not any(one in path.parents for one in without)]
    return [path for path in files if needle in path.read_bytes()]


def _processes_with(studio: Studio, needle: str) -> list[str]:
    found = []
    for one in studio.processes():
        try:
            if needle in " ".join(one.cmdline()) or any(needle in value for value in one.environ().values()):
                found.append(" ".join(one.cmdline()))
        except psutil.NoSuchProcess:
            continue
    return found


def test_no_key_can_be_found_anywhere(
    studio: Studio,
    tmp_path: Path,
    nginx_rtmp: NginxRtmp,
    secret_service: SecretService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    argument, ring, environ = CANARIES
    studio.env.update(secret_service.env)
    said = studio.run("key", "set", "ring", stdin=ring + "\n")
    studio.env["SHOP_STREAM_KEY"] = environ
    studio.env["BENCHCAST_LOG"] = "DEBUG"
    show = show_file(tmp_path, destinations=DESTINATIONS.format(url=nginx_rtmp.app_url))
    live = studio.live(show, "--to", nginx_rtmp.url(argument))
    for name in ("ring", "env", "127.0.0.1"):
        studio.wait_destination(name, "live")
    assert {argument, ring, environ} <= set(nginx_rtmp.streams())
    studio.wait_frames(30)

    # Everything dies that may die, and what is said on the way is kept.
    studio.process("_source").kill()
    keeper = studio.process("_keeper")
    keeper.kill()
    wait_for(lambda: [one for one in studio.processes("_keeper") if one.pid != keeper.pid], 20, "another keeper")
    engine = studio.process("_engine")
    engine.kill()
    studio.wait(lambda now: now.pid != engine.pid and now.mode == "live", "another engine")
    for name in ("ring", "env", "127.0.0.1"):
        studio.wait_destination(name, "live")
    nginx_rtmp.kill()
    studio.wait_destination("ring", "reconnecting")
    said += studio.run("status") + studio.run("status", "--json") + studio.run("destination", "ring", "retry")

    for canary in CANARIES:
        assert _processes_with(studio, canary) == []
    runtime = [
        *_files_with(studio.workspace.runtime, argument.encode()),
        *_files_with(studio.workspace.runtime, ring.encode()),
        *_files_with(studio.workspace.runtime, environ.encode()),
    ]
    assert runtime == []
    said += studio.run("off")
    assert live.wait() == 0
    printed = said + live.errors + "".join(str(status) for status in live.statuses)
    for canary in CANARIES:
        assert canary not in printed
        # Crash output and core files too: all but what the server and the keyring themselves keep.
        theirs = (nginx_rtmp.recordings_folder.parent, tmp_path / "keyring")
        assert _files_with(tmp_path, canary.encode(), without=theirs) == []
    studio.run("key", "forget", "ring")


def test_a_forgotten_key_is_said_before_anything_is_sent(
    studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp, secret_service: SecretService
) -> None:
    studio.env.update(secret_service.env)
    destinations = f'[[destinations]]\nname = "ring"\nurl = "{nginx_rtmp.app_url}"\n'
    live = studio.live(show_file(tmp_path, destinations=destinations))
    refused = studio.wait_destination("ring", "refused")
    assert "benchcast key set" in refused.reason
    assert nginx_rtmp.streams() == {}
    studio.run("key", "set", "ring", stdin="a-good-key\n")
    studio.run("destination", "ring", "retry")
    studio.wait_destination("ring", "live")
    studio.run("off")
    assert live.wait() == 0


def test_a_missing_variable_is_said_before_the_show(studio: Studio, tmp_path: Path) -> None:
    destinations = '[[destinations]]\nname = "env"\nurl = "rtmp://127.0.0.1/live"\nkey_env = "SHOP_STREAM_KEY"\n'
    assert "SHOP_STREAM_KEY" not in os.environ
    live = studio.live(show_file(tmp_path, destinations=destinations))
    assert live.wait() == 2
    assert "SHOP_STREAM_KEY" in live.errors
    assert not studio.processes()
