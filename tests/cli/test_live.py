"""`benchcast live`: what it writes before a show, and how it follows one to its end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from studio.cli.app import main
from studio.cli.live import _Follower
from studio.errors import StudioError
from studio.shop.catalogue_rows import read_catalogue
from studio.shop.database import open_shop
from studio.show.model import Show
from studio.show.status import DestinationState, DestinationStatus, RecordingStatus, SourceStatus, Status
from studio.show.wanted import Wanted, end
from studio.show.wanted_store import WantedStore
from studio.system.secret import Secret
from studio.workspace.paths import Workspace
from tests.cli.fake_engine import FakeEngine, engine_on_air, put_on_air
from tests.services.waiting import wait_for

FILE = """
version = 1
title = "Carved leather"
[[sources]]
name = "bench"
kind = "demo"
[[scenes]]
name = "Bench"
layers = [ { source = "bench" } ]
[[products]]
sku = "BAG-01"
name = "Carved bag"
price = "179.00"
stock = 12
[[feeds]]
name = "wide"
[[feeds]]
name = "tall"
size = [720, 1280]
"""
KEYED = """
[[destinations]]
name = "youtube"
feed = "wide"
url = "rtmp://127.0.0.1/live"
key_env = "MY_KEY"
"""


class Command:
    """`live` as a person starts it, in this process; its keeper is only noted."""

    def __init__(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.workspace = workspace
        self.keys: dict[str, Secret] = {}
        self.keepers = 0
        self.stop: Callable[[], None] = lambda: None
        self.hang_up: Callable[[], None] = lambda: None
        self.on_keeper: Callable[[], None] = lambda: None
        self.follows = threading.Event()
        self._capsys = capsys
        follow = _Follower.follow

        def following(follower: _Follower, show_id: str, keys: Mapping[str, Secret]) -> int:
            self.follows.set()
            return follow(follower, show_id, keys)

        monkeypatch.setattr("studio.cli.live._Follower.follow", following)
        monkeypatch.setattr("studio.cli.live.ensure_keeper", self._ensure_keeper)
        monkeypatch.setattr("studio.cli.live.on_stop_signals", lambda act: setattr(self, "stop", act))
        monkeypatch.setattr("studio.cli.live.on_hangup", lambda act: setattr(self, "hang_up", act))

    def run(self, *args: str | Path) -> tuple[int, list[str], str]:
        """Exit status, lines of output, errors."""
        status = main(["live", *(str(one) for one in args)])
        said = self._capsys.readouterr()
        assert len(said.err.splitlines()) <= 1
        return status, said.out.splitlines(), said.err

    def hang_up_when_followed(self) -> None:
        """As if the terminal were closed at once."""
        self.hang_up()

    def wanted(self) -> Wanted:
        with closing(WantedStore(self.workspace.wanted_db)) as store:
            return store.read()[1]

    def show(self) -> Show:
        show = self.wanted().show
        assert show is not None
        return show

    def _ensure_keeper(self, _workspace: Workspace, keys: Any = None, _show_id: str = "", **_options: object) -> None:
        self.keepers += 1
        self.keys |= keys or {}
        self.on_keeper()


@pytest.fixture
def command(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(workspace, monkeypatch, capsys)


@pytest.fixture
def show_file(tmp_path: Path) -> Path:
    path = tmp_path / "show.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def engine(workspace: Workspace) -> Iterator[FakeEngine]:
    """A show on air."""
    with engine_on_air(workspace) as engine:
        wait_for(lambda: engine.told, 20)
        yield engine


class TestBeginning:
    @pytest.fixture(autouse=True)
    def _nobody_follows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("studio.cli.live._Follower.follow", lambda _self, _show_id, _keys: 0)

    def test_the_show_its_products_and_its_keeper(self, command: Command, show_file: Path) -> None:
        assert command.run(show_file, "--seconds", "20") == (0, [], "")
        wanted = command.wanted()
        assert (wanted.mode, wanted.scene) == ("live", "Bench")
        assert wanted.show_id
        assert command.keepers
        with closing(WantedStore(command.workspace.wanted_db)) as store:
            lease = store.lease()
        assert lease is not None
        assert (lease.seconds, lease.show_id) == (20, wanted.show_id)
        with closing(open_shop(command.workspace)) as shop:
            bag = read_catalogue(shop).find("BAG-01")
        assert bag is not None
        assert bag.left == 12

    def test_destinations_may_be_added_and_their_keys_stay_out_of_the_database(
        self, command: Command, show_file: Path
    ) -> None:
        command.run(
            show_file, "--to", "rtmp://one.example/app/canary-1", "--to", "tall=rtmp://two.example/app/canary-2"
        )
        added = command.show().destinations
        assert [(one.feed, one.url) for one in added] == [
            ("wide", "rtmp://one.example/app"),
            ("tall", "rtmp://two.example/app"),
        ]
        assert command.keys == {added[0].name: Secret("canary-1"), added[1].name: Secret("canary-2")}
        for path in command.workspace.home.iterdir():
            if path.is_file():
                assert b"canary" not in path.read_bytes()

    def test_a_key_of_the_environment_goes_to_the_keeper(
        self, command: Command, show_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        show_file.write_text(FILE + KEYED)
        monkeypatch.setenv("MY_KEY", "canary")
        assert command.run(show_file)[0] == 0
        assert command.keys == {"youtube": Secret("canary")}

    def test_a_key_that_is_not_there_is_refused_before_anything_is_started(
        self, command: Command, show_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        show_file.write_text(FILE + KEYED)
        monkeypatch.delenv("MY_KEY", raising=False)
        status, _, err = command.run(show_file)
        assert status == 2
        assert "the environment variable MY_KEY is not set" in err
        assert (command.keepers, command.wanted()) == (0, Wanted())

    def test_a_recording_may_be_chosen(self, command: Command, show_file: Path, tmp_path: Path) -> None:
        command.run(show_file, "--record", tmp_path / "kept.mp4")
        assert (command.show().record, command.show().record_to) == (True, str(tmp_path / "kept.mp4"))

    def test_a_recording_is_an_mp4(self, command: Command, show_file: Path, tmp_path: Path) -> None:
        status, _, err = command.run(show_file, "--record", tmp_path / "kept.mkv")
        assert status == 2
        assert "kept.mkv: is no MP4 file, and only those are written: name it .mp4" in err
        assert command.wanted() == Wanted()
        assert command.run(show_file, "--record", tmp_path / "kept")[0] == 0
        assert command.show().record_to == str(tmp_path / "kept.mp4")

    @pytest.mark.parametrize("name", ["", "."])
    def test_a_recording_wants_a_name(self, command: Command, show_file: Path, name: str) -> None:
        status, _, err = command.run(show_file, "--record", name)
        assert status == 2
        assert "--record: wants a file name: name a file such as show.mp4" in err
        assert command.wanted() == Wanted()

    @pytest.mark.parametrize("name", ["..", "no/folder/kept.mp4"])
    def test_but_not_where_there_is_no_place_for_it(
        self, command: Command, show_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        status, _, err = command.run(show_file, "--record", name)
        assert status == 2
        assert f"--record {name}: is no file in an existing folder" in err
        assert command.wanted() == Wanted()

    def test_a_mistake_in_the_file_is_told_with_its_line(self, command: Command, show_file: Path) -> None:
        show_file.write_text(FILE.replace('kind = "demo"', 'kind = "telescope"'))
        status, _, err = command.run(show_file)
        assert status == 2
        assert f"{show_file}, line 6" in err
        assert (command.keepers, command.wanted()) == (0, Wanted())

    @pytest.mark.parametrize("call", [1, 2], ids=["ahead of the wish", "after it"])
    def test_a_keeper_that_does_not_start_leaves_nothing_wanted(
        self, command: Command, show_file: Path, call: int
    ) -> None:
        def fail() -> None:
            if command.keepers == call:
                raise StudioError("The studio's keeper does not start", do="read keeper.log")

        command.on_keeper = fail
        status, _, err = command.run(show_file)
        assert (status, err) == (1, "The studio's keeper does not start: read keeper.log\n")
        assert command.wanted().mode == "off"

    def test_a_second_show_is_refused(self, command: Command, show_file: Path) -> None:
        put_on_air(command.workspace)
        status, _, err = command.run(show_file)
        assert status == 2
        assert "cannot start: a show is on air: end it first: benchcast off" in err
        assert command.wanted().show_id == "a"

    def test_stock_is_set_again_only_when_asked_to(self, command: Command, show_file: Path) -> None:
        def left() -> int | None:
            with closing(open_shop(command.workspace)) as shop:
                bag = read_catalogue(shop).find("BAG-01")
            assert bag is not None
            return bag.left

        def again(*options: str) -> int | None:
            show_file.write_text(FILE.replace("stock = 12", "stock = 5"))
            with closing(WantedStore(command.workspace.wanted_db)) as store:
                store.change(end)
            assert command.run(show_file, *options)[0] == 0
            return left()

        command.run(show_file)
        assert left() == 12
        assert again() == 12
        assert again("--restock") == 5


class TestWithoutAFile:
    @pytest.mark.parametrize(
        "options", [["--to", "rtmp://a/b/c"], ["--seconds", "5"], ["--record", "x"], ["--restock"]]
    )
    def test_options_make_no_sense(self, command: Command, options: list[str]) -> None:
        status, _, err = command.run(*options)
        assert status == 2
        assert "got options but no show file" in err

    def test_nothing_on_air_is_nothing_to_follow(self, command: Command) -> None:
        status, _, err = command.run()
        assert status == 2
        assert err == "live: has nothing to follow: start a show: benchcast live SHOW.toml\n"


class TestFollowing:
    def test_the_last_line_is_the_final_one(self, command: Command, engine: FakeEngine) -> None:
        _end_when_seen(command, engine)
        status, lines, _ = command.run("--json")
        assert status == 0
        found = [json.loads(line) for line in lines]
        assert [one["final"] for one in found] == [False] * (len(found) - 1) + [True]
        assert len(found) >= 2
        assert {one["show_id"] for one in found} == {"a"}

    def test_what_a_dead_engine_told_last_is_not_repeated(self, command: Command, engine: FakeEngine) -> None:
        wait_for(lambda: engine.told, 20)
        engine.stop()
        command.on_keeper = lambda: _end(command.workspace)
        status, lines, _ = command.run()
        assert status == 0
        assert lines == ["The show has ended after 0:00:12."]

    def test_no_file_that_is_there_is_recorded_over_and_the_other_name_is_told(
        self, command: Command, show_file: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "kept.mp4").write_bytes(b"an earlier show")
        engine = FakeEngine(command.workspace)
        other = RecordingStatus(feed="wide", state="on", path=str(tmp_path / "kept-2.mp4"))
        engine.also = {"recordings": (other,)}
        engine.start()
        try:
            _end_when_seen(command, engine)
            status, _, err = command.run(show_file, "--record", tmp_path / "kept.mp4")
        finally:
            engine.stop()
        assert status == 0
        assert err == f"kept.mp4 is there already, so this show is recorded to {tmp_path / 'kept-2.mp4'}\n"

    def test_a_person_reads_words(self, command: Command, engine: FakeEngine) -> None:
        _end_when_seen(command, engine)
        status, lines, _ = command.run()
        assert status == 0
        assert lines[0].startswith("0:00:12  30 fps 800 kb/s")
        assert lines[-1] == "The show has ended after 0:00:12."

    def test_a_destination_that_stayed_refused_is_3(self, command: Command, engine: FakeEngine) -> None:
        refused = DestinationStatus(name="youtube", feed="wide", state="refused", reason="bad key")
        engine.also = {"destinations": (refused,)}
        _end_when_seen(command, engine)
        status, lines, _ = command.run()
        assert status == 3
        assert lines[-1] == "  youtube (wide): refused: bad key"

    @pytest.mark.parametrize(("state", "found"), [("refused", 3), ("off", 1)])
    def test_a_show_that_nobody_got_any_more_says_so(
        self, command: Command, engine: FakeEngine, state: DestinationState, found: int
    ) -> None:
        one = DestinationStatus(name="youtube", feed="wide", state=state, frames=300)
        engine.also = {"mode": "off", "final": True, "ended": "nothing_out", "destinations": (one,)}
        status, _, err = command.run()
        assert (status, err) == (found, "The show has ended, for nobody got it any more: see above\n")

    def test_no_source_is_4_and_named(self, command: Command, engine: FakeEngine) -> None:
        source = SourceStatus(name="bench", state="lost", reason="no camera 3")
        engine.also = {"mode": "off", "final": True, "ended": "no_source", "sources": (source,)}
        status, _, err = command.run()
        assert status == 4
        assert err == "No source of the scene opens (bench: no camera 3): plug it in or change the show file\n"

    def test_a_signal_ends_the_show_and_waits(self, command: Command, engine: FakeEngine) -> None:
        _when_followed(command, lambda: command.stop())
        status, lines, _ = command.run()
        assert status == 0
        assert command.wanted().mode == "off"
        assert lines[-1].startswith("The show has ended")

    def test_a_show_that_does_not_end_is_said_so(
        self, command: Command, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("studio.cli.live._END_NS", 200_000_000)
        engine.also = {"final": False, "mode": "live"}
        _when_followed(command, lambda: command.stop())
        status, _, err = command.run()
        assert (status, err) == (1, "The show is still ending: look again with: benchcast status\n")

    def test_an_engine_that_never_tells_of_the_show_is_not_waited_for(
        self, command: Command, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("studio.cli.live._SILENT_NS", 200_000_000)
        engine.also = {"show_id": "older", "final": True, "mode": "off"}
        told = engine.told
        wait_for(lambda: engine.told > told + 2, 20)
        status, lines, err = command.run()
        logs = command.workspace.logs
        assert (status, lines) == (1, [])
        assert err == (
            "The show does not begin: its engine gives no sign of life: "
            f"read {logs / 'engine.log'} and {logs / 'engine.err'}\n"
        )
        assert command.wanted().mode == "off", "it must not begin later"

    def test_but_one_that_has_told_of_it_is(
        self, command: Command, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("studio.cli.live._SILENT_NS", 0)
        _end_when_seen(command, engine)
        assert command.run()[0] == 0

    def test_a_closed_terminal_only_detaches(self, command: Command, engine: FakeEngine) -> None:
        _when_followed(command, lambda: command.hang_up())
        assert command.run()[0] == 0
        assert command.wanted().mode == "live"

    def test_another_show_in_its_place_is_the_end_of_this_one(self, command: Command, engine: FakeEngine) -> None:
        def replace_it() -> None:
            with closing(WantedStore(command.workspace.wanted_db)) as store:
                store.change(lambda now: replace(now, show_id="b"))

        _when_followed(command, replace_it)
        status, lines, _ = command.run("--json")
        assert status == 0
        last = json.loads(lines[-1])
        assert (last["show_id"], last["final"], last["mode"]) == ("a", True, "off")

    def test_when_all_has_died_after_the_end_that_is_the_end(
        self, command: Command, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("studio.cli.live._KEEPERLESS_NS", 100_000_000)
        engine = FakeEngine(workspace)
        put_on_air(workspace)
        engine.tell(Status(mode="live", show_id="a", t=7.5))

        def die() -> None:
            with closing(WantedStore(workspace.wanted_db)) as store:
                store.change(end)
            engine.stop()

        _when_followed(command, die)
        status, lines, _ = command.run("--json")
        assert status == 0
        last = json.loads(lines[-1])
        assert (last["show_id"], last["final"], last["mode"], last["t"]) == ("a", True, "off", 7.5)
        assert command.keepers == 0

    def test_when_all_has_died_in_mid_show_a_keeper_is_started(
        self, command: Command, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("studio.cli.live._KEEPERLESS_NS", 100_000_000)
        put_on_air(workspace)
        engine = FakeEngine(workspace)
        engine.tell(Status(mode="live", show_id="a", t=7.5))
        engine.stop()
        next_one = FakeEngine(workspace)
        next_one.stop()

        def start_again() -> None:
            next_one.tell(Status(mode="off", show_id="a", t=9.0, final=True, ended="off"))

        command.on_keeper = start_again
        status, lines, _ = command.run("--json")
        assert status == 0
        assert command.keepers == 1
        assert json.loads(lines[-1])["t"] == 9.0

    def test_the_next_keeper_gets_the_keys_once_more(
        self, command: Command, show_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Keeper and engine were the only ones that knew them."""
        monkeypatch.setattr("studio.cli.live._KEEPERLESS_NS", 100_000_000)
        engine = FakeEngine(command.workspace)
        engine.stop()

        def start_again() -> None:
            if command.keepers == 2:
                command.keys.clear()
            elif command.keepers == 3:
                show_id = command.wanted().show_id
                engine.tell(Status(mode="off", show_id=show_id, final=True, ended="off"))

        command.on_keeper = start_again
        assert command.run(show_file, "--to", "rtmp://one.example/app/canary")[0] == 0
        assert list(command.keys.values()) == [Secret("canary")]

    def test_the_status_of_an_earlier_show_is_not_taken_for_this_one(
        self, command: Command, workspace: Workspace
    ) -> None:
        with engine_on_air(workspace) as engine:
            engine.also = {"show_id": "older", "final": True, "mode": "off"}
            told = engine.told
            wait_for(lambda: engine.told > told + 2, 20)

            def begin() -> None:
                engine.also = {}
                _end(workspace)

            _when_followed(command, begin)
            status, lines, _ = command.run("--json")
        assert status == 0
        assert {json.loads(line)["show_id"] for line in lines} == {"a"}


def _end(workspace: Workspace) -> None:
    with closing(WantedStore(workspace.wanted_db)) as store:
        store.change(end)


def _when_followed(command: Command, act: Callable[[], object]) -> None:
    """Act, on another thread, once the command follows the show."""

    def run() -> None:
        wait_for(command.follows.is_set, 20, "the command to follow")
        act()

    threading.Thread(target=run).start()


def _end_when_seen(command: Command, engine: FakeEngine) -> None:
    """End the show once the command has had time to see it."""

    def end_it() -> None:
        told = engine.told
        wait_for(lambda: engine.told > told + 20, 20)
        _end(command.workspace)

    _when_followed(command, end_it)
