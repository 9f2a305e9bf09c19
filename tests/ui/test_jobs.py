from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.media.clock import SystemClock
from studio.shop.catalogue_rows import read_catalogue
from studio.shop.database import open_shop
from studio.system import boot_id
from studio.ui.jobs import Jobs
from studio.workspace.paths import Workspace
from tests.ui.fake_engine import LIVE, FakeEngine

SHOW = """
version = 1
title = "Evening"
language = "en"
currency = "USD"
[[sources]]
name = "bench"
kind = "demo"
[[scenes]]
name = "Bench"
layers = [ { source = "bench" } ]
[[products]]
sku = "BAG"
name = "Bag"
price = "179.00"
[[feeds]]
name = "wide"
[on_air]
feature = "BAG"
"""


@pytest.fixture
def jobs(qtbot: QtBot, workspace: Workspace, keeper: None) -> Iterator[Jobs]:
    made = Jobs(workspace, SystemClock())
    yield made
    made.stop()


@pytest.fixture
def show(tmp_path: Path) -> Path:
    path = tmp_path / "show.toml"
    path.write_text(SHOW, encoding="utf-8")
    return path


def test_opening_a_show_loads_it_and_puts_nothing_on_air(
    qtbot: QtBot, jobs: Jobs, engine: FakeEngine, show: Path, workspace: Workspace
) -> None:
    with qtbot.waitSignal(jobs.said, timeout=20_000) as said:
        jobs.open(show)
    wanted = engine.wanted()
    assert wanted.show is not None
    assert (wanted.mode, wanted.show.title, wanted.feature) == ("off", "Evening", "BAG")
    assert "Evening is open" in said.args[0]
    shop = open_shop(workspace)
    assert "BAG" in read_catalogue(shop).products
    shop.close()


def test_the_open_show_goes_live_and_no_other_is_opened_over_it(
    qtbot: QtBot, jobs: Jobs, engine: FakeEngine, show: Path
) -> None:
    with qtbot.waitSignal(jobs.said, timeout=20_000):
        jobs.open(show)
    jobs.stop()
    with qtbot.waitSignal(jobs.said, timeout=20_000):
        jobs.go_live()
    assert engine.wanted().mode == "live"
    show_id = engine.wanted().show_id
    jobs.stop()
    with qtbot.waitSignal(jobs.failed, timeout=20_000) as failed:
        jobs.open(show)
    assert "a show is on air" in failed.args[0]
    assert engine.wanted().show_id == show_id


def test_a_show_that_was_cut_off_is_not_dropped_unasked(
    qtbot: QtBot, jobs: Jobs, engine: FakeEngine, show: Path
) -> None:
    engine.wish_that_was_cut_off()
    before = engine.wanted(), engine.store.lease()
    for act in (jobs.go_live, lambda: jobs.open(show)):
        with qtbot.waitSignal(jobs.failed, timeout=20_000) as failed:
            act()
        assert "carry it on, or leave it" in failed.args[0]
        assert (engine.wanted(), engine.store.lease()) == before
        jobs.stop()


def test_it_is_carried_on_with_its_time(qtbot: QtBot, jobs: Jobs, engine: FakeEngine) -> None:
    engine.wish_that_was_cut_off()
    with qtbot.waitSignal(jobs.said, timeout=20_000) as said:
        jobs.carry_on()
    assert "goes on" in said.args[0]
    lease = engine.store.lease()
    assert lease is not None
    assert lease.refusal(LIVE.show_id, boot_id(), SystemClock().now_ns()) == ""
    assert lease.stamp_ns - lease.started_ns == 600 * 10**9
    jobs.stop()
    with qtbot.waitSignal(jobs.failed, timeout=20_000) as failed:
        jobs.carry_on()
    assert "no show that was cut off" in failed.args[0]


def test_a_file_that_is_wrong_is_words_and_changes_nothing(
    qtbot: QtBot, jobs: Jobs, engine: FakeEngine, show: Path
) -> None:
    show.write_text(SHOW.replace('price = "179.00"', 'price = "a lot"'), encoding="utf-8")
    with qtbot.waitSignal(jobs.failed, timeout=20_000) as failed:
        jobs.open(show)
    assert "price" in failed.args[0]
    assert engine.wanted().show is None


def test_without_a_show_there_is_nothing_to_go_live_with(qtbot: QtBot, jobs: Jobs, engine: FakeEngine) -> None:
    with qtbot.waitSignal(jobs.failed, timeout=20_000) as failed:
        jobs.go_live()
    assert "needs a show" in failed.args[0]
    assert engine.wanted().mode == "off"
