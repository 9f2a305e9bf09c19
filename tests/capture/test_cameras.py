from __future__ import annotations

from pathlib import Path

import pytest

from studio.capture.cameras import Camera, _stable_links, meant_cameras
from studio.capture.known_cameras import MeantCamera
from studio.errors import StudioError
from studio.system import CameraBackend

DSHOW, MSMF = CameraBackend("DSHOW", 700), CameraBackend("MSMF", 1400)
DESK = "usb#vid_046d&pid_0825#1"
CAMERAS = [
    Camera(0, "Integrated Webcam", "usb#vid_0c45&pid_6713#0", "0c45:6713", DSHOW),
    Camera(1, "Logitech C920", DESK, "046d:0825", DSHOW),
    Camera(0, "Logitech C920", DESK, "046d:0825", MSMF),
]


@pytest.mark.parametrize("device", [1, "1"])
def test_a_camera_is_meant_by_its_index(device: int | str) -> None:
    assert [one.name for one in meant_cameras(device, CAMERAS)] == ["Logitech C920"]


@pytest.mark.parametrize("device", ["Logitech C920", "logitech c920", DESK, "046d:0825", "c920"])
def test_a_camera_is_meant_by_its_name_or_id_for_each_back_end(device: str) -> None:
    assert [(one.index, one.backend.name) for one in meant_cameras(device, CAMERAS)] == [(1, "DSHOW"), (0, "MSMF")]


def test_a_link_that_stays_the_same_means_the_device_behind_it(tmp_path: Path) -> None:
    assert not CAMERAS[0].is_meant("/dev/v4l/by-id/usb-nothing")
    null = Camera(0, "x", "/dev/null", "", DSHOW)
    assert null.is_meant("/dev/../dev/null")


@pytest.mark.parametrize("device", [7, "7"])
def test_an_index_that_does_not_exist_is_said_with_those_that_do(device: int | str) -> None:
    with pytest.raises(StudioError) as raised:
        meant_cameras(device, CAMERAS)
    words = str(raised.value)
    assert words.startswith("No camera 7 is connected; connected are: 0 (Integrated Webcam), 1 (Logitech C920)")


def test_a_name_that_does_not_exist_is_said_too() -> None:
    with pytest.raises(StudioError, match="No camera called “Brio” is connected; connected are: 0"):
        meant_cameras("Brio", CAMERAS)
    with pytest.raises(StudioError, match="No camera is connected: plug one in"):
        meant_cameras("Brio", [])


BUILT_IN, LOGITECH = CAMERAS[0].id, DESK


@pytest.mark.parametrize("device", [0, "logitech c920"])
def test_the_one_it_was_before_is_looked_for_first(device: int | str) -> None:
    before = MeantCamera(device, LOGITECH, "Logitech C920", (BUILT_IN,))
    assert {one.id for one in meant_cameras(device, CAMERAS, before)} == {LOGITECH}


def test_one_that_was_there_beside_it_is_never_taken_for_it() -> None:
    before = MeantCamera(0, LOGITECH, "Logitech C920", (BUILT_IN,))
    with pytest.raises(StudioError, match="Logitech C920, which this show has as “0”, is not connected"):
        meant_cameras(0, CAMERAS[:1], before)


def test_one_that_is_new_may_have_replaced_it() -> None:
    before = MeantCamera(0, LOGITECH, "Logitech C920", (BUILT_IN,))
    new = Camera(0, "Brio", "usb-brio", "", DSHOW)
    assert meant_cameras(0, [new, CAMERAS[0]], before) == [new]


def test_the_link_by_serial_number_goes_before_that_by_socket(tmp_path: Path) -> None:
    device, by_id, by_path = tmp_path / "video0", tmp_path / "by-id", tmp_path / "by-path"
    device.touch()
    for folder, name in ((by_id, "usb-046d_C920_1234-video-index0"), (by_path, "pci-usb-0:1:1.0-video-index0")):
        folder.mkdir()
        (folder / name).symlink_to(device)
    links = _stable_links([by_id, by_path])
    assert links == {str(device.resolve()): str(by_id / "usb-046d_C920_1234-video-index0")}
    assert _stable_links([tmp_path / "nothing"]) == {}
    seen = Camera(0, "C920", links[str(device.resolve())], "", DSHOW)
    assert not seen.is_meant(str(tmp_path / "video1"))
