"""`wanted.db`: where what is wanted is written down."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from studio.errors import InputError, StudioError
from studio.show.requests import Answer, Clip
from studio.show.wanted import Lease, Wanted, end, opened, with_feature, with_mute
from studio.show.wanted_store import WantedStore
from tests.show.samples import SHOW

NOW_NS = 10**15


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wanted.db"


@pytest.fixture
def store(path: Path) -> Iterator[WantedStore]:
    store = WantedStore(path)
    yield store
    store.close()


def _live(show_id: str = "a") -> Wanted:
    return replace(opened(SHOW), mode="live", show_id=show_id)


def _lease(show_id: str = "a", stamp_ns: int = NOW_NS, boot_id: str = "boot") -> Lease:
    return Lease(show_id=show_id, boot_id=boot_id, stamp_ns=stamp_ns)


def _stamped(store: WantedStore) -> Lease | None:
    """The lease, without for how long the computer had slept by its stamp."""
    lease = store.lease()
    return replace(lease, asleep_ns=None) if lease is not None else None


def test_a_new_file_wants_nothing(store: WantedStore) -> None:
    assert store.read() == (0, Wanted())
    assert store.lease() is None


def test_each_change_has_its_revision_and_is_there_for_others(store: WantedStore, path: Path) -> None:
    assert store.change(lambda now: with_feature(now, "BAG-01")) == 1
    assert store.change(lambda now: with_mute(now, on=True)) == 2
    with closing(WantedStore(path)) as other:
        revision, now = other.read()
    assert revision == 2
    assert (now.feature, now.muted) == ("BAG-01", True)


def test_a_step_that_is_refused_changes_nothing(store: WantedStore) -> None:
    store.change(lambda now: with_feature(now, "BAG-01"))

    def refuse(_: Wanted) -> Wanted:
        raise InputError("scene X", "is not in this show", do="choose another")

    with pytest.raises(InputError):
        store.change(refuse)
    assert store.read()[0] == 1
    assert store.change(end) == 2, "and the next step is taken"


def test_a_show_begins_with_its_wish_and_its_lease(store: WantedStore) -> None:
    assert store.begin(_live(), _lease()) == 1
    assert store.read() == (1, _live())
    assert _stamped(store) == _lease()


def test_a_second_show_is_refused_while_one_is_on_air(store: WantedStore) -> None:
    store.begin(_live("a"), _lease("a"))
    with pytest.raises(InputError, match="has a show on air already: end it first: benchcast off"):
        store.begin(_live("b"), _lease("b", NOW_NS + 5_000_000_000))
    assert store.read()[1].show_id == "a"
    held = store.lease()
    assert held is not None
    assert held.show_id == "a"


def test_a_computer_that_does_not_name_its_boots_puts_no_show_on_air(store: WantedStore) -> None:
    """After a restart it would film the room by itself."""
    with pytest.raises(InputError, match="does not tell when it was started"):
        store.begin(_live(), _lease(boot_id=""))
    assert store.read() == (0, Wanted())


@pytest.mark.parametrize("stamp", ["begin", "renew"])
def test_a_stamp_knows_for_how_long_the_computer_had_slept(
    store: WantedStore, monkeypatch: pytest.MonkeyPatch, stamp: str
) -> None:
    store.begin(_live(), _lease())
    monkeypatch.setattr("studio.show.wanted_store.asleep_ns", lambda: 7)
    if stamp == "begin":
        store.change(end)
        store.begin(_live(), _lease())
    else:
        store.renew("a", NOW_NS + 1)
    lease = store.lease()
    assert lease is not None
    assert lease.asleep_ns == 7


def test_the_first_tick_is_noted_once_by_whichever_stamp(store: WantedStore) -> None:
    store.begin(_live(), _lease())
    store.renew("a", NOW_NS + 1)
    assert _stamped(store) == _lease(stamp_ns=NOW_NS + 1)
    store.renew("a", NOW_NS + 2, 77)
    store.renew("a", NOW_NS + 3, 88)
    assert _stamped(store) == replace(_lease(stamp_ns=NOW_NS + 3), started_ns=77)


def test_a_show_that_is_given_up_has_no_leave_any_more(store: WantedStore) -> None:
    store.begin(_live(), _lease())
    store.give_up("b", NOW_NS + 1)
    assert _stamped(store) == _lease()
    store.give_up("a", NOW_NS + 2)
    lease = store.lease()
    assert lease is not None
    assert lease.stamp_ns == NOW_NS + 2, "its time goes on from there"
    store.renew("a", NOW_NS)
    lease = store.lease()
    assert lease is not None
    assert lease.refusal("a", "boot", NOW_NS) == "lease"
    assert store.read()[1].mode == "live", "a person may carry it on"


@pytest.mark.parametrize("lease", [_lease("b", NOW_NS + 61_000_000_000), _lease("b", boot_id="next boot")])
def test_a_show_that_nobody_keeps_any_more_gives_way(store: WantedStore, lease: Lease) -> None:
    store.begin(_live("a"), _lease("a"))
    store.begin(_live("b"), lease)
    assert store.read()[1].show_id == "b"


def test_after_the_end_the_next_show_may_begin(store: WantedStore) -> None:
    store.begin(_live("a"), _lease("a"))
    store.change(end)
    store.begin(_live("b"), _lease("b"))
    assert store.read()[1].mode == "live"


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can remove a file that is open")
def test_another_file_in_its_place_is_used_from_then_on(path: Path, store: WantedStore) -> None:
    store.change(lambda now: with_feature(now, "BAG-01"))
    for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        one.unlink(missing_ok=True)
    assert store.read()[1].feature == "BAG-01", "as long as there is none"
    with closing(WantedStore(path)) as other:
        assert store.read() == (0, Wanted())
        store.change(lambda now: with_feature(now, "BELT-01"))
        assert other.read()[1].feature == "BELT-01"


def test_a_file_made_anew_is_given_back_what_was_wanted(store: WantedStore) -> None:
    lease = Lease(show_id="a", boot_id="b", stamp_ns=5)
    store.restore(41, opened(SHOW), lease)
    assert store.read() == (41, opened(SHOW))
    assert store.lease() == lease


def test_and_what_was_wished_meanwhile_holds(store: WantedStore) -> None:
    store.change(lambda now: with_feature(now, "BELT-01"))
    store.restore(41, opened(SHOW), Lease(show_id="a", boot_id="b", stamp_ns=5))
    assert store.read() == (42, with_feature(opened(SHOW), "BELT-01"))


def test_but_not_where_a_show_is_wanted_already(store: WantedStore) -> None:
    store.begin(_live("b"), _lease("b"))
    store.restore(41, opened(SHOW), Lease(show_id="a", boot_id="b", stamp_ns=5))
    assert store.read() == (1, _live("b"))
    assert _stamped(store) == _lease("b")


def test_of_two_who_begin_at_once_one_is_refused(path: Path, store: WantedStore) -> None:
    together, said = threading.Barrier(4), []

    def begin(name: str) -> None:
        with closing(WantedStore(path)) as mine:
            together.wait()
            try:
                mine.begin(_live(name), _lease(name))
                said.append("on air")
            except InputError:
                said.append("refused")

    threads = [threading.Thread(target=begin, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["on air", "refused", "refused", "refused"]


def test_the_stamp_is_renewed_for_its_show_only(store: WantedStore) -> None:
    store.renew("a", NOW_NS)
    assert store.lease() is None
    store.begin(_live("a"), _lease("a"))
    store.renew("b", NOW_NS + 9)
    assert _stamped(store) == _lease("a")
    store.renew("a", NOW_NS + 9)
    assert _stamped(store) == _lease("a", NOW_NS + 9)


def test_the_clock_of_a_show_starts_once(store: WantedStore) -> None:
    store.begin(_live("a"), _lease("a"))
    store.start_clock("b", 1)
    store.start_clock("a", NOW_NS + 5)
    store.start_clock("a", NOW_NS + 99)
    lease = store.lease()
    assert lease is not None
    assert lease.started_ns == NOW_NS + 5


_ADD = """
import sys
from pathlib import Path
from msgspec.structs import replace
from studio.show.wanted_store import WantedStore
store = WantedStore(Path(sys.argv[1]))
for _ in range(25):
    store.change(lambda now: replace(now, feature=now.feature + "x"))
