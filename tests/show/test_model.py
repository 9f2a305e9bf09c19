"""The show as it was written down."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest

from studio.show.model import Feed, Show, Source, SourceKind
from tests.show.samples import SHOW


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (30, Fraction(30)),
        (60.0, Fraction(60)),
        (29.97, Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        (12.5, Fraction(25, 2)),
        (7.5, Fraction(15, 2)),
        (1, Fraction(1)),
        (30.0000001, Fraction(30)),
    ],
)
def test_a_rate_is_exact(fps: float, rate: Fraction) -> None:
    assert Feed(name="wide", fps=fps).rate == rate


@pytest.mark.parametrize(
    ("kind", "pictures", "sound"),
    [
        ("camera", True, False),
        ("url", True, True),
        ("file", True, True),
        ("image", True, False),
        ("demo", True, True),
        ("microphone", False, True),
        ("tone", False, True),
    ],
)
def test_each_kind_of_source_gives_what_it_can(kind: SourceKind, pictures: bool, sound: bool) -> None:
    assert Source(name="a", kind=kind).has_pictures is pictures
    assert Source(name="a", kind=kind).may_have_sound is sound
    assert Source(name="a", kind=kind, audio="off").may_have_sound is False


def test_a_show_knows_its_parts_by_name() -> None:
    assert SHOW.source("mic").kind == "microphone"
    assert SHOW.scene("Corner").layers[0].fit == "contain"
    assert SHOW.feed("wide").size == (640, 360)


def test_a_show_survives_being_written_down() -> None:
    assert msgspec.json.decode(msgspec.json.encode(SHOW), type=Show) == SHOW
