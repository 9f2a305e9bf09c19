"""A camera's exposure, white balance and focus: read, and set again as they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import cv2

SETTABLE = {"V4L2"}  # back-ends whose numbers come back as they were given; of others that is not known


class Dials(Protocol):
    """The part of `cv2.VideoCapture` that is used here. V4L2 answers -1 for what a camera does not have."""

    def get(self, prop: int, /) -> float: ...
    def set(self, prop: int, value: float, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Setting:
    """One thing that a camera sets by itself or has set for it.

    Attributes:
        auto: cv2's property of the switch.
        value: cv2's property of the value, which holds while the switch is in one of `by_hand`.
        by_hand: V4L2's menu V4L2_CID_EXPOSURE_AUTO has 1 (manual) and 2 (shutter priority); the others are yes or no.
    """

    auto: int
    value: int
    by_hand: frozenset[float]


_SETTINGS = {
    "exposure": _Setting(cv2.CAP_PROP_AUTO_EXPOSURE, cv2.CAP_PROP_EXPOSURE, frozenset({1, 2})),
    "white balance": _Setting(cv2.CAP_PROP_AUTO_WB, cv2.CAP_PROP_WB_TEMPERATURE, frozenset({0})),
    "focus": _Setting(cv2.CAP_PROP_AUTOFOCUS, cv2.CAP_PROP_FOCUS, frozenset({0})),
}


def _auto(name: str) -> str:
    return f"{name} auto"


def read_settings(dials: Dials) -> dict[str, float]:
    """The switches, and the values of what is set by hand; what the camera does not have is left out.

    A value that the camera finds by itself is not read: it changes with the light.
    """
    found: dict[str, float] = {}
    for name, setting in _SETTINGS.items():
        auto = dials.get(setting.auto)
        if auto >= 0:
            found[_auto(name)] = auto
        if auto not in setting.by_hand and auto >= 0:
            continue
        value = dials.get(setting.value)
        if value >= 0:
            found[name] = value
    return found


def restore_settings(dials: Dials, wanted: Mapping[str, float]) -> tuple[str, ...]:
    """Set what differs, each switch before its value, and read it back; the names of what did not take."""
    refused = []
    for name, setting in _SETTINGS.items():
        auto = wanted.get(_auto(name))
        done = auto is None or _turn(dials, setting.auto, auto)
        if name in wanted and (auto is None or auto in setting.by_hand):
            done = _turn(dials, setting.value, wanted[name]) and done
        if not done:
            refused.append(name)
    return tuple(refused)


def changed(before: Mapping[str, float], now: Mapping[str, float]) -> dict[str, float]:
    """What somebody has set differently since."""
    return {name: value for name, value in now.items() if before.get(name) != value}


def _turn(dials: Dials, prop: int, value: float) -> bool:
    if dials.get(prop) == value:
        return True
    dials.set(prop, value)
    return dials.get(prop) == value
