"""Commands that change what is on air, and `status`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from studio.cli.app import main
from studio.shop.catalogue_rows import read_catalogue
from studio.shop.database import open_shop
from studio.shop.loading import load_products
from studio.shop.product import ShowProduct
from studio.show.flags import WishFlags
from studio.show.status import DestinationStatus, Status
from studio.show.status_map import StatusMapReader, StatusMapWriter
from studio.show.wanted import DestinationWish, Wanted, opened
from studio.show.wanted_store import WantedStore
from studio.system.locks import WorkspaceLock
from studio.workspace.paths import Workspace
from tests.cli.fake_engine import FakeEngine, engine_on_air, put_on_air
from tests.services.waiting import wait_for
from tests.show.samples import SHOW

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as a person types it: exit status, standard output, standard error."""

    def run(*args: str) -> tuple[int, str, str]:
        status = main(list(args))
        said = capsys.readouterr()
        assert len(said.err.splitlines()) <= 1
        return status, said.out, said.err

    return run


@pytest.fixture
def products(workspace: Workspace) -> None:
    with closing(open_shop(workspace)) as shop:
        products = [
            ShowProduct(sku="BAG-01", name="Bag", currency="USD", price=17900, prices={"EUR": 16500}),
            ShowProduct(sku="BELT", name="Belt", currency="JPY", price=4800),
        ]
        load_products(shop, Path("show.toml"), products)


@pytest.fixture
def engine(workspace: Workspace) -> Iterator[FakeEngine]:
    """A show on air."""
    with engine_on_air(workspace) as engine:
        wait_for(lambda: engine.told, 20)
        yield engine


def _wanted(workspace: Workspace) -> Wanted:
    with closing(WantedStore(workspace.wanted_db)) as store:
        return store.read()[1]


def _words(value: object) -> str:
    return " ".join(value) if isinstance(value, list) else "-"


@pytest.mark.usefixtures("engine")
class TestWishes:
    @pytest.mark.parametrize(
        ("command", "so"),
        [
            (["scene", "corner"], lambda now: now.scene == "Corner"),
            (["overlay", "price", "on"], lambda now: now.overlay_on("price")),
            (["overlay", "card", "off"], lambda now: not now.overlay_on("card")),
            (["mute", "on"], lambda now: now.muted),
            (["mute", "off"], lambda now: not now.muted),
            (["destination", "youtube", "off"], lambda now: not now.destinations["youtube"].on),
            (["destination", "facebook", "on"], lambda now: now.destinations["Facebook"].on),
            (
                ["destination", "youtube", "retry"],
                lambda now: now.destinations["youtube"] == DestinationWish(True, 1),
            ),
            (["hide"], lambda now: now.feature == ""),
        ],
        ids=_words,
    )
    def test_each_is_written_and_actual_when_the_command_ends(
        self, workspace: Workspace, run: Run, command: list[str], so: Callable[[Wanted], bool]
    ) -> None:
        assert run(*command) == (0, "", "")
        assert so(_wanted(workspace))

    @pytest.mark.parametrize(
        ("command", "said"),
        [
            (["scene", "Kitchen"], "scene Kitchen: is not in this show: choose one of: Bench, Corner"),
            (["overlay", "clock", "on"], "overlay clock: is not in this show: choose one of: card, price, title"),
            (["overlay", "card", "maybe"], "maybe: is neither on nor off: write on or off"),
            (["mute", "yes"], "yes: is neither on nor off: write on or off"),
            (["destination", "twitch", "on"], "destination twitch: is not in this show"),
            (["destination", "youtube", "up"], "destination youtube: cannot be up: choose one of: on, off, retry"),
        ],
        ids=_words,
    )
    def test_what_makes_no_sense_is_refused_in_one_line(
        self, workspace: Workspace, run: Run, command: list[str], said: str
    ) -> None:
        before = _wanted(workspace)
        status, out, err = run(*command)
        assert (status, out) == (2, "")
        assert err.startswith(said)
        assert _wanted(workspace) == before


class TestFeature:
    def test_a_product_goes_on_air_by_its_sku_in_any_case(
        self, workspace: Workspace, run: Run, products: None, engine: FakeEngine
    ) -> None:
        run("overlay", "card", "off")
        assert run("feature", "bag-01") == (0, "", "")
        assert _wanted(workspace).feature == "BAG-01"
        assert _wanted(workspace).overlay_on("card")

    def test_one_that_is_not_in_the_catalogue_is_refused(self, run: Run, products: None) -> None:
        status, _, err = run("feature", "BOG-01")
        assert status == 2
        assert "benchcast products list" in err or "did you mean BAG-01" in err


