"""Asking the keeper for keys, also while one keeper follows another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from studio.engine.keys import KeyAsker
from studio.errors import StudioError
from studio.outputs.statuses import Ended, Lost
from studio.show.model import Destination, KeyFrom
from studio.system.secret import Secret
from studio.workspace.link import Message

T = TypeVar("T")


def _destination(key_from: KeyFrom = "session", name: str = "youtube") -> Destination:
    return Destination(name=name, feed="wide", url="rtmp://127.0.0.1/live", key_from=key_from)


class Desk:
    """A keeper. `answers`: what to say, by destination; None: it dies with the question."""

    def __init__(self, answers: dict[str, Message | None]) -> None:
        self.asked: list[Message] = []
        self.alive, self.was_asked = True, threading.Event()
        self._answers = answers
        self.asker = KeyAsker(self.send, deadline_s=20.0)

    def send(self, question: Message) -> bool:
        if not self.alive:
            return False
        self.asked.append(question)
        self.was_asked.set()
        said = self._answers[question["name"]]
        if said is not None:
            self.asker.on_answer({**said, "answer": question["ask"]})
        return True


def _run(work: Callable[[], Awaitable[T]]) -> T:
    async def wait() -> T:
        async with asyncio.timeout(30):
            return await work()

    return asyncio.run(wait())


def test_a_key_of_the_session_is_asked_for_once() -> None:
    desk = Desk({"youtube": {"key": "canary"}})
    provide = desk.asker.provider(_destination(), "show")
    assert _run(provide) == _run(provide) == Secret("canary")
    assert [one["from"] for one in desk.asked] == ["session"]
    assert desk.asker.session == {"show/youtube": Secret("canary")}


def test_a_key_of_the_keyring_is_asked_for_at_each_connect_and_kept_nowhere() -> None:
    desk = Desk({"youtube": {"key": "canary"}})
    provide = desk.asker.provider(_destination("keyring"), "show")
    _run(provide)
    _run(provide)
    assert len(desk.asked) == 2
    assert desk.asker.session == {}


def test_a_destination_without_a_key_asks_nobody() -> None:
    desk = Desk({})
    assert _run(desk.asker.provider(_destination("none"), "show")) == Secret("")
    assert desk.asked == []


def test_another_shows_destination_of_the_same_name_has_its_own_key() -> None:
    answers: dict[str, Message | None] = {"youtube": {"key": "first"}}
    desk = Desk(answers)
    _run(desk.asker.provider(_destination(), "show"))
    answers["youtube"] = {"key": "second"}
    desk.asker.forget()
    assert _run(desk.asker.provider(_destination(), "show")) == Secret("second")


def test_a_key_that_is_not_there_is_for_a_person_to_mend() -> None:
    desk = Desk({"youtube": {"what": "the keyring has no stream key named youtube", "do": "store it"}})
    with pytest.raises(StudioError, match="has no stream key named youtube: store it") as caught:
        _run(desk.asker.provider(_destination("keyring"), "show"))
    assert not isinstance(caught.value, Ended)


def test_questions_at_once_each_get_their_own_answer() -> None:
    desk = Desk({f"d{n}": {"key": f"k{n}"} for n in range(20)})

    async def all_of_them() -> list[Secret]:
        return await asyncio.gather(*(desk.asker.provider(_destination(name=f"d{n}"), "show")() for n in range(20)))

    assert _run(all_of_them) == [Secret(f"k{n}") for n in range(20)]


def test_a_question_that_a_keeper_took_with_it_is_put_to_the_next() -> None:
    first, second = Desk({"youtube": None}), Desk({"youtube": {"key": "canary"}})
    second.asker = first.asker

    async def ask() -> Secret:
        answer = asyncio.ensure_future(first.asker.provider(_destination(), "show")())
        assert await asyncio.to_thread(first.was_asked.wait, 20)
        first.asker.send = second.send
        return await answer

    assert _run(ask) == Secret("canary")
    assert len(first.asked) == len(second.asked) == 1


def test_while_no_keeper_is_there_the_question_waits_for_one() -> None:
    gone, then = Desk({}), Desk({"youtube": {"key": "canary"}})
    gone.alive = False
    then.asker = gone.asker

    async def ask() -> Secret:
        answer = asyncio.ensure_future(gone.asker.provider(_destination(), "show")())
        await asyncio.sleep(0.05)
        assert not answer.done()
        gone.asker.send = then.send
        return await answer

    assert _run(ask) == Secret("canary")


def test_nobody_answering_is_a_loss_that_is_tried_again_not_a_refusal() -> None:
    desk = Desk({"youtube": None})
    desk.asker = KeyAsker(desk.send, deadline_s=0.2)
    with pytest.raises(Lost, match="was not given in time: it is asked for again by itself"):
        _run(desk.asker.provider(_destination(), "show"))
    desk.asker.on_answer({"answer": desk.asked[0]["ask"], "key": "late"})


def test_an_answer_to_nothing_is_passed_over() -> None:
    KeyAsker(lambda _: True).on_answer({"answer": 17, "key": "canary"})
