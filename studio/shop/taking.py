"""Taking orders so that none is lost or taken twice, whatever the database does meanwhile."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select

from studio.errors import StudioError
from studio.shop.database import Shop, ShopUnavailable, check, open_shop
from studio.shop.journal_frames import Frame, Kind
from studio.shop.order_journal import OrderJournal, last_held, opened
from studio.shop.orders import Entry, NewOrder, OrderLine, add_order, check_quantity, put_back_order, settle_order
from studio.shop.tables import OrderRow
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an order: a line of the log, or else J-`noted`. `trouble`: what a person should know."""

    line: OrderLine | None
    noted: int = 0
    trouble: str = ""


def take_order(workspace: Workspace, order: NewOrder) -> Taken:
    """Sell; where the database cannot be used, note the order for later. What this returns is on the disk.

    Raises:
        InputError: no such SKU, a quantity that is none, or too little left; nothing was taken.
        StudioError: it could neither be checked nor noted, or the product has no price; nothing was taken.
    """
    check_quantity(order.quantity)
    journal = OrderJournal(workspace)
    trouble, told = "", 0
    try:
        with closing(open_shop(workspace)) as shop:
            try:
                take_up(shop, journal)  # those before this one are before it
            except ShopUnavailable:
                raise
            except StudioError as error:
                trouble = str(error)
                # Orders that only the journal has keep their numbers, which buyers were told.
                with suppress(StudioError):
                    told = last_held(journal.frames())
            line = add_order(shop, order, beyond=told)
    except ShopUnavailable as error:
        return Taken(None, journal.note(order), str(error))
    try:
        journal.hold(order, line)
    except StudioError as error:
        trouble = str(error)  # it is in the database
    return Taken(line, trouble=trouble)


def take_up(shop: Shop, journal: OrderJournal) -> list[OrderLine]:
    """Enter the journal's orders that the database does not have; the new lines.

    First come those that a lost database had taken, then those that were noted, each in order of their times.

    Raises:
        ShopUnavailable: the database cannot be written now.
        StudioError: the journal cannot be read, or not all of it; what could be read was entered.
    """
    frames = {frame.id: frame for frame in _newest_word(journal.frames())}
    if not frames:
        return []
    known = known_ids(shop, frames)
    missing = [frame for ident, frame in frames.items() if ident not in known]
    if not missing:
        return []
    check(shop.path)  # what it could not check before, it may not be fit to check now
    opener = journal.opener()
    read = [(frame, entry) for frame in missing if (entry := opened(frame, opener)) is not None]
    told = last_held(frames.values())
    read.sort(key=lambda one: (one[1].line is None, one[1].order.at))  # what was held has its number
    entered: list[Entry] = []
    with shop.writing() as session:
        for frame, entry in read:
            order = entry.order
            if session.scalar(select(OrderRow.id).where(OrderRow.journal_id == order.id)) is not None:
                continue  # another process was quicker
            if entry.line is None:
                line = settle_order(session, shop, order, frame.number, beyond=told)
            else:
                line = put_back_order(session, shop, order, entry.line, beyond=told)
            entered.append(Entry(order, line))
    for entry in entered:
        assert entry.line is not None
        journal.hold(entry.order, entry.line)
    if entered:
        log.info("%d orders were entered from the journal", len(entered))
    if len(read) < len(missing):
        raise StudioError(
            f"{len(missing) - len(read)} orders in {journal.folder} cannot be read with this key",
            do="log in as the user who took them",
        )
    return [entry.line for entry in entered if entry.line is not None]


def known_ids(shop: Shop, among: Iterable[bytes]) -> set[bytes]:
    """Which of these ids of the journal the database has. Raises StudioError."""
    known: set[bytes] = set()
    ids = iter(among)
    with shop.reading() as session:
        while some := [one.hex() for one in islice(ids, 500)]:  # SQLite takes only so many values in a statement
            found = session.scalars(select(OrderRow.journal_id).where(OrderRow.journal_id.in_(some)))
            known.update(bytes.fromhex(one) for one in found if one is not None)
    return known


def how_they_went(lines: list[OrderLine]) -> str:
    """Some lines by status, in words: "3 open, 1 review"."""
    return ", ".join(f"{count} {status}" for status, count in Counter(line.status for line in lines).items())


def _newest_word(frames: list[Frame]) -> list[Frame]:
    """Orders only; where one was noted and then held, how it was held stands last."""
    orders = [frame for frame in frames if frame.kind is not Kind.START]
    return sorted(orders, key=lambda one: one.kind is Kind.HELD)