class TestPrice:
    def test_it_changes_in_the_products_own_currency(self, workspace: Workspace, run: Run, products: None) -> None:
        status, out, _ = run("price", "bag-01", "163.50")
        assert status == 0
        assert out.startswith("BAG-01: ")
        assert "163.5" in out
        with closing(open_shop(workspace)) as shop:
            bag = read_catalogue(shop).find("BAG-01")
        assert bag is not None
        assert dict(bag.prices) == {"EUR": 16500, "USD": 16350}

    def test_or_in_another(self, workspace: Workspace, run: Run, products: None) -> None:
        assert run("price", "BAG-01", "150", "--currency", "EUR")[0] == 0
        with closing(open_shop(workspace)) as shop:
            bag = read_catalogue(shop).find("BAG-01")
        assert bag is not None
        assert dict(bag.prices) == {"EUR": 15000, "USD": 17900}

    @pytest.mark.parametrize(
        "args",
        [
            ("GONE", "5"),
            ("BAG-01", "much"),
            ("BAG-01", "-5"),
            ("BELT", "48.50"),
            ("BAG-01", "5", "--currency", "XXY"),
        ],
    )
    def test_what_is_no_price_is_refused(
        self, workspace: Workspace, run: Run, products: None, args: tuple[str, ...]
    ) -> None:
        assert run("price", *args)[0] == 2


