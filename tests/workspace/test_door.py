"""The keeper's door: who knows the secret is heard, nobody else, and nobody holds up the others."""

from __future__ import annotations

import hmac
import json
import logging
import secrets
import stat
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

import pytest

from studio.system.secret import Secret
from studio.workspace.door import Door, ask_at_door, hand_over
from studio.workspace.link import Message
from studio.workspace.paths import Workspace


class House:
    """A door, and what came through it."""

    def __init__(self, workspace: Workspace, silence_s: float = 5.0) -> None:
        self.keys: list[dict[str, Secret]] = []
        self.answer: Callable[[Message], Message] = lambda asked: {"answer": asked["ask"], "key": "from the house"}
        self.address = str(workspace.runtime / "keeper.sock")
        self.door = Door(workspace, self.keys.append, lambda asked: self.answer(asked), silence_s=silence_s)


@pytest.fixture
def house(workspace: Workspace) -> Iterator[House]:
    house = House(workspace)
    yield house
    house.door.close()


def test_keys_are_handed_over(workspace: Workspace, house: House) -> None:
    assert hand_over(workspace, {"youtube": Secret("canary-1"), "脸书": Secret("canary-2")})
    assert house.keys == [{"youtube": Secret("canary-1"), "脸书": Secret("canary-2")}]


def test_a_question_is_answered(workspace: Workspace, house: House) -> None:
    question = {"ask": 7, "name": "youtube", "from": "session"}
    assert ask_at_door(workspace, question) == {"answer": 7, "key": "from the house"}
    assert house.keys == []


def test_many_visitors_at_once_are_all_served(workspace: Workspace, house: House) -> None:
    done: list[bool] = []
    visitors = [
        threading.Thread(target=lambda n=n: done.append(hand_over(workspace, {f"d{n}": Secret(f"k{n}")})))
        for n in range(24)
    ]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(20)
    assert done == [True] * 24
    assert {name for keys in house.keys for name in keys} == {f"d{n}" for n in range(24)}


def test_a_visitor_who_says_nothing_holds_up_nobody(workspace: Workspace, house: House) -> None:
    with Client(house.address, "AF_UNIX"):
        assert hand_over(workspace, {"youtube": Secret("k")})


def test_a_silent_visitor_is_sent_away(workspace: Workspace) -> None:
    house = House(workspace, silence_s=0.05)
    with Client(house.address, "AF_UNIX") as mute:
        assert mute.poll(20)
        with pytest.raises(EOFError):
            mute.recv_bytes()
    house.door.close()


@pytest.mark.parametrize("words", [b"", b"x" * 32, b"\x00" * 31, b"{}" * 100])
def test_garbage_is_sent_away_and_the_next_one_is_served(workspace: Workspace, house: House, words: bytes) -> None:
    with Client(house.address, "AF_UNIX") as visitor:
        for _ in range(3):
            try:
                visitor.send_bytes(words)
            except OSError:
                break
    assert hand_over(workspace, {"youtube": Secret("k")})
    assert len(house.keys) == 1


def _greet(house: House, secret: bytes) -> Connection[Any, Any]:
    visitor = Client(house.address, "AF_UNIX")
    ours = secrets.token_bytes(32)
    visitor.send_bytes(ours)
    theirs = visitor.recv_bytes()[:32]
    visitor.send_bytes(hmac.digest(secret, b"visitor" + ours + theirs, "sha256"))
    return visitor


@pytest.mark.parametrize(
    "said", [b"no json", b"[]", b"{}", b'{"keys": 3}', b'{"keys": ["a"]}', b'"ask"', b"\xff"], ids=str
)
def test_nonsense_of_one_who_knows_the_secret_is_not_taken(workspace: Workspace, house: House, said: bytes) -> None:
    visitor = _greet(house, (workspace.runtime / "door").read_bytes())
    with visitor:
        visitor.send_bytes(said)
        with pytest.raises(EOFError):
            visitor.recv_bytes()
    assert house.keys == []
    assert hand_over(workspace, {"youtube": Secret("k")})


def test_who_does_not_know_the_secret_is_not_heard(workspace: Workspace, house: House) -> None:
    visitor = _greet(house, b"guessed")
    with visitor, pytest.raises((EOFError, OSError)):  # noqa: PT012 - either may notice that the door is shut
        visitor.send_bytes(json.dumps({"keys": {"youtube": "evil"}}).encode())
        visitor.recv_bytes()
    assert house.keys == []


def test_a_wrong_secret_hands_over_nothing(workspace: Workspace, house: House) -> None:
    (workspace.runtime / "door").write_bytes(b"another one")
    assert not hand_over(workspace, {"youtube": Secret("k")})
    assert ask_at_door(workspace, {"ask": 1, "name": "a", "from": "session"}) is None
    assert house.keys == []


def test_a_false_keeper_gets_no_key(workspace: Workspace) -> None:
    """Whoever took the address without knowing the secret sees a nonce, and nothing else."""
    (workspace.runtime / "door").write_bytes(secrets.token_bytes(32))
    seen: list[bytes] = []
    with Listener(str(workspace.runtime / "keeper.sock"), "AF_UNIX") as listener:

        def pretend() -> None:
            with listener.accept() as visitor:
                seen.append(visitor.recv_bytes())
                visitor.send_bytes(bytes(64))
                try:
                    seen.append(visitor.recv_bytes())
                except EOFError:
                    return

        thief = threading.Thread(target=pretend)
        thief.start()
        assert not hand_over(workspace, {"youtube": Secret("canary")})
        thief.join(20)
    assert [len(one) for one in seen] == [32]


def test_nobody_answers_where_there_is_no_keeper(workspace: Workspace) -> None:
    assert not hand_over(workspace, {"youtube": Secret("k")})


def test_nobody_answers_once_it_is_closed(workspace: Workspace) -> None:
    House(workspace).door.close()
    assert not hand_over(workspace, {"youtube": Secret("k")})


def test_the_next_keeper_takes_over_what_a_killed_one_left(workspace: Workspace) -> None:
    (workspace.runtime / "keeper.sock").touch()
    (workspace.runtime / "door").write_bytes(b"old")
    house = House(workspace)
    assert hand_over(workspace, {"youtube": Secret("k")})
    house.door.close()


def test_only_this_user_may_read_the_secret(workspace: Workspace, house: House) -> None:
    assert stat.S_IMODE((workspace.runtime / "door").stat().st_mode) == 0o600


def test_an_answer_that_fails_is_no_answer(workspace: Workspace, house: House) -> None:
    house.answer = lambda asked: {"answer": asked["missing"]}
    assert ask_at_door(workspace, {"ask": 1, "name": "a", "from": "session"}) is None


def test_no_key_is_logged(workspace: Workspace, house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        hand_over(workspace, {"youtube": Secret("canary")})
        visitor = _greet(house, (workspace.runtime / "door").read_bytes())
        with visitor:
            visitor.send_bytes(b'{"keys": ["canary"]}')
            with pytest.raises(EOFError):
                visitor.recv_bytes()
    assert "canary" not in caplog.text
