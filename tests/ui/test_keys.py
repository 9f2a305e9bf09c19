from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from studio.ui.keys import key_name

Key, No = Qt.Key, Qt.KeyboardModifier.NoModifier
PAD = Qt.KeyboardModifier.KeypadModifier


@pytest.mark.parametrize(
    ("key", "name"),
    [(Key.Key_1, "1"), (Key.Key_M, "M"), (Key.Key_Space, "Space"), (Key.Key_F8, "F8"), (Key.Key_End, "End")],
)
def test_a_key_is_named_as_its_cap(key: Qt.Key, name: str) -> None:
    assert key_name(key, 0, 0, No) == name


def test_the_number_pad_counts_as_the_digits() -> None:
    assert key_name(Key.Key_3, 81, 0, PAD) == "3"


def test_the_number_pad_means_digits_also_without_num_lock() -> None:
    assert key_name(Key.Key_End, 87, 0, PAD) == "1"
    assert key_name(Key.Key_PageUp, 81, 0, PAD) == "9"


@pytest.mark.parametrize(("system", "scan", "virtual"), [("linux", 10, 0), ("win32", 2, 0), ("darwin", 0, 18)])
def test_a_french_top_row_is_digits_by_its_place(system: str, scan: int, virtual: int) -> None:
    assert key_name(Key.Key_Ampersand, scan, virtual, No, system) == "1"


@pytest.mark.parametrize(("system", "scan", "virtual"), [("linux", 58, 0), ("win32", 50, 0), ("darwin", 0, 46)])
def test_a_cyrillic_letter_is_known_by_its_place(system: str, scan: int, virtual: int) -> None:
    cyrillic_soft_sign = 0x042C
    assert key_name(cyrillic_soft_sign, scan, virtual, No, system) == "M"


@pytest.mark.parametrize(("system", "scan", "virtual"), [("linux", 46, 0), ("win32", 38, 0), ("darwin", 0, 37)])
def test_so_is_the_key_to_leave_a_show(system: str, scan: int, virtual: int) -> None:
    cyrillic_de = 0x0414
    assert key_name(cyrillic_de, scan, virtual, No, system) == "L"


def test_every_digit_has_its_place_on_every_system() -> None:
    mac = (18, 19, 20, 21, 23, 22, 26, 28, 25)
    for digit in range(1, 10):
        other = Key.Key_AsciiTilde
        assert key_name(other, 9 + digit, 0, No, "linux") == str(digit)
        assert key_name(other, 1 + digit, 0, No, "win32") == str(digit)
        assert key_name(other, 0, mac[digit - 1], No, "darwin") == str(digit)


@pytest.mark.parametrize("held", [Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier])
def test_with_ctrl_or_alt_it_is_somebody_elses_key(held: Qt.KeyboardModifier) -> None:
    assert key_name(Key.Key_M, 58, 0, held) == ""


def test_other_keys_mean_nothing() -> None:
    assert key_name(Key.Key_Escape + 999, 0, 0, No) == ""
    assert key_name(Key.Key_Comma, 59, 0, No, "linux") == ""