class TestWaiting:
    def test_without_an_engine_nothing_is_waited_for(self, workspace: Workspace, run: Run) -> None:
        put_on_air(workspace)
        assert run("scene", "Corner") == (0, "", "")

    @pytest.mark.parametrize(
        "command",
        [
            ["scene", "Corner"],
            ["overlay", "card", "off"],
            ["mute", "on"],
            ["destination", "youtube", "off"],
            ["hide"],
        ],
        ids=_words,
    )
    def test_with_nothing_on_air_it_is_said_so(self, workspace: Workspace, run: Run, command: list[str]) -> None:
        with closing(WantedStore(workspace.wanted_db)) as store:
            store.change(lambda _: opened(SHOW))
            before = store.read()[0]
        status, out, err = run(*command)
        assert (status, out) == (0, "")
        assert err.startswith("Nothing is on air, so nobody sees it")
        with closing(WantedStore(workspace.wanted_db)) as store:
            assert store.read()[0] > before

    def test_a_show_whose_lease_cannot_be_renewed_is_still_on_air(
        self, workspace: Workspace, run: Run, engine: FakeEngine
    ) -> None:
        with closing(WantedStore(workspace.wanted_db)) as store:
            store.renew("a", 0)
        assert run("mute", "on") == (0, "", "")

    def test_in_the_window_it_is_seen_without_being_on_air(self, workspace: Workspace, run: Run) -> None:
        with closing(WantedStore(workspace.wanted_db)) as store:
            store.change(lambda _: opened(SHOW))
        window = WorkspaceLock(workspace.lock("window"))
        assert window.acquire()
        try:
            assert run("scene", "Corner") == (0, "", "")
        finally:
            window.release()

    def test_an_engine_that_does_not_follow_is_said_so(
        self, workspace: Workspace, run: Run, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("studio.cli.air._ACTUAL_NS", 100_000_000)
        engine.also = {"revision": 0}
        status, _, err = run("scene", "Corner")
        assert status == 0
        assert err == "It is written down, but not on air yet: see benchcast status\n"

    def test_without_a_show_there_is_no_scene(self, run: Run) -> None:
        status, _, err = run("scene", "Bench")
        assert status == 2
        assert "has no show yet" in err


class TestOff:
    def test_the_end_is_waited_for_and_told(self, workspace: Workspace, run: Run, engine: FakeEngine) -> None:
        engine.also = {"destinations": (DestinationStatus(name="youtube", feed="wide", state="stopped"),)}
        status, out, _ = run("off")
        assert status == 0
        assert out.splitlines()[0] == "The show has ended after 0:00:12."
        assert "youtube (wide): ended" in out
        assert _wanted(workspace).mode == "off"

    def test_when_nothing_is_on_air_it_says_so(self, workspace: Workspace, run: Run) -> None:
        assert run("off") == (0, "Nothing is on air.\n", "")

    def test_a_show_that_nobody_keeps_is_written_off(self, workspace: Workspace, run: Run) -> None:
        with closing(WantedStore(workspace.wanted_db)) as store:
            put_on_air(workspace)
            store.renew("a", 0)
        assert run("off")[1] == "The show that was cut off is over: what was recorded stays.\n"
        assert _wanted(workspace).mode == "off"

    def test_when_the_engine_has_died_the_show_is_over(self, workspace: Workspace, run: Run) -> None:
        put_on_air(workspace)
        assert run("off") == (0, "The show has ended.\n", "")

    def test_one_that_takes_too_long_is_said_so(
        self, run: Run, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("studio.cli.air._END_NS", 100_000_000)
        engine.also = {"final": False}
        status, _, err = run("off")
        assert status == 1
        assert err == "The show is still ending: look again with: benchcast status\n"


class TestDamaged:
    """`wanted.db` cannot be read: what ends or silences a show still works, by a flag."""

    @pytest.fixture
    def show(self, workspace: Workspace) -> Iterator[StatusMapWriter]:
        """A show on air, told by a status map, whose wish is noise by now."""
        put_on_air(workspace)
        for path in workspace.home.glob("wanted.db*"):
            path.unlink()
        workspace.wanted_db.write_bytes(b"noise" * 1000)
        lock, told = WorkspaceLock(workspace.lock("engine")), StatusMapWriter(workspace.status)
        assert lock.acquire()
        told.write_status(Status(mode="live", show_id="a", t=12.5))
        yield told
        told.close()
        lock.release()

    @pytest.fixture
    def wanted(self, workspace: Workspace) -> Callable[[], Wanted]:
        """What its engine takes the wish for."""
        return lambda: WishFlags(workspace).applied(Wanted(mode="live", show_id="a"))

    def test_a_show_is_ended(
        self, run: Run, show: StatusMapWriter, wanted: Callable[[], Wanted], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put_up = WishFlags.put_up

        def ended(flags: WishFlags, wish: Literal["off", "mute"], show_id: str) -> None:
            put_up(flags, wish, show_id)
            show.write_status(Status(show_id="a", t=12.5, final=True, ended="off"))

        monkeypatch.setattr(WishFlags, "put_up", ended)
        status, out, _ = run("off")
        assert (status, out.splitlines()[0]) == (0, "The show has ended after 0:00:12.")
        assert wanted().mode == "off"

    def test_a_show_is_silenced_and_heard_again(
        self, run: Run, show: StatusMapWriter, wanted: Callable[[], Wanted]
    ) -> None:
        assert run("mute", "on") == (0, "", "")
        assert wanted().muted
        assert run("mute", "off") == (0, "", "")
        assert not wanted().muted

    def test_a_silence_that_no_flag_tells_cannot_be_lifted(self, run: Run, show: StatusMapWriter) -> None:
        status, _, err = run("mute", "off")
        assert status == 1
        assert "wanted.db cannot be used" in err

    @pytest.mark.parametrize("command", [["off"], ["mute", "on"]], ids=_words)
    def test_without_a_show_it_is_said(
        self, workspace: Workspace, run: Run, show: StatusMapWriter, command: list[str]
    ) -> None:
        show.write_status(Status(show_id="a", final=True, ended="off"))
        status, _, err = run(*command)
        assert status == 1
        assert "it is damaged" in err
        assert not list(workspace.runtime.rglob("off-*"))


class TestStatus:
    def test_what_is_on_air_is_told(self, run: Run, engine: FakeEngine) -> None:
        status, out, _ = run("status")
        assert status == 0
        assert out.startswith("On air for 0:00:12: scene Bench.")

    def test_or_given_as_json(self, run: Run, engine: FakeEngine) -> None:
        status, out, _ = run("status", "--json")
        assert status == 0
        found = json.loads(out)
        assert (found["mode"], found["pid"], found["final"], found["scene"]) == ("live", 4242, False, "Bench")
        assert found["feeds"][0]["frames"] == 375

    def test_what_a_dead_engine_left_is_not_taken_for_now(self, workspace: Workspace, run: Run) -> None:
        with engine_on_air(workspace) as engine:
            wait_for(lambda: engine.told, 20)
        found = json.loads(run("status", "--json")[1])
        assert (found["mode"], found["pid"], found["feeds"]) == ("off", 0, [])

    def test_a_show_that_all_processes_have_left_is_told_with_what_can_be_done(
        self, workspace: Workspace, run: Run
    ) -> None:
        put_on_air(workspace)
        first, problem = run("status")[1].splitlines()
        assert first == "Nothing is on air."
        assert problem.endswith(
            "is wanted on air, but its processes are gone: "
            "carry it on with: benchcast live, or end it with: benchcast off"
        )
        with closing(WantedStore(workspace.wanted_db)) as store:
            store.renew("a", 0)
        problem = run("status")[1].splitlines()[1]
        assert "was on air and was cut off: carry it on with: benchcast live --resume" in problem
        assert run("off")[0] == 0
        assert run("status")[1] == "Nothing is on air.\n"

    def test_one_that_is_being_written_is_read_again(
        self, run: Run, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole, left = StatusMapReader.status, [None, None, None]
        monkeypatch.setattr(StatusMapReader, "status", lambda self: left.pop() if left else whole(self))
        assert run("status")[1].startswith("On air for 0:00:12: scene Bench.")
        assert left == []

    def test_a_new_workspace_has_nothing_on_air(self, run: Run) -> None:
        assert msgspec.json.decode(run("status", "--json")[1], type=Status) == Status()


def test_a_show_may_be_prepared_without_being_on_air(workspace: Workspace, run: Run) -> None:
    with closing(WantedStore(workspace.wanted_db)) as store:
        store.change(lambda _: opened(SHOW))
    assert run("scene", "Corner")[0] == 0
    assert json.loads(run("status", "--json")[1])["scene"] == "Corner"
