from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from studio.bench.report import json_line, number, print_table, verdict, wanted
from studio.bench.result import judged, unmeasured


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.1532, "", "1.15"),
        (37.42, "ms", "37.4 ms"),
        (286.3, "MB", "286 MB"),
        (0.0, "frames", "0 frames"),
        (None, "ms", "–"),
    ],
)
def test_numbers_have_the_digits_that_count(value: float | None, unit: str, text: str) -> None:
    assert number(value, unit) == text


def test_a_bound_and_a_verdict_are_told() -> None:
    missed = judged("age", "age", 180.0, "ms", bound=150)
    assert wanted(missed) == "≤ 150 ms"
    assert verdict(missed).plain == "missed"
    assert verdict(judged("age", "age", 90.0, "ms", bound=150)).plain == "reached"
    assert verdict(judged("x", "x", 90.0, "ms")).plain == ""
    assert verdict(unmeasured("x", "x", "Linux only")).plain == "not measured"


def test_the_table_holds_each_result_and_takes_nothing_for_markup() -> None:
    out = io.StringIO()
    results = [
        judged("a", "what [b]it[/b] is", 1.0, "", bound=2, detail="46.0 [45.1–47.0] ms"),
        unmeasured("c", "d", "e"),
    ]
    print_table(Console(file=out, width=160), results)
    assert "what [b]it[/b] is" in out.getvalue()
    assert "46.0 [45.1–47.0] ms" in out.getvalue()
    assert "not measured" in out.getvalue()


def test_a_line_of_json_is_one_result() -> None:
    line = json.loads(json_line(judged("sound", "s", 12.5, "ms", bound=20, values={"mean_ms": 3.0})))
    assert (line["name"], line["value"], line["ok"], line["values"]) == ("sound", 12.5, True, {"mean_ms": 3.0})
