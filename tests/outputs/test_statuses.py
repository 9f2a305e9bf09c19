from __future__ import annotations

import errno
import socket
import ssl

import pytest

from studio.outputs.statuses import Busy, Lost, Refused, ServerStatus, ending, tls_failure, unreachable
from studio.system.secret import Secret

KEY = Secret("canary7f3a?sig=Zx81Qq")


def _status(code: str, level: str = "error", description: str = "") -> ServerStatus:
    return ServerStatus.read({"code": code, "level": level, "description": description}, KEY)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("NetConnection.Connect.InvalidApp", Refused),
        ("NetConnection.Connect.Rejected", Refused),
        ("NetConnection.Connect.Failed", Lost),
        ("NetConnection.Connect.AppShutdown", Lost),
        ("NetConnection.Connect.Closed", Lost),
        ("NetStream.Publish.BadName", Busy),
        ("NetStream.Publish.Denied", Refused),
        ("NetStream.Publish.Rejected", Refused),
        ("NetStream.Publish.Unauthorized", Refused),
        ("NetStream.Failed", Refused),
        ("Something.New", Lost),
    ],
)
def test_an_error_before_we_are_live_is_of_the_right_kind(code: str, kind: type) -> None:
    assert type(ending(_status(code), was_live=False)) is kind


def test_every_refusal_says_what_to_do() -> None:
    for code in ("NetConnection.Connect.Rejected", "NetStream.Publish.Denied", "NetStream.Publish.BadName"):
        end = ending(_status(code), was_live=False)
        assert end
        assert end.do


def test_a_stream_that_fails_on_air_is_lost_and_not_refused() -> None:
    assert type(ending(_status("NetStream.Failed"), was_live=True)) is Lost


def test_a_server_that_wants_us_to_reconnect_is_followed() -> None:
    assert type(ending(_status("NetConnection.Connect.ReconnectRequest", "status"), was_live=True)) is Lost


def test_already_publishing_under_another_code_is_known() -> None:
    status = _status("NetConnection.Connect.Rejected", description="Already publishing this stream")
    assert type(ending(status, was_live=False)) is Busy


@pytest.mark.parametrize(
    "code", ["NetStream.Publish.Start", "NetConnection.Connect.Success", "NetStream.Data.Start", ""]
)
def test_good_news_ends_nothing(code: str) -> None:
    assert ending(_status(code, "status"), was_live=True) is None


def test_the_servers_words_are_shown_without_the_key_and_without_control_characters() -> None:
    end = ending(
        _status("NetStream.Publish.Denied", description="no\x1b[31m canary7f3a?SIG=zx81qq\n\u202eexpired"),
        was_live=False,
    )
    assert str(end) == (
        "The server refused the stream (the server says: no [31m … expired): paste a fresh key, and check the account"
    )


@pytest.mark.parametrize("info", [None, 5.0, "text", [], {"code": None}, {"code": {"a": 1}, "level": 3.0}])
def test_a_status_of_any_form_is_read(info: object) -> None:
    assert ending(ServerStatus.read(info, KEY), was_live=False) is None


@pytest.mark.parametrize(
    ("code", "words"),
    [(10, "not valid today"), (62, "for another server"), (20, "not one that this computer trusts"), (0, "trusts")],
)
def test_a_bad_certificate_is_refused_in_words(code: int, words: str) -> None:
    error = ssl.SSLCertVerificationError(1, "failed")
    error.verify_code = code
    end = tls_failure(error, "live.example")
    assert type(end) is Refused
    assert words in str(end)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            "There is no server named live.example: check the address",
        ),
        (
            ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
            "Nothing listens at live.example:1935: check the address and the port, or start the server",
        ),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), "live.example cannot be reached: check the network"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "live.example cannot be reached: check the network"),
        (OSError(errno.ENETUNREACH, "unreachable"), "live.example cannot be reached: check the network"),
        (TimeoutError(), "live.example cannot be reached: check the network"),
    ],
)
def test_why_a_server_is_out_of_reach_is_told_apart(fault: OSError, words: str) -> None:
    assert str(unreachable("live.example", 1935, fault)) == words


def test_an_address_of_numbers_is_told_apart_from_its_port() -> None:
    assert "[::1]:1935" in str(unreachable("::1", 1935, ConnectionRefusedError()))


def test_another_tls_fault_is_lost() -> None:
    assert type(tls_failure(ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "live.example")) is Lost
