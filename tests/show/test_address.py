from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import InputError
from studio.show.address import PushAddress, ingest_address, split_push_url
from studio.system.secret import Secret


@pytest.mark.parametrize(
    ("url", "address", "key"),
    [
        ("rtmp://127.0.0.1/live/abc", PushAddress("rtmp", "127.0.0.1", 1935, "live"), "abc"),
        ("rtmps://a.example/live2/ab-cd", PushAddress("rtmps", "a.example", 443, "live2"), "ab-cd"),
        (
            "RTMPS://a.example:444/rtmp/FB-1?s_bl=1&a=/x/y",
            PushAddress("rtmps", "a.example", 444, "rtmp"),
            "FB-1?s_bl=1&a=/x/y",
        ),
        (
            "rtmp://live.example/live-bvc/?streamname=1&key=2",
            PushAddress("rtmp", "live.example", 1935, "live-bvc"),
            "?streamname=1&key=2",
        ),
        ("rtmp://[::1]:1936/a/b/c", PushAddress("rtmp", "::1", 1936, "a/b"), "c"),
    ],
)
def test_the_key_is_what_follows_the_last_slash_of_the_path(url: str, address: PushAddress, key: str) -> None:
    found = split_push_url(url)
    assert (found.scheme, found.host, found.port, found.app) == (
        address.scheme,
        address.host,
        address.port,
        address.app,
    )
    assert found.key == Secret(key)


def test_an_address_is_written_without_its_key_and_its_usual_port() -> None:
    assert split_push_url("rtmp://h:1935/live/abc").url == "rtmp://h/live"
    assert split_push_url("rtmps://h:1935/live/abc").url == "rtmps://h:1935/live"
    assert split_push_url("rtmp://[::1]/live/abc").url == "rtmp://[::1]/live"


@pytest.mark.parametrize(
    ("url", "app"),
    [
        ("rtmp://h/live", "live"),
        ("rtmp://h/live/", "live"),
        ("rtmps://b.example/live2?backup=1", "live2?backup=1"),
        ("rtmp://h/a/b", "a/b"),
    ],
)
def test_where_the_key_is_kept_elsewhere_the_whole_path_is_the_app(url: str, app: str) -> None:
    found = ingest_address(url)
    assert found.app == app
    assert found.key is None
    assert ingest_address(found.url) == found


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "not an RTMP address"),
        ("http://h/live/canary", "not an RTMP address"),
        ("rtmp:/h/live/canary", "not an RTMP address"),
        ("rtmp:///live/canary", "no server name"),
        ("rtmp://h:port/live/canary", "no server name"),
        ("rtmp://h:70000/live/canary", "no port 70000"),
        ("rtmp://h:0/live/canary", "no port 0"),
        ("rtmp://h", "no app and key"),
        ("rtmp://h/canary", "no app and key"),
        ("rtmp://h/live/", "no app and key"),
        ("rtmp://user:canary@h/live/key", "user name"),
        ("rtmp://h/live/canary key", "a space"),
        ("rtmp://h/live/canary\n", "a space"),
    ],
)
def test_a_wrong_address_is_refused_in_words_that_do_not_quote_it(url: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as wrong:
        split_push_url(url, "--to")
    assert str(wrong.value).startswith("--to: ")
    assert "canary" not in str(wrong.value)


@given(st.text(max_size=60).map(lambda text: f"rtmp://{text}"))
def test_any_text_is_an_address_or_refused(url: str) -> None:
    for read in (split_push_url, ingest_address):
        try:
            found = read(url)
        except InputError:
            continue
        assert found.host
        assert found.app
        assert 0 < found.port < 65536


def test_the_repr_of_an_address_does_not_show_the_key() -> None:
    assert "canary" not in repr(split_push_url("rtmp://h/live/canary7f3a"))
