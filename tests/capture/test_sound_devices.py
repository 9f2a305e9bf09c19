from __future__ import annotations

from typing import Any

import pytest

from studio.capture.sound_devices import Microphone, find_microphone, order_devices
from studio.errors import StudioError


def device(name: str, hostapi: int = 0, inputs: int = 1) -> dict[str, Any]:
    return {"name": name, "hostapi": hostapi, "max_input_channels": inputs, "default_samplerate": 44100.0}


LINUX = [device("HDMI", inputs=0), device("USB mic"), device("pulse", inputs=32), device("default", inputs=32)]


def test_the_systems_own_choice_is_number_0_and_outputs_are_left_out() -> None:
    microphones = order_devices(LINUX, [{"name": "ALSA"}], 3)
    assert [(one.index, one.name, one.port) for one in microphones] == [
        (0, "default", 3),
        (1, "USB mic", 1),
        (2, "pulse", 2),
    ]
    assert microphones[0] == Microphone(0, "default", 44_100, 32, 3)


def test_windows_shows_each_device_once() -> None:
    hosts = [{"name": "MME", "default_input_device": 0}, {"name": "Windows WASAPI", "default_input_device": 3}]
    devices = [
        device("Microphone (USB Audio Devi"),
        device("Line"),
        device("Line", 1),
        device("Microphone (USB Audio Device)", 1),
    ]
    microphones = order_devices(devices, hosts, 0)
    assert [(one.name, one.port) for one in microphones] == [("Microphone (USB Audio Device)", 3), ("Line", 2)]


@pytest.mark.parametrize(
    ("wanted", "found"), [(0, "default"), (1, "USB mic"), ("pulse", "pulse"), ("usb", "USB mic"), ("", "default")]
)
def test_a_microphone_is_found_by_number_name_or_part(wanted: int | str, found: str) -> None:
    assert find_microphone(wanted, order_devices(LINUX, [{"name": "ALSA"}], 3)).name == found


def test_an_exact_name_goes_before_a_part() -> None:
    microphones = order_devices([device("pulse 2"), device("pulse")], [{"name": "ALSA"}], -1)
    assert find_microphone("pulse", microphones).port == 1


@pytest.mark.parametrize(("wanted", "words"), [(7, "number 7"), (-1, "number -1"), ("Røde", "called “Røde”")])
def test_a_missing_microphone_is_named(wanted: int | str, words: str) -> None:
    with pytest.raises(StudioError, match=words) as caught:
        find_microphone(wanted, order_devices(LINUX, [{"name": "ALSA"}], 3))
    assert caught.value.do


def test_a_computer_without_any_says_so() -> None:
    with pytest.raises(StudioError, match="no microphone"):
        find_microphone(0, [])
