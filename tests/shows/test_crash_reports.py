"""What is kept of a crash in a show: enough to find the fault, and nothing that is anybody's business."""

from __future__ import annotations

import signal
import sys
import zipfile
from pathlib import Path

import pytest

from studio.workspace.crashes import crash_files
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.waiting import wait_for
from tests.shows.studio import Studio, show_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="by signals")


def test_a_crash_is_kept_without_keys_and_buyers(studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp) -> None:
    live = studio.live(show_file(tmp_path, record=False), "--to", nginx_rtmp.url("canary-key"))
    pid = studio.on_air(30).pid
    studio.run("orders", "add", "--sku", "BAG-01", "--qty", "1", "--buyer", "Ana Canary")
    studio.run("clip", "--seconds", "1")
    studio.process("_engine").send_signal(signal.SIGSEGV)
    studio.process("_source").send_signal(signal.SIGABRT)
    studio.wait(lambda now: now.pid != pid and now.mode == "live", "another engine")
    reports = {path.name.split()[-2]: path for path in wait_for(lambda: _two(studio), 20, "a report of each")}
    engine, source = (reports[role].read_text(encoding="utf-8") for role in ("engine", "source"))
    assert f"process:  engine, number {pid}" in engine
    assert "ended:    by SIGSEGV (-11)" in engine
    assert "Fatal Python error: Segmentation fault" in engine
    assert "studio/engine/" in engine
    assert "on air" in engine.split("Its last log lines")[1]
    assert "process:  source bench" in source
    assert "Fatal Python error: Aborted" in source
    file = tmp_path / "report.zip"
    said = studio.run("doctor", "--report", str(file))
    assert f"crashes/{reports['engine'].name}" in said
    with zipfile.ZipFile(file) as bundle:
        assert "logs/engine.log" in bundle.namelist()
        everything = b"".join(bundle.read(name) for name in bundle.namelist())
    assert b"anary" not in everything
    assert "anary" not in engine + source
    studio.run("off")
    live.wait()


def _two(studio: Studio) -> list[Path] | None:
    found = crash_files(studio.workspace)
    return found if len(found) == 2 else None
