from __future__ import annotations

import traceback

import pytest
from msgspec.structs import replace

from studio.errors import InputError
from studio.show.model import Destination, Feed, Scene, Show, Source
from studio.show.showfile_to import with_destinations

SHOW = Show(
    title="T",
    language="en",
    currency="USD",
    sources=(Source(name="bench", kind="demo"),),
    scenes=(Scene(name="Bench", layers=()),),
    feeds=(Feed(name="wide"), Feed(name="tall")),
    destinations=(Destination(name="127.0.0.1", feed="wide", url="rtmp://127.0.0.1/live"),),
)


def test_a_destination_goes_to_the_first_feed_unless_it_names_one() -> None:
    show, keys = with_destinations(
        SHOW, ["rtmp://127.0.0.1:1936/live/canary-1", "tall=rtmps://push.example/app/canary-2?sign=x=y"]
    )
    assert show.destinations == (
        *SHOW.destinations,
        Destination(name="127.0.0.1-2", feed="wide", url="rtmp://127.0.0.1:1936/live", key_from="session"),
        Destination(name="push.example", feed="tall", url="rtmps://push.example/app", key_from="session"),
    )
    assert {name: key.reveal() for name, key in keys.items()} == {
        "127.0.0.1-2": "canary-1",
        "push.example": "canary-2?sign=x=y",
    }
    assert "canary" not in repr((show, keys))


@pytest.mark.parametrize("name", ["9:16", "wide/hd", "a=b", "a"])
def test_a_feed_may_have_any_name(name: str) -> None:
    named = replace(SHOW, feeds=(Feed(name="wide"), *(Feed(name=one) for one in ("9:16", "wide/hd", "a", "a=b"))))
    show, keys = with_destinations(named, [f"{name}=rtmp://push.example/app/canary?x=y"])
    assert show.destinations[-1].feed == name
    assert keys["push.example"].reveal() == "canary?x=y"


def test_nothing_added_is_the_same_show() -> None:
    assert with_destinations(SHOW, []) == (SHOW, {})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("https://whip.example/canary", "WHIP is not available in this version"),
        ("other=rtmp://127.0.0.1/live/canary", "wide, tall"),
        ("canary", "not an RTMP address"),
        ("rtmp://127.0.0.1/canary", "no app and key"),
    ],
)
def test_a_wrong_address_is_refused_without_showing_it(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        with_destinations(SHOW, [text])
    assert "canary" not in "".join(traceback.format_exception_only(caught.value))
