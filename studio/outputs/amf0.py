"""AMF0, the value format of RTMP's commands (Action Message Format 0, Adobe 2007)."""

from __future__ import annotations

import struct

# None, bool, float, str, dict of them, list of them. Integers are written as the doubles that AMF0 has.
Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

_DOUBLE = struct.Struct(">d")
_U16 = struct.Struct(">H")
_U32 = struct.Struct(">I")
_OBJECT_END = b"\0\0\x09"
_MAX_DEPTH = 16


class AmfError(ValueError):
    """These bytes are not AMF0."""


class EcmaArray(dict[str, Value]):
    """A dict that is written as an ECMA array, the form that `onMetaData` wants."""


def encode(*values: Value) -> bytes:
    """Values one after the other. Raises TypeError for a type that AMF0 lacks."""
    return b"".join(_encode(value) for value in values)


def _encode(value: Value) -> bytes:
    match value:
        case None:
            return b"\x05"
        case bool():
            return b"\x01" + bytes([value])
        case int() | float():
            return b"\x00" + _DOUBLE.pack(value)
        case str():
            text = value.encode()
            if len(text) > 0xFFFF:
                return b"\x0c" + _U32.pack(len(text)) + text
            return b"\x02" + _U16.pack(len(text)) + text
        case dict():
            head = b"\x08" + _U32.pack(len(value)) if isinstance(value, EcmaArray) else b"\x03"
            return head + b"".join(_name(name) + _encode(item) for name, item in value.items()) + _OBJECT_END
        case list():
            return b"\x0a" + _U32.pack(len(value)) + b"".join(_encode(item) for item in value)
    raise TypeError(f"AMF0 has no {type(value).__name__}")


def _name(name: str) -> bytes:
    text = name.encode()
    if len(text) > 0xFFFF:
        raise TypeError("a property name of more than 65,535 bytes")
    return _U16.pack(len(text)) + text


def decode(data: bytes) -> list[Value]:
    """All values in `data`. Raises AmfError for anything that is not whole and well formed."""
    reader = _Reader(data)
    values = []
    try:
        while reader.at < len(data):
            values.append(reader.value(0))
    except (struct.error, IndexError) as error:
        raise AmfError("cut short") from error
    except UnicodeDecodeError as error:
        raise AmfError("text that is not UTF-8") from error
    return values


class _Reader:
    """A place in bytes that come from outside: every length is checked before it is believed."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def value(self, depth: int) -> Value:
        if depth > _MAX_DEPTH:
            raise AmfError("nested too deep")
        marker = self.data[self.at]
        self.at += 1
        match marker:
            case 0x00:
                return self._double()
            case 0x01:
                return self._take(1) != b"\0"
            case 0x02:
                return self._text(_U16)
            case 0x03:
                return self._properties(depth)
            case 0x05 | 0x06 | 0x0D:  # null, undefined, unsupported
                return None
            case 0x08:
                self._take(4)  # the count is a hint only; some writers leave it at 0
                return EcmaArray(self._properties(depth))
            case 0x0A:
                count = self._number(_U32)
                return [self.value(depth + 1) for _ in range(count)]  # each takes a byte, or it is cut short
            case 0x0B:
                date = self._double()
                self._take(2)  # time zone, reserved
                return date
            case 0x0C | 0x0F:  # long string, XML document
                return self._text(_U32)
            case 0x10:
                self._text(_U16)  # class name
                return self._properties(depth)
        raise AmfError(f"unknown marker {marker:#04x}")

    def _properties(self, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while self.data[self.at : self.at + 3] != _OBJECT_END:
            name = self._text(_U16)
            found[name] = self.value(depth + 1)
        self.at += 3
        return found

    def _double(self) -> float:
        return float(_DOUBLE.unpack(self._take(8))[0])

    def _number(self, form: struct.Struct) -> int:
        return int(form.unpack(self._take(form.size))[0])

    def _text(self, form: struct.Struct) -> str:
        return self._take(self._number(form)).decode()

    def _take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise AmfError("cut short")
        self.at += count
        return self.data[self.at - count : self.at]
