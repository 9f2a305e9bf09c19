"""Which action a key press means, whatever the keyboard's layout. Pure."""

from __future__ import annotations

from PySide6.QtCore import Qt

from studio.system import NAME

# Physical places of the digits 1 to 9 and of the letters used, as each system numbers its keys. A French keyboard's
# top row and a Cyrillic or Arabic layout give other characters there, but the finger means the place.
_EVDEV = {
    **{9 + digit: str(digit) for digit in range(1, 10)},
    58: "M",
    27: "R",
    32: "O",
    42: "G",
    28: "T",
    55: "V",
    46: "L",
}
_WINDOWS = {
    **{1 + digit: str(digit) for digit in range(1, 10)},
    50: "M",
    19: "R",
    24: "O",
    34: "G",
    20: "T",
    47: "V",
    38: "L",
}
_MAC = dict(
    zip(
        (18, 19, 20, 21, 23, 22, 26, 28, 25, 46, 15, 31, 5, 17, 9, 37),
        ("1", "2", "3", "4", "5", "6", "7", "8", "9", "M", "R", "O", "G", "T", "V", "L"),
        strict=True,
    )
)

_NAMED = {
    Qt.Key.Key_Space: "Space",
    Qt.Key.Key_PageUp: "PgUp",
    Qt.Key.Key_PageDown: "PgDn",
    Qt.Key.Key_End: "End",
    Qt.Key.Key_Escape: "Esc",
    **{Qt.Key(Qt.Key.Key_F1 + index): f"F{index + 1}" for index in range(12)},
}
# The number pad's digits while Num Lock is off.
_PAD = {
    Qt.Key.Key_End: "1",
    Qt.Key.Key_Down: "2",
    Qt.Key.Key_PageDown: "3",
    Qt.Key.Key_Left: "4",
    Qt.Key.Key_Clear: "5",
    Qt.Key.Key_Right: "6",
    Qt.Key.Key_Home: "7",
    Qt.Key.Key_Up: "8",
    Qt.Key.Key_PageUp: "9",
}
_HELD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


def key_name(key: int, scan: int, virtual: int, held: Qt.KeyboardModifier, system: str = NAME) -> str:
    """The name on our key caps ("1", "M", "F3", "Space"); empty: no key of ours.

    Args:
        key: Qt's key; a Latin letter counts as it is printed.
        scan: the system's scan code (Linux: evdev + 8), where there is one.
        virtual: the system's own key code; on macOS, which has no scan codes, it is the place.
        held: modifiers; with Ctrl, Alt or Meta it is somebody else's shortcut.
        system: as `studio.system.NAME`.
    """
    if held & _HELD:
        return ""
    if held & Qt.KeyboardModifier.KeypadModifier and key in _PAD:
        return _PAD[Qt.Key(key)]
    if key in _NAMED:
        return _NAMED[Qt.Key(key)]
    if Qt.Key.Key_A <= key <= Qt.Key.Key_Z or Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
        return chr(key)
    if held & Qt.KeyboardModifier.KeypadModifier:
        return ""
    if system == "darwin":
        return _MAC.get(virtual, "")
    return (_WINDOWS if system == "win32" else _EVDEV).get(scan, "")
