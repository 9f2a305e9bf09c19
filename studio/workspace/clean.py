"""Takes out of logs and last words what is nobody's business: values in quotes, addresses, the home folder.

A key, a buyer or a line of a file may stand in any of them. Whatever cannot be told for sure is left out as well.
"""

from __future__ import annotations

import re
from pathlib import Path

_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ \d+ ")
_MARGIN = re.compile(r"[\s|+]*")  # an exception group draws bars before its lines
_FRAME = re.compile(r'File "[^"]*", line \d+')
# Not the apostrophe of a word such as "can't"; bytes have a letter before their quote.
_OPENING = re.compile(r"(?<!\w)(?:b|r|u|f|br|rb|fr|rf)?['\"]", re.IGNORECASE)
_MARK = re.compile(r"(?<!\w)['\"]|['\"](?!\w)")
_ADDRESS = re.compile(r"(?<![a-z0-9+.-])([a-z0-9+.-]+://)(\S*)", re.IGNORECASE)
_HOST = re.compile(r"(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d+)?", re.IGNORECASE)
_AFTER_HOST = re.compile(r"[/?#]")
_CLOSING = ").,;:>'\""


def clean(text: str) -> str:
    """The text without them. It may begin with any line, but with a whole one: see `whole_lines`."""
    lines = []
    code: int | None = None  # how far the frame is indented whose lines of code follow
    inside = False  # a value in quotes goes on from the line before
    for line in text.replace("\r\n", "\n").split("\n"):
        margin = _MARGIN.match(line)
        indent = margin.end() if margin else 0
        if _FRAME.match(line, indent):
            code, inside = indent, False
        elif code is None or indent <= code:
            code = None
            line, inside = _without_values(line, inside=inside and not _LOG_LINE.match(line))
        lines.append(_ADDRESS.sub(_host_only, line))
    cleaned = "\n".join(lines)
    home = str(Path.home())
    return cleaned.replace(home, "~") if len(home) > 1 else cleaned


def whole_lines(data: bytes) -> bytes:
    """The end of a file, cut off anywhere, from its first whole line on: half a value has half of its quotes."""
    return data.partition(b"\n")[2]


def _without_values(line: str, *, inside: bool) -> tuple[str, bool]:
    """The line from its first opening quote to its last quote left out; and whether a value goes on in the next.

    To the last one, for a value may have quotes in it; to the end of the line where they do not come in pairs.
    """
    opening = None if inside else _OPENING.search(line)
    if opening is None and not inside:
        return line, False
    begin = opening.start() if opening is not None else 0
    marks = [found[0] for found in _MARK.finditer(line, opening.end() - 1 if opening is not None else 0)]
    is_odd = any(marks.count(kind) % 2 for kind in "'\"")
    if inside or is_odd:
        return f"{line[:begin]}'…'", inside != is_odd
    end = max(line.rfind(kind) for kind in "'\"") + 1
    return f"{line[:begin]}'…'{line[end:]}", False


def _host_only(found: re.Match[str]) -> str:
    """An address with its host, or without one where it could be something else.

    RFC 3986 ends the authority at the first slash; but people write slashes and at-signs into passwords.
    """
    scheme, rest = found[1], found[2]
    authority = _AFTER_HOST.split(rest, maxsplit=1)[0]
    if "@" in rest[len(authority) :]:
        return f"{scheme}…"
    host = authority.rpartition("@")[2].rstrip(_CLOSING)
    return f"{scheme}{host}/…" if _HOST.fullmatch(host) else f"{scheme}…"