"""


def test_no_change_of_several_processes_is_lost(path: Path) -> None:
    """All of them also open a file that is not there yet."""
    others = [subprocess.Popen([sys.executable, "-c", _ADD, str(path)]) for _ in range(3)]
    assert [other.wait(60) for other in others] == [0, 0, 0]
    with closing(WantedStore(path)) as store:
        revision, now = store.read()
    assert revision == 75
    assert now.feature == "x" * 75


CLIP = Clip(seconds=30, feed="wide")


class TestRequests:
    def test_one_is_asked_taken_and_answered(self, store: WantedStore, path: Path) -> None:
        ident = store.ask("a", CLIP)
        with closing(WantedStore(path)) as engine:
            (asked,) = engine.unanswered()
            assert (asked.id, asked.show_id, asked.act, asked.state) == (ident, "a", CLIP, "asked")
            assert engine.take(ident)
            assert [one.state for one in engine.unanswered()] == ["taken"]
            engine.answer(ident, "done", Answer(said="clip.mp4", note="only 12 s"))
            assert engine.unanswered() == ()
        answered = store.request(ident)
        assert answered is not None
        assert (answered.state, answered.answer) == ("done", Answer(said="clip.mp4", note="only 12 s"))

    def test_it_is_taken_only_once_and_its_answer_stays(self, store: WantedStore) -> None:
        ident = store.ask("a", CLIP)
        assert [store.take(ident), store.take(ident)] == [True, False]
        store.answer(ident, "failed", Answer(said="no room"))
        store.answer(ident, "done", Answer(said="clip.mp4"))
        assert not store.take(ident)
        assert not store.withdraw(ident)
        answered = store.request(ident)
        assert answered is not None
        assert (answered.state, answered.answer.said) == ("failed", "no room")

    def test_of_many_who_take_it_at_once_one_does(self, store: WantedStore, path: Path) -> None:
        ident, together, took = store.ask("a", CLIP), threading.Barrier(4), []

        def take() -> None:
            with closing(WantedStore(path)) as mine:
                together.wait()
                took.append(mine.take(ident))

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(took) == [False, False, False, True]

    def test_one_that_nobody_took_can_be_withdrawn(self, store: WantedStore) -> None:
        ident = store.ask("a", CLIP)
        assert store.withdraw(ident)
        assert not store.take(ident)
        assert store.unanswered() == ()

    def test_they_come_in_the_order_asked_and_old_answers_are_forgotten(self, store: WantedStore) -> None:
        first = store.ask("a", CLIP)
        old = [store.ask("a", CLIP) for _ in range(60)]
        assert [one.id for one in store.unanswered()] == [first, *old]
        for ident in old:
            store.withdraw(ident)
        store.ask("a", CLIP)
        assert store.request(old[0]) is None
        assert store.request(old[-1]) is not None
        assert store.request(first) is not None, "nobody has answered it"

    def test_they_are_no_wish(self, store: WantedStore) -> None:
        store.ask("a", CLIP)
        assert store.read() == (0, Wanted())

    def test_an_act_of_a_newer_version_holds_up_no_other(self, store: WantedStore, path: Path) -> None:
        strange = store.ask("a", CLIP)
        with closing(sqlite3.connect(path)) as db:
            db.execute("UPDATE requests SET act = ?", ('{"type":"fly"}',))
            db.commit()
        known = store.ask("a", CLIP)
        assert [(one.id, one.act) for one in store.unanswered()] == [(strange, None), (known, CLIP)]

    def test_a_file_of_the_older_layout_goes_on_working(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as db:
            db.executescript(
                """
                CREATE TABLE wanted
                  (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL, wish TEXT NOT NULL);
                CREATE TABLE lease (id INTEGER PRIMARY KEY CHECK (id = 1), lease TEXT NOT NULL);
                INSERT INTO wanted VALUES (1, 41, '{"feature":"BAG-01"}');
                PRAGMA user_version = 1;
                """
            )
        for _ in range(2):
            with closing(WantedStore(path)) as store:
                assert store.read() == (41, Wanted(feature="BAG-01"))
                assert store.take(store.ask("a", CLIP))


class TestWhatCannotBeUsed:
    def test_one_who_holds_the_file_is_named_as_the_reason(self, path: Path, store: WantedStore) -> None:
        with closing(WantedStore(path, wait_s=0.05)) as impatient, closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StudioError, match=r"locked.*: another program holds it: close that") as caught:
                impatient.change(end)
            assert not isinstance(caught.value, InputError)
            assert impatient.read() == (0, Wanted()), "reading goes on meanwhile"
            other.rollback()
            assert impatient.change(end) == 1

    def test_a_full_disk_loses_the_change_and_nothing_else(self, store: WantedStore) -> None:
        """The disk is made full by SQLite's own limit of pages."""
        pages = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StudioError, match=r"full.*: check that its folder may be written and has room"):
            store.change(lambda now: with_feature(now, "x" * 100_000))
        assert store.read() == (0, Wanted())
        assert store.change(lambda now: with_feature(now, "BAG-01")) == 1, "no transaction was left open"

    def test_a_transaction_that_sqlite_ended_itself_hides_no_reason(self, store: WantedStore) -> None:
        """As it may on a full disk; here the step does it."""

        def fail(now: Wanted) -> Wanted:
            store._db.execute("ROLLBACK")
            raise sqlite3.OperationalError("database or disk is full")

        with pytest.raises(StudioError, match="disk is full"):
            store.change(fail)
        assert store.change(end) == 1

    def test_what_is_no_database_is_said_to_be_damaged(self, path: Path) -> None:
        path.write_bytes(b"no database at all " * 500)
        with pytest.raises(StudioError, match=r"not a database.*damaged: move it away"):
            WantedStore(path)

    @pytest.mark.parametrize("wish", ["{", '{"mode": "sideways"}', "[]", '{"x": ' + "[" * 2000])
    def test_a_wish_that_makes_no_sense_is_said_to_be_damaged(
        self, path: Path, store: WantedStore, wish: str
    ) -> None:
        with closing(sqlite3.connect(path)) as db:
            db.execute("UPDATE wanted SET wish = ?", (wish,))
            db.commit()
        with pytest.raises(StudioError, match="damaged: move it away"):
            store.read()

    def test_a_folder_that_is_not_there_is_said_so(self, tmp_path: Path) -> None:
        with pytest.raises(StudioError, match=r"cannot be used .unable to open.*: check that its folder"):
            WantedStore(tmp_path / "none" / "wanted.db")

    def test_a_newer_version_is_left_alone(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA user_version = 3")
        before = path.read_bytes()
        with pytest.raises(StudioError, match="newer Benchcast: start that version"):
            WantedStore(path)
        assert path.read_bytes()[100:] == before[100:]

    def test_it_belongs_to_one_thread(self, store: WantedStore) -> None:
        said: list[str] = []

        def use() -> None:
            try:
                store.read()
            except StudioError as error:
                said.append(str(error))

        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        assert "thread" in said[0]
