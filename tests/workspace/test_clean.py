"""What is taken out of logs and last words before anybody may see them."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.workspace.clean import clean, whole_lines

HEAD = "Traceback (most recent call last):"
FRAME = '  File "engine.py", line 3, in run'


def _secret(within: str) -> st.SearchStrategy[str]:
    """A name or key: canaries with anything of `within`, or a letter, between and around them."""
    between = st.text(st.sampled_from(within) | st.characters(categories=["L", "N", "P", "S"]), max_size=4)
    return st.lists(between, min_size=2, max_size=4).map("CANARY".join)


NAMES = _secret(" '\"\\|+:/@\t")
WHATEVER = _secret(" '\"\\|+:/@\t\n\r\x85\u2028")
KEYS = _secret("'\"\\/@:?#&=%")


class TestQuoted:
    def test_no_value_of_an_exception_stays_and_the_rest_does(self) -> None:
        text = f"{HEAD}\n{FRAME}\n    raise ValueError('no')\nValueError: no such buyer: 'Ana' here"
        assert clean(text) == text.replace("'Ana'", "'…'")

    def test_words_of_several_lines_are_cleaned_to_their_end(self) -> None:
        text = f"{HEAD}\n{FRAME}\nKeyError: 'Ana'\n  [row: 'Ana']\n\nsaid 'Ana'"
        assert clean(text) == text.replace("'Ana'", "'…'")

    def test_an_apostrophe_is_no_quote(self) -> None:
        assert clean("can't read buyer 'Anna Smith' or hers'") == "can't read buyer '…'"
        assert clean("it can't be, and won't") == "it can't be, and won't"

    def test_a_value_of_several_lines_has_an_end(self) -> None:
        assert clean("no: 'Ana\nCanary\nAna' here\nand on").split("\n") == ["no: '…'", "'…'", "'…'", "and on"]
        assert clean("no: 'Ana\n2026-08-01 20:30:01,000 INFO 41 x: on").endswith("INFO 41 x: on")

    @given(NAMES)
    @example("O'CANARY' CANARY")
    @example("CANARY' x 'CANARY")
    def test_whatever_is_put_between_quotes_is_gone(self, name: str) -> None:
        for text in (f"can't read buyer '{name}': look", f'E: the "{name}" isn\'t there'):
            assert "CANARY" not in clean(text)
            assert "CANARY" not in clean(f"{HEAD}\n{FRAME}\n    raise it\nValueError: {text}\nthe end")

    @given(WHATEVER)
    def test_whatever_python_has_quoted_is_gone(self, name: str) -> None:
        for value in (name, name.encode(), [name], {name: 1}, (1, name)):
            assert "CANARY" not in clean(f"can't read buyer {value!r}: look")

    @given(WHATEVER, st.integers(0, 60))
    def test_whatever_a_group_of_exceptions_names_is_gone_wherever_the_text_begins(self, name: str, cut: int) -> None:
        try:
            try:
                raise KeyError(name)
            except KeyError as error:
                inner = ExceptionGroup(f"can't read {name!r}", [error, ValueError(f"no buyer {name!r}")])
                raise ExceptionGroup("many", [inner, OSError(2, "No such file", name)]) from error
        except ExceptionGroup as error:
            text = "".join(traceback.format_exception(error))
        assert "CANARY" in text
        cleaned = clean("\n".join(text.split("\n")[cut:]))
        assert "CANARY" not in cleaned
        if cut == 0:
            assert f'  |   File "{__file__}", line '.replace(str(Path.home()), "~") in cleaned
            assert "raise KeyError(name)" in cleaned
            assert "No such file" in cleaned


class TestAddress:
    @pytest.mark.parametrize(
        ("address", "left"),
        [
            ("rtmp://a.example/live2/canary-key", "rtmp://a.example/…"),
            ("rtsp://ana:canary@10.0.0.7:554/h264?pin=canary", "rtsp://10.0.0.7:554/…"),
            ("postgresql://ana:canary@db.example/shop", "postgresql://db.example/…"),
            ("http://[::1]:8080/video", "http://[::1]:8080/…"),
            ("rtsp://ana:can@ary@cam/", "rtsp://cam/…"),
            ("rtsp://ana:can/ary@cam/", "rtsp://…"),
            ("http://shop.example/@ana", "http://…"),
        ],
    )
    def test_the_host_stays_where_it_is_one_for_sure(self, address: str, left: str) -> None:
        assert clean(f"cannot reach {address}: refused") == f"cannot reach {left} refused"
        assert clean(f"cannot reach {address}") == f"cannot reach {left}"

    @given(KEYS, KEYS)
    @example("CANARYadmin", "paCANARY/ssCANARY")
    def test_whatever_its_person_password_and_path_are_they_are_gone(self, name: str, key: str) -> None:
        for address in (
            f"rtsp://{name}:{key}@cam:554/h264",
            f"rtsp://{name}:{key}@cam/{name}?pin={key}#x",
            f"rtmps://a.example/live2/{key}",
            f"url_http://a.example/?key={key}&name={name}",
        ):
            cleaned = clean(f"2026-08-01 20:30:01,000 WARNING 41 x: can't reach {address} (timed out)")
            assert "CANARY" not in cleaned
            assert "can't reach" in cleaned


def test_the_home_folder_is_not_named() -> None:
    path = Path("studio") / "a.py"
    assert clean(f'  File "{Path.home() / path}", line 3') == f'  File "{Path("~") / path}", line 3'


def test_a_text_that_is_cut_begins_with_its_first_whole_line() -> None:
    assert whole_lines(b"Smith'\non\n") == b"on\n"
    assert whole_lines(b"Smith'") == b""
