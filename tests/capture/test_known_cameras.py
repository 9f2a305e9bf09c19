from __future__ import annotations

from pathlib import Path

from studio.capture.known_cameras import CameraMemory, MeantCamera

MEANT = MeantCamera(0, "usb-bench", "Bench camera", ("usb-room",))


def test_what_a_source_had_is_known_to_the_next_process(tmp_path: Path) -> None:
    CameraMemory(tmp_path / "cameras").remember("bench", MEANT)
    memory = CameraMemory(tmp_path / "cameras")
    assert memory.meant("bench", 0) == MEANT
    assert memory.meant("bench", 1) is None, "now another one is wanted"
    assert memory.meant("hands", 0) is None


def test_settings_are_kept_for_each_camera(tmp_path: Path) -> None:
    memory = CameraMemory(tmp_path)
    memory.keep_settings("usb-bench", {"focus": 35.0})
    assert memory.settings("usb-bench") == {"focus": 35.0}
    assert memory.settings("usb-room") == {}
    assert not list(tmp_path.glob("*.new"))


def test_what_cannot_be_read_or_written_was_never_known(tmp_path: Path) -> None:
    memory = CameraMemory(tmp_path)
    memory.remember("bench", MEANT)
    for damage in (b"\x00noise", b'{"id": "\x80"}', b'{"x": ' + b"[" * 2000):
        next(tmp_path.iterdir()).write_bytes(damage)
        assert memory.meant("bench", 0) is None
    (tmp_path / "file").touch()
    for nowhere in (CameraMemory(tmp_path / "file"), CameraMemory(None)):
        nowhere.remember("bench", MEANT)
        nowhere.keep_settings("usb-bench", {"focus": 35.0})
        assert nowhere.meant("bench", 0) is None
        assert nowhere.settings("usb-bench") == {}
