"""The samples as a picture: one panel for each thing looked at, SVG, without a library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_WIDE, _HIGH, _LEFT, _TOP, _GAP = 900, 110, 70, 30, 34

Line = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines by name, of (seconds, value); `bars`: values that are not to be passed, drawn across."""

    lines: Mapping[str, Line]
    bars: Sequence[float] = ()


def svg(title: str, panels: Mapping[str, Panel]) -> str:
    """Panels from top to bottom; x is seconds, shown in minutes."""
    end_s = max((x for one in panels.values() for line in one.lines.values() for x, _ in line), default=1.0) or 1.0
    height = _TOP + len(panels) * (_HIGH + _GAP) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDE + 20}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{_LEFT}" y="18" font-size="14">{escape(title)}</text>',
    ]
    for number, (name, panel) in enumerate(panels.items()):
        parts += _drawn(name, panel, end_s, _TOP + number * (_HIGH + _GAP))
    words = f"0 to {end_s / 60:.1f} minutes of the show; dashed: the bar"
    parts.append(f'<text x="{_LEFT}" y="{height - 6}">{words}</text></svg>')
    return "\n".join(parts)


_COLOURS = ("#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#b9770e")


def _drawn(name: str, panel: Panel, end_s: float, top: float) -> list[str]:
    values = [y for line in panel.lines.values() for _, y in line] or [0.0]
    values += panel.bars
    low, high = min(values), max(values)
    if high - low < 1e-9:
        low, high = low - 1, high + 1

    def y_of(value: float) -> float:
        return top + (high - value) / (high - low) * _HIGH

    parts = [
        f'<rect x="{_LEFT}" y="{top}" width="{_WIDE}" height="{_HIGH}" fill="none" stroke="#bbb"/>',
        f'<text x="{_LEFT - 6}" y="{top + 10}" text-anchor="end">{high:.6g}</text>',
        f'<text x="{_LEFT - 6}" y="{top + _HIGH}" text-anchor="end">{low:.6g}</text>',
    ]
    x_of = _LEFT + 6.0
    parts.append(f'<text x="{x_of}" y="{top + _HIGH + 14}">{escape(name)}</text>')
    x_of += 8 * len(name)
    for colour, (label, line) in zip(_COLOURS, panel.lines.items(), strict=False):
        points = " ".join(f"{_LEFT + x / end_s * _WIDE:.1f},{y_of(y):.1f}" for x, y in line)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
        parts.append(f'<text x="{x_of}" y="{top + _HIGH + 14}" fill="{colour}">{escape(label)}</text>')
        x_of += 8 * len(label) + 16
    for bar in panel.bars:
        at = f'y1="{y_of(bar):.1f}" x2="{_LEFT + _WIDE}" y2="{y_of(bar):.1f}"'
        parts.append(f'<line x1="{_LEFT}" {at} stroke="#c0392b" stroke-dasharray="6 4"/>')
    return parts
