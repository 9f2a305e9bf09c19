from __future__ import annotations

from typing import get_args

import pytest

from studio.show.model import Source, SourceKind
from studio.show.watched import WATCHED, may_stay


def test_every_kind_is_in_the_table() -> None:
    assert set(WATCHED) == set(get_args(SourceKind))


@pytest.mark.parametrize(
    ("source", "stays"),
    [
        (Source(name="a", kind="image"), True),
        (Source(name="a", kind="file", loop=False), True),
        (Source(name="a", kind="file"), False),
        (Source(name="a", kind="camera"), False),
        (Source(name="a", kind="url"), False),
        (Source(name="a", kind="demo"), False),
    ],
)
def test_only_a_still_picture_and_the_end_of_a_clip_may_stay(source: Source, stays: bool) -> None:
    assert may_stay(source) == stays
