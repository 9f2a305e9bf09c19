"""The pipe between keeper and engine."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from queue import Queue
from typing import IO

import pytest

from studio.workspace.link import Link, Message


class Ends:
    """Two links on two real pipes, and what the first one hears."""

    def __init__(self) -> None:
        self.heard: Queue[Message] = Queue()
        self.ended = threading.Event()
        self.files: list[IO[bytes]] = []
        (here_in, there_out), (there_in, here_out) = self._pipe(), self._pipe()
        self.here = Link(here_in, here_out, self.hear, self.ended.set)
        self.there = Link(there_in, there_out, self.echo, lambda: None)
        self.raw = there_out
        self.on_message: Callable[[Message], None] = self.heard.put

    def echo(self, message: Message) -> None:
        self.there.send({"echo": message})

    def hear(self, message: Message) -> None:
        self.on_message(message)

    def _pipe(self) -> tuple[IO[bytes], IO[bytes]]:
        reader, writer = os.pipe()
        both = os.fdopen(reader, "rb"), os.fdopen(writer, "wb")
        self.files += both
        return both


@pytest.fixture
def ends() -> Iterator[Ends]:
    ends = Ends()
    ends.here.start()
    ends.there.start()
    yield ends
    ends.here.close()
    ends.there.close()
    assert ends.ended.wait(20)
    for file in ends.files:
        file.close()


def test_messages_go_both_ways_in_order(ends: Ends) -> None:
    messages: list[Message] = [{"ask": 1, "name": "工作台\n\"'"}, {"ask": 2}, {}]
    assert all(ends.here.send(message) for message in messages)
    assert [ends.heard.get(timeout=20) for _ in messages] == [{"echo": message} for message in messages]


def test_messages_of_several_threads_stay_whole(ends: Ends) -> None:
    def send(name: int) -> None:
        for number in range(50):
            ends.here.send({"from": name, "number": number, "filler": "x" * 500})

    threads = [threading.Thread(target=send, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    heard = [ends.heard.get(timeout=20)["echo"] for _ in range(200)]
    for thread in threads:
        thread.join()
    for name in range(4):
        assert [one["number"] for one in heard if one["from"] == name] == list(range(50))


@pytest.mark.parametrize("stray", [b"Qt: a word of a library\n", b"\xff\xfe\n", b"[1, 2]\n", b"\n", b"{\n"])
def test_a_stray_line_ends_nothing(ends: Ends, stray: bytes) -> None:
    ends.raw.write(stray)
    ends.raw.flush()
    ends.there.send({"after": True})
    assert ends.heard.get(timeout=20) == {"after": True}
    assert not ends.ended.is_set()


def test_a_message_that_fails_ends_nothing_and_shows_no_key(ends: Ends, caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()

    def fail(message: Message) -> None:
        if "key" in message:
            raise RuntimeError(f"it was {message['key']}")
        done.set()

    ends.on_message = fail
    with caplog.at_level(logging.DEBUG):
        ends.there.send({"key": "canary-key"})
        ends.there.send({"next": 1})
        assert done.wait(20)
    assert "RuntimeError" in caplog.text
    assert "canary" not in caplog.text


def test_the_end_of_the_other_side_is_told(ends: Ends) -> None:
    ends.there.close()
    assert ends.ended.wait(20)


def test_nothing_is_sent_once_it_is_closed(ends: Ends) -> None:
    ends.here.close()
    assert ends.here.send({"anybody": "there?"}) is False


def test_a_broken_pipe_is_told_to_who_sends() -> None:
    reader, writer = os.pipe()
    other, unused = os.pipe()
    os.close(reader)
    with os.fdopen(other, "rb") as source, os.fdopen(writer, "wb", buffering=0) as broken, os.fdopen(unused, "wb"):
        assert Link(source, broken, lambda _: None, lambda: None).send({"a": 1}) is False
