"""Records that last, and that nobody reads without the key."""

from __future__ import annotations

import errno
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from studio.errors import StudioError
from studio.shop import order_journal
from studio.shop.journal_frames import Frame, Kind, scan
from studio.shop.journal_key import KeyLost
from studio.shop.order_journal import OrderJournal, last_held, opened
from studio.shop.orders import Entry, NewOrder, OrderLine
from studio.shop.place import safety_folder
from studio.workspace.keys import forget_key
from studio.workspace.paths import Workspace
from tests.services.desktop import SecretService

AT = datetime(2026, 11, 5, 19, 30, tzinfo=UTC)


@pytest.fixture
def journal(workspace: Workspace) -> OrderJournal:
    return OrderJournal(workspace)


def _order(buyer: str = "Ann Lee") -> NewOrder:
    return NewOrder(sku="BAG-01", quantity=1, at=AT, buyer=buyer)


def _file(journal: OrderJournal) -> Path:
    (path,) = journal.folder.glob("orders-*.journal")
    return path


def test_what_was_noted_is_read_again(journal: OrderJournal) -> None:
    orders = [_order(), _order("小鱼")]
    assert [journal.note(one) for one in orders] == [1, 2]
    opener = journal.opener()
    assert [opened(frame, opener) for frame in journal.frames()] == [Entry(one) for one in orders]


def test_no_buyer_stands_in_clear_on_the_disk(journal: OrderJournal) -> None:
    journal.note(_order())
    for path in journal.folder.iterdir():
        assert b"Ann" not in path.read_bytes()
        if sys.platform != "win32":
            assert path.stat().st_mode & 0o077 == 0


def test_a_record_torn_at_any_byte_is_passed_over_and_the_next_is_read(journal: OrderJournal) -> None:
    journal.note(_order())
    whole = _file(journal).read_bytes()
    following = Frame(Kind.NOTED, 2, bytes(16), b"sealed").pack()
    for cut in range(len(whole)):
        assert [one.number for one in scan(whole[:cut])] == []
        assert [one.number for one in scan(whole[:cut] + following)][-1] == 2
    assert [one.number for one in scan(whole + following)] == [1, 2]


def test_a_torn_record_that_the_next_one_completes_costs_neither() -> None:
    """Its last byte is the one with which records begin."""
    torn = next(
        packed
        for number in range(10_000)
        if (packed := Frame(Kind.NOTED, 1, bytes(16), str(number).encode()).pack()).endswith(b"B")
    )
    following = Frame(Kind.NOTED, 2, bytes(16), b"sealed").pack()
    assert following.startswith(b"B")
    assert [one.number for one in scan(torn[:-1] + following)] == [1, 2]


def test_a_record_with_any_byte_changed_is_passed_over(journal: OrderJournal) -> None:
    journal.note(_order())
    whole = _file(journal).read_bytes()
    for at in range(len(whole)):
        changed = whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
        assert list(scan(changed)) == []


def test_a_record_is_sealed_together_with_its_number(journal: OrderJournal) -> None:
    journal.note(_order())
    (frame,) = journal.frames()
    moved = Frame(frame.kind, 9, frame.id, frame.sealed)
    assert opened(moved, journal.opener()) is None


def test_a_record_is_told_only_once_the_disk_has_it(journal: OrderJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(order_journal, "sync_file", lambda fd: synced.append(os.fstat(fd).st_size))
    for _ in range(2):
        journal.note(_order())
        assert synced[-1] == _file(journal).stat().st_size

    def fail(_fd: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(order_journal, "sync_file", fail)
    with pytest.raises(StudioError, match="broken"):
        journal.note(_order())
    assert _file(journal).stat().st_size == synced[-1], "what could not be synced is taken back"


def test_numbers_rise_over_periods(journal: OrderJournal) -> None:
    journal.note(_order())
    ended = journal.begin_period()
    journal.trim(ended, {frame.id for frame in journal.frames()})
    assert journal.note(_order()) == 2
    assert [frame.kind for frame in journal.frames()] == [Kind.START, Kind.NOTED]


def test_an_orders_number_is_none_of_those_that_were_noted(journal: OrderJournal) -> None:
    line = OrderLine(1001, AT, "BAG-01", None, "Bag", 1, 100, "USD", "", "", "open", None)
    journal.hold(_order(), line)
    assert last_held(journal.frames()) == 1001
    journal.begin_period()
    assert journal.note(_order()) == 1


def test_an_order_that_is_in_no_database_is_not_trimmed(journal: OrderJournal) -> None:
    journal.note(_order())
    journal.trim(journal.begin_period(), set())
    assert [frame.number for frame in journal.frames() if frame.kind is Kind.NOTED] == [1]


def test_numbers_are_given_once_across_threads(journal: OrderJournal) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: journal.note(_order()), range(24)))
    assert sorted(numbers) == list(range(1, 25))


def test_a_disk_that_takes_nothing_is_told_in_words_without_the_buyer(workspace: Workspace) -> None:
    safety_folder(workspace).touch()  # no folder
    with pytest.raises(StudioError, match="cannot be written down") as caught:
        OrderJournal(workspace).note(_order())
    assert "Ann" not in str(caught.value)


def test_a_database_elsewhere_has_a_journal_of_its_own(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = safety_folder(workspace)
    monkeypatch.setenv("BENCHCAST_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    assert safety_folder(workspace).parent == here


def test_the_key_is_in_the_keyring_where_there_is_one(secret_service: SecretService, journal: OrderJournal) -> None:
    order = _order()
    journal.note(order)
    assert [one.suffix for one in journal.folder.iterdir() if "order-journal" in one.name] == [".public"]
    assert opened(journal.frames()[0], journal.opener()) == Entry(order)


def test_orders_are_noted_while_the_key_cannot_be_had(workspace: Workspace, journal: OrderJournal) -> None:
    journal.note(_order())
    (journal.folder / "order-journal.private").unlink()
    assert journal.note(_order()) == 2
    with pytest.raises(StudioError):
        journal.opener()


def test_a_key_that_the_keyring_has_lost_is_made_anew_for_the_next_period(
    secret_service: SecretService, workspace: Workspace, journal: OrderJournal
) -> None:
    journal.note(_order())
    assert forget_key(workspace.id, "order-journal")
    with pytest.raises(KeyLost):
        journal.opener()
    journal.begin_period()
    journal.note(_order())
    opener = journal.opener()
    assert [opened(one, opener) is None for one in journal.frames() if one.kind is Kind.NOTED] == [True, False]
