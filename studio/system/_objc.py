"""The few calls into macOS frameworks that we need, through the Objective-C runtime.

By ctypes: four messages are no reason to depend on pyobjc. On macOS it is there only because the package that lists
cameras brings it, and would go with that package. Every message is sent through a pointer
with the method's exact prototype: on ARM a variadic call would put the arguments in the wrong registers.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Callable, Iterator
from typing import Any

assert sys.platform == "darwin"

_objc = ctypes.CDLL("/usr/lib/libobjc.A.dylib")
_objc.objc_getClass.restype = ctypes.c_void_p
_objc.objc_getClass.argtypes = [ctypes.c_char_p]
_objc.sel_registerName.restype = ctypes.c_void_p
_objc.sel_registerName.argtypes = [ctypes.c_char_p]
_objc.objc_autoreleasePoolPush.restype = ctypes.c_void_p
_objc.objc_autoreleasePoolPop.argtypes = [ctypes.c_void_p]


def framework(name: str) -> None:
    """Load a system framework, so that its classes are found."""
    ctypes.CDLL(f"/System/Library/Frameworks/{name}.framework/{name}")


def send(receiver: int | None, selector: str, result: Any, *arguments: tuple[Any, Any]) -> Any:  # noqa: ANN401 - C types
    """Send one message; `arguments` are (C type, value)."""
    prototype = ctypes.CFUNCTYPE(result, ctypes.c_void_p, ctypes.c_void_p, *[kind for kind, _ in arguments])
    message = ctypes.cast(_objc.objc_msgSend, prototype)
    return message(receiver, _objc.sel_registerName(selector.encode()), *[value for _, value in arguments])


def class_named(name: str) -> int | None:
    found: int | None = _objc.objc_getClass(name.encode())
    return found


def string(text: str) -> int | None:
    """An NSString, released with the pool."""
    made: int | None = send(
        class_named("NSString"), "stringWithUTF8String:", ctypes.c_void_p, (ctypes.c_char_p, text.encode())
    )
    return made


@contextlib.contextmanager
def pool() -> Iterator[None]:
    """Releases at its end what was made inside."""
    mark = _objc.objc_autoreleasePoolPush()
    try:
        yield
    finally:
        _objc.objc_autoreleasePoolPop(mark)


class _Descriptor(ctypes.Structure):
    _fields_ = (("reserved", ctypes.c_ulong), ("size", ctypes.c_ulong))


class _Block(ctypes.Structure):
    """A block, as in clang's "Block Implementation Specification"."""

    _fields_ = (
        ("isa", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("reserved", ctypes.c_int),
        ("invoke", ctypes.c_void_p),
        ("descriptor", ctypes.POINTER(_Descriptor)),
    )


_IS_GLOBAL = 1 << 28  # never copied or freed by the runtime


class AnswerBlock:
    """A `void (^)(BOOL)` that calls `done`, on a thread of the system's. Keep it until it was called."""

    def __init__(self, done: Callable[[bool], None]) -> None:
        self._invoke = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_bool)(lambda _block, answer: done(answer))
        self._descriptor = _Descriptor(0, ctypes.sizeof(_Block))
        isa = ctypes.addressof(ctypes.c_char.in_dll(ctypes.CDLL(None), "_NSConcreteGlobalBlock"))
        invoke = ctypes.cast(self._invoke, ctypes.c_void_p)
        self._block = _Block(isa, _IS_GLOBAL, 0, invoke, ctypes.pointer(self._descriptor))

    @property
    def address(self) -> int:
        return ctypes.addressof(self._block)
