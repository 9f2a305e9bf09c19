"""The microphones of this computer, by PortAudio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.errors import StudioError

_NEEDED = "see `benchcast doctor` for the names of the microphones"


@dataclass(frozen=True, slots=True)
class Microphone:
    """A device that gives sound.

    Attributes:
        index: its place in `list_microphones`, the system's own choice first: what `device = 0` means.
        name: as the system calls it.
        rate: its own samples a second.
        channels: how many it has.
        port: PortAudio's number for it, good until the next `refresh`.
    """

    index: int
    name: str
    rate: int
    channels: int
    port: int


def portaudio() -> Any:  # noqa: ANN401 - sounddevice ships no types
    """The sounddevice module. Imported when needed: loading it starts PortAudio.

    Raises:
        StudioError: the PortAudio library is missing.
    """
    try:
        import sounddevice
    except OSError as error:
        raise StudioError(
            "Sound devices cannot be used: the PortAudio library is missing",
            do="install it (Debian and Ubuntu: apt install libportaudio2 libasound2-plugins)",
        ) from error
    return sounddevice


def refresh() -> None:
    """Look again which devices there are. PortAudio sees a replugged one only after it was started anew.

    Stops every stream of this process: only where none is open.

    Raises:
        StudioError: PortAudio does not start.
    """
    sd = portaudio()
    try:
        sd._terminate()  # noqa: SLF001 - sounddevice offers no public way
        sd._initialize()  # noqa: SLF001 - the same
    except sd.PortAudioError as error:
        raise StudioError(
            "Sound devices cannot be used: PortAudio does not start", do="restart the computer"
        ) from error


def list_microphones() -> list[Microphone]:
    """All devices that give sound, the system's default first. Raises StudioError as `portaudio` does."""
    sd = portaudio()
    return order_devices(sd.query_devices(), sd.query_hostapis(), sd.default.device[0])


def order_devices(
    devices: Sequence[Mapping[str, Any]], hosts: Sequence[Mapping[str, Any]], default: int
) -> list[Microphone]:
    """What PortAudio tells, as our list: inputs only, the default first.

    On Windows by WASAPI only: each device is there once for each of four interfaces, and MME cuts its name short.
    """
    inputs = [number for number, device in enumerate(devices) if device["max_input_channels"] > 0]
    wasapi = [number for number in inputs if hosts and hosts[devices[number]["hostapi"]]["name"] == "Windows WASAPI"]
    if wasapi:
        default = hosts[devices[wasapi[0]]["hostapi"]]["default_input_device"]
    ordered = sorted(wasapi or inputs, key=lambda number: (number != default, number))
    return [
        Microphone(
            index,
            str(devices[number]["name"]),
            round(devices[number]["default_samplerate"]) or 48_000,
            int(devices[number]["max_input_channels"]),
            number,
        )
        for index, number in enumerate(ordered)
    ]


def find_microphone(device: int | str, microphones: Sequence[Microphone]) -> Microphone:
    """By index, by exact name, or by part of a name (any case); an empty name is the system's default.

    Raises:
        StudioError: there is none.
    """
    if not microphones:
        raise StudioError("This computer has no microphone", do="plug one in; it is tried again by itself")
    if isinstance(device, int):
        if 0 <= device < len(microphones):
            return microphones[device]
        raise StudioError(
            f"There is no microphone number {device}: the last is number {len(microphones) - 1}", do=_NEEDED
        )
    wanted = device.casefold()
    exact = [one for one in microphones if one.name == device]
    part = [one for one in microphones if wanted in one.name.casefold()]
    if found := exact or part:
        return found[0]
    raise StudioError(f"There is no microphone called “{device}”", do=f"plug it in, or {_NEEDED}")
