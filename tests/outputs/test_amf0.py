from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.outputs.amf0 import AmfError, EcmaArray, decode, encode

_text = st.text(st.characters(codec="utf-8"), max_size=40)
_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | _text,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(_text.filter(bool), inner, max_size=4)
        | st.dictionaries(_text.filter(bool), inner, max_size=4).map(EcmaArray)
    ),
    max_leaves=12,
)


@given(st.lists(_values, max_size=5))
def test_whatever_is_encoded_is_decoded_as_it_was(values: list[object]) -> None:
    assert decode(encode(*values)) == values  # type: ignore[arg-type]  # the strategy makes only what AMF0 has


@given(st.binary(max_size=200))
def test_any_bytes_are_values_or_a_typed_error(data: bytes) -> None:
    with contextlib.suppress(AmfError):
        decode(data)


@given(_values, st.data())
def test_what_is_cut_short_is_refused(value: object, data: st.DataObject) -> None:
    whole = encode("x", value)  # type: ignore[arg-type]  # as above
    cut = data.draw(st.integers(5, max(5, len(whole) - 1)))
    if cut < len(whole):
        with pytest.raises(AmfError):
            decode(whole[:cut])


def test_integers_are_written_as_doubles() -> None:
    assert encode(1) == bytes.fromhex("003ff0000000000000")


def test_an_object_is_written_as_the_specification_shows() -> None:
    # AMF0 specification, section 2.5: marker, name, value, ..., empty name and end marker.
    assert encode({"app": "live"}) == b"\x03\x00\x03app\x02\x00\x04live\x00\x00\x09"


def test_a_long_text_gets_the_long_form() -> None:
    text = "é" * 40_000
    assert encode(text)[0] == 0x0C
    assert decode(encode(text)) == [text]


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(AmfError, match="deep"):
        decode(b"\x03\x00\x01a" * 5000)


def test_a_list_that_claims_more_than_there_is_costs_nothing() -> None:
    with pytest.raises(AmfError):
        decode(b"\x0a\xff\xff\xff\xff\x05")


def test_dates_and_classes_of_other_servers_are_read() -> None:
    assert decode(b"\x0b\x40\x59\x00\x00\x00\x00\x00\x00\x00\x00") == [100.0]
    assert decode(b"\x10\x00\x01C\x00\x01a\x05\x00\x00\x09") == [{"a": None}]
    assert decode(b"\x06\x0d") == [None, None]


def test_not_a_number_passes() -> None:
    (value,) = decode(encode(math.nan))
    assert isinstance(value, float)
    assert math.isnan(value)


def test_what_amf0_lacks_is_our_mistake() -> None:
    with pytest.raises(TypeError):
        encode(b"bytes")  # type: ignore[arg-type]  # on purpose
