"""`benchcast clip`, as a person types it; the engine's part is played by the test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Literal

import pytest

from studio.cli import clip as module
from studio.cli.app import main
from studio.show.requests import Answer, Clip, Request
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace
from tests.cli.fake_engine import put_on_air
from tests.services.waiting import wait_for

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*args: str) -> tuple[int, str, str]:
        status = main(["clip", *args])
        said = capsys.readouterr()
        assert len(said.err.splitlines()) <= 1
        return status, said.out, said.err

    return run


@contextmanager
def _engine(workspace: Workspace, state: Literal["done", "failed"], answer: Answer) -> Iterator[list[Request]]:
    """Answers the first request; which one that was."""
    met: list[Request] = []

    def serve() -> None:
        with closing(WantedStore(workspace.wanted_db)) as store:
            asked = wait_for(store.unanswered, 20, "a request")[0]
            met.append(asked)
            assert store.take(asked.id)
            store.answer(asked.id, state, answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield met
    finally:
        thread.join()


def test_its_path_is_printed(workspace: Workspace, run: Run) -> None:
    put_on_air(workspace)
    with _engine(workspace, "done", Answer(said="/clips/one.mp4")) as met:
        assert run() == (0, "/clips/one.mp4\n", "")
    assert met[0].act == Clip(seconds=30, feed="wide")
    assert met[0].show_id == "a"


def test_length_and_feed_may_be_chosen(workspace: Workspace, run: Run) -> None:
    put_on_air(workspace)
    with _engine(workspace, "done", Answer(said="/clips/one.mp4")) as met:
        assert run("--seconds", "12.5", "--feed", "WIDE")[0] == 0
    assert met[0].act == Clip(seconds=12.5, feed="wide")


def test_a_shorter_one_is_said_beside_the_path(workspace: Workspace, run: Run) -> None:
    put_on_air(workspace)
    with _engine(workspace, "done", Answer(said="/one.mp4", note="only 12 s are in memory")):
        assert run() == (0, "/one.mp4\n", "The clip is shorter: only 12 s are in memory\n")


def test_what_failed_is_said_with_what_to_do(workspace: Workspace, run: Run) -> None:
    put_on_air(workspace)
    with _engine(workspace, "failed", Answer(said="The clip cannot be written", do="free some disk space")):
        assert run() == (1, "", "The clip cannot be written: free some disk space\n")


def test_without_a_show_on_air_nothing_is_asked(workspace: Workspace, run: Run) -> None:
    status, out, err = run()
    assert (status, out) == (2, "")
    assert "no show is on air: go live" in err
    with closing(WantedStore(workspace.wanted_db)) as store:
        assert store.unanswered() == ()


@pytest.mark.parametrize(
    ("args", "said"),
    [(["--feed", "tall"], "choose one of: wide"), (["--seconds", "61"], "61"), (["--seconds", "0"], "0")],
    ids=["feed", "long", "short"],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    workspace: Workspace, run: Run, args: list[str], said: str
) -> None:
    put_on_air(workspace)
    status, out, err = run(*args)
    assert (status, out) == (2, "")
    assert said in err
    with closing(WantedStore(workspace.wanted_db)) as store:
        assert store.unanswered() == ()


def test_one_that_no_engine_takes_up_is_withdrawn(
    workspace: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TAKEN_UP_NS", 50_000_000)
    put_on_air(workspace)
    status, _, err = run()
    assert status == 1
    assert "the engine does not answer" in err
    with closing(WantedStore(workspace.wanted_db)) as store:
        assert store.unanswered() == (), "nobody makes it later, unasked"
