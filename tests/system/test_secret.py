from __future__ import annotations

import json
import pickle

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.system.secret import Secret

_keys = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


@given(_keys)
def test_no_way_of_writing_shows_it(key: str) -> None:
    secret = Secret(key)
    for shown in (repr(secret), str(secret), f"{secret}", repr([secret]), repr({"key": secret})):
        assert key not in shown


def test_it_cannot_be_stored() -> None:
    secret = Secret("canary7f3a")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)
    with pytest.raises(TypeError):
        msgspec.json.encode(secret)
    assert not hasattr(secret, "__dict__")


def test_it_is_revealed_on_purpose() -> None:
    assert Secret("canary7f3a").reveal() == "canary7f3a"


def test_equal_keys_are_equal() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")


@given(_keys, st.text(max_size=20), st.text(max_size=20))
def test_it_is_masked_wherever_it_stands(key: str, before: str, after: str) -> None:
    assert key not in Secret(key).hide_in(before + key + after)


def test_parts_and_other_spellings_of_it_are_masked_too() -> None:
    secret = Secret("canary7f3a?sig=Zx81Qq")
    assert secret.hide_in("Stream CANARY7F3A is over") == "Stream … is over"
    assert secret.hide_in("canary7f3a%3Fsig%3DZx81Qq") == "…"
    assert secret.hide_in("nothing of it here") == "nothing of it here"


def test_an_empty_or_tiny_key_masks_nothing() -> None:
    assert Secret("").hide_in("as it was") == "as it was"
    assert Secret("a").hide_in("as it was") == "as it was"
