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
    source_worker = studio.process("_source")
    source_worker.send_signal(signal.SIGABRT)
    studio.wait(lambda now: now.pid != pid and now.mode == "live", "another engine")
    reports = [_report(studio, f"engine {pid}"), _report(studio, f"source {source_worker.pid}")]
    engine, source = (one.read_text(encoding="utf-8") for one in reports)
    assert f"process:  engine, number {pid}" in engine
    assert "ended:    by SIGSEGV (-11)" in engine
    assert "Fatal Python error: Segmentation fault" in engine
    assert "studio/engine/" in engine
    assert "on air" in engine.split("Its last log lines")[1]
    assert "process:  source bench" in source
    assert "Fatal Python error: Aborted" in source
    file = tmp_path / "report.zip"
    said = studio.run("doctor", "--report", str(file))
    assert f"crashes/{reports[0].name}" in said
    with zipfile.ZipFile(file) as bundle:
        assert "logs/engine.log" in bundle.namelist()
        everything = b"".join(bundle.read(name) for name in bundle.namelist())
    assert b"anary" not in everything
    assert "anary" not in engine + source
    studio.run("off")
    live.wait()


def test_an_engine_that_another_keeper_took_over_is_reported_too(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path, record=False))
    pid = studio.on_air(15).pid
    keeper = studio.process("_keeper")
    keeper.kill()
    wait_for(lambda: any(one.pid != keeper.pid for one in studio.processes("_keeper")), 30, "another keeper")
    studio.wait_frames(15)
    assert studio.status.pid == pid
    studio.process("_engine").send_signal(signal.SIGSEGV)
    studio.wait(lambda now: now.pid != pid and now.mode == "live", "another engine")
    report = _report(studio, f"engine {pid}").read_text(encoding="utf-8")
    assert f"process:  engine, number {pid}" in report
    assert "its exit status is not known" in report
    assert "Fatal Python error: Segmentation fault" in report
    studio.run("off")
    assert live.wait() == 0


def _report(studio: Studio, who: str) -> Path:
    """Its only one. A busy computer may make the keeper end others as well."""

    def found() -> list[Path]:
        return [one for one in crash_files(studio.workspace) if one.stem.endswith(f" {who}")]

    (path,) = wait_for(found, 40, f"a report of {who}")
    return path
