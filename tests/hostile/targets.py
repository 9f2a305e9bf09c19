"""What takes bytes from outside, and how each must take any: in its own words or not at all, and unchanged by it."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np
from hypothesis import strategies as st

from studio.cli.claims import _read as read_comments
from studio.errors import InputError, StudioError
from studio.outputs.amf0 import AmfError, decode, encode
from studio.outputs.chunks import ChunkError, ChunkReader, ChunkWriter, Kind, Message
from studio.overlays.photo import load_photo
from studio.shop.catalogue import Catalogue, ProductView, VariantView
from studio.shop.catalogue_rows import read_catalogue
from studio.shop.claims import ClaimReader
from studio.shop.database import Shop, open_shop
from studio.shop.importing import import_products
from studio.shop.product_sheet import read_products
from studio.shop.tabular import write_sheet
from studio.show.showfile import load_show
from studio.show.status import FeedStatus, Status
from studio.show.status_map import StatusMapReader
from studio.show.wanted import Lease, Wanted
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import open_workspace
from studio.workspace.slots import SlotReader, SlotWriter
from tests.hostile.bytes_from import changed, noise
from tests.outputs.test_rtmp import _STEPS as RTMP_STEPS
from tests.outputs.test_rtmp import _against as publish_against
from tests.outputs.test_rtmp import _hostile as rtmp_answers
from tests.show.test_showfile import SHOW

Probe = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Target:
    """One door.

    Attributes:
        share: of all inputs; slow doors get few.
        inputs: what is thrown at it.
        opened: gives the function that takes one input. It raises for what must not be, and returns otherwise.
    """

    share: float
    inputs: st.SearchStrategy[bytes]
    opened: Callable[[Path], Iterator[Probe]]


def _chunks(_folder: Path) -> Iterator[Probe]:
    """A server's bytes, in pieces, up to the commands that they make."""

    def probe(data: bytes) -> None:
        reader = ChunkReader()
        step = 1 + len(data) % 7
        with suppress(ChunkError, AmfError):
            for at in range(0, len(data), step * 16):
                for message in reader.feed(data[at : at + step * 16]):
                    if message.kind in {Kind.COMMAND, Kind.DATA}:
                        decode(message.body)

    yield probe


def _publisher(_folder: Path) -> Iterator[Probe]:
    """A whole attempt to publish, over a socket, to a server that says these bytes after a good beginning."""

    def probe(data: bytes) -> None:
        steps = data[0] % (len(RTMP_STEPS) + 1) if data else 0
        reason = asyncio.run(publish_against(b"".join(RTMP_STEPS[:steps]) + data))
        assert reason
        assert "canary" not in reason

    yield probe


def _show_file(folder: Path) -> Iterator[Probe]:
    (folder / "bag.jpg").write_bytes(b"photo")
    path = folder / "show.toml"

    def probe(data: bytes) -> None:
        path.write_bytes(data)
        said = ""
        try:
            assert load_show(path).show.feeds
        except InputError as error:
            said = str(error)
        assert not said or (said.startswith(str(path)) and len(said.splitlines()) == 1)

    yield probe


def _table(folder: Path) -> Iterator[Probe]:
    """Read only, as CSV or, when it begins like one, as XLSX."""

    def probe(data: bytes) -> None:
        path = folder / ("t.xlsx" if data[:2] == b"PK" else "t.csv")
        path.write_bytes(data)
        with suppress(InputError):
            read_products(path, "USD")

    yield probe


def _import(folder: Path) -> Iterator[Probe]:
    """Into a real catalogue, which must be as before when the table is refused."""
    shop = open_shop(open_workspace(folder / "home"))
    path = folder / "t.csv"

    def probe(data: bytes) -> None:
        path.write_bytes(data)
        before = read_catalogue(shop).products
        try:
            import_products(shop, read_products(path, "USD"))
        except InputError:
            assert read_catalogue(shop).products == before
        if len(read_catalogue(shop).products) > 200:
            _empty(shop)

    try:
        yield probe
    finally:
        shop.close()


def _empty(shop: Shop) -> None:
    from sqlalchemy import delete

    from studio.shop.tables import NameRow, PriceRow, ProductRow, VariantRow

    with shop.writing() as session:
        for table in (NameRow, PriceRow, VariantRow, ProductRow):
            session.execute(delete(table))


def _photo(folder: Path) -> Iterator[Probe]:
    path = folder / "photo"

    def probe(data: bytes) -> None:
        path.write_bytes(data)
        photo = load_photo(path, 64)
        assert (photo.pixels is None) == bool(photo.warning)

    yield probe


def _comments(folder: Path) -> Iterator[Probe]:
    path = folder / "comments.jsonl"
    reader = ClaimReader(_CATALOGUE, "BAG-01")

    def probe(data: bytes) -> None:
        path.write_bytes(data)
        with suppress(InputError):
            for comment in read_comments(path):
                reading = reader.read(comment.text)
                assert reading.why
                assert all(1 <= one.quantity <= 99 for one in reading.items)

    yield probe


def _claim(_folder: Path) -> Iterator[Probe]:
    """The text of one comment."""
    reader = ClaimReader(_CATALOGUE, "BAG-01")

    def probe(data: bytes) -> None:
        reading = reader.read(data.decode("utf-8", "replace"))
        assert reading.why
        assert all(1 <= one.quantity <= 99 for one in reading.items)

    yield probe


def _status_map(folder: Path) -> Iterator[Probe]:
    path = folder / "status.map"

    def probe(data: bytes) -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(data)
        reader = StatusMapReader(path)
        try:
            reader.beat()
            reader.status()
            for feed in range(4):
                with suppress(IndexError):  # a map of fewer slots is not one of ours
                    reader.preview(feed, 0)
        finally:
            reader.close()

    yield probe


def _slots(folder: Path) -> Iterator[Probe]:
    path = folder / "slots"

    def probe(data: bytes) -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(data)
        with suppress(ValueError, OSError):
            reader = SlotReader(path)
            try:
                reader.sequence(0)
                reader.read(0)
            finally:
                reader.close()

    yield probe


def _wanted(folder: Path) -> Iterator[Probe]:
    """The JSON columns of what is wanted."""
    path = folder / "wanted.db"
    store = WantedStore(path)
    store.begin(Wanted(mode="live"), Lease(show_id="1", boot_id="b", stamp_ns=1))
    other = sqlite3.connect(path, isolation_level=None)

    def probe(data: bytes) -> None:
        column, table = (("wish", "wanted"), ("lease", "lease"))[len(data) % 2]
        text = data.decode("utf-8", "replace")
        other.execute(f"UPDATE {table} SET {column} = ?", (text,))
        with suppress(StudioError):
            store.read()
        with suppress(StudioError):
            store.lease()

    try:
        yield probe
    finally:
        store.close()
        other.close()


def _options(folder: Path) -> Iterator[Probe]:
    """The JSON column of the catalogue."""
    workspace = open_workspace(folder / "home")
    shop = open_shop(workspace)
    table = folder / "t.csv"
    table.write_bytes(_TABLE)
    import_products(shop, read_products(table, "USD"))
    other = sqlite3.connect(workspace.shop_db, isolation_level=None)

    def probe(data: bytes) -> None:
        other.execute("UPDATE variants SET options = ?", (data.decode("utf-8", "replace"),))
        with suppress(StudioError):
            read_catalogue(shop)

    try:
        yield probe
    finally:
        shop.close()
        other.close()


def _status_bytes() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map"
        writer = SlotWriter(path, [4096, 64, 64, 64, 64])
        writer.write(0, msgspec.json.encode(Status(mode="live", feeds=(FeedStatus(name="wide"),))))
        writer.close()
        return path.read_bytes()


def _rtmp_bytes() -> list[bytes]:
    write = ChunkWriter().write
    messages = [
        Message(3, Kind.COMMAND, 0, 0, encode("_result", 1, {"a": 1.5}, {"code": "NetConnection.Connect.Success"})),
        Message(3, Kind.COMMAND, 0, 0, encode("onStatus", 0, None, {"code": "NetStream.Publish.Start"})),
        Message(2, Kind.SET_CHUNK_SIZE, 0, 0, b"\0\0\x10\0"),
        Message(2, Kind.USER_CONTROL, 0, 1 << 25, b"\0\6\0\0\0\0"),
    ]
    return [b"".join(write(one) for one in messages), *(write(one) for one in messages)]


def _pictures() -> list[bytes]:
    picture = np.random.default_rng(1).integers(0, 255, (24, 32, 3), np.uint8)
    return [cv2.imencode(kind, picture)[1].tobytes() for kind in (".jpg", ".png", ".webp", ".bmp")]


def _xlsx() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.xlsx"
        write_sheet(path, ["sku", "name", "price"], [["A-1", "Bag", "12.50"]])
        return path.read_bytes()


_CATALOGUE = Catalogue(
    (
        ProductView(
            sku="BAG-01",
            name="Bag",
            currency="USD",
            prices={"USD": 100},
            keyword="12",
            variants=(VariantView("BAG-01-RED", {"color": "red"}, 4), VariantView("BAG-01-L", {"size": "L"}, None)),
        ),
        ProductView(sku="FOX-03", name="Fox", currency="USD", prices={"USD": 1400}, keyword="fox"),
    )
)
_TABLE = (
    b"sku,variant_of,name,price,currency,was,stock,options,name:es,price:EUR\r\n"
    b'A-1,,Bag,12.50,USD,15,,,Bolso,11\r\nA-1-R,A-1,,,,,2,color=red; size=M,,\r\nB-2,,"Belt, long",7,,,,,,\r\n'
)
_COMMENTS = (
    '{"id":"1","channel":"c","author":"a","text":"12 x2 rojo","at":"2026-01-01T00:00:00Z"}\n'
    '{"id":2,"text":"我要 fox ×３"}\n'
).encode()
_JSON = [
    b'{"color": "red"}',
    b'{"mode":"live","show_id":"1","scene":"a","overlays":{"card":true},"destinations":{"a":{"on":true,"retries":1}}}',
    b'{"show_id":"1","boot_id":"b","stamp_ns":1,"seconds":0.0,"started_ns":0}',
    b"null",
    b"[]",
    b'"text"',
    b"1e999",
    b"[" * 2000,
]
_WORDS = st.sampled_from(
    ["12", "fox", "x2", "+1", "2", "red", "85", "?", "包", " ", ",", "BAG-01", "×", "\u202e", "\0"]
)

TARGETS: dict[str, Target] = {
    "rtmp": Target(0.24, changed(_rtmp_bytes()) | noise(), _chunks),
    "publisher": Target(0.01, rtmp_answers, _publisher),
    "show": Target(0.12, changed([SHOW.encode()]) | noise(), _show_file),
    "table": Target(0.12, changed([_TABLE, _xlsx()]) | noise(), _table),
    "import": Target(0.01, changed([_TABLE]), _import),
    "photo": Target(0.1, changed(_pictures()) | noise(), _photo),
    "comments": Target(0.1, changed([_COMMENTS]) | noise(), _comments),
    "claim": Target(0.1, st.lists(_WORDS | st.text(max_size=6)).map(lambda words: "".join(words).encode()), _claim),
    "status": Target(0.08, changed([_status_bytes()]) | noise(), _status_map),
    "slots": Target(0.05, changed([_status_bytes()[:400]]) | noise(), _slots),
    "wanted": Target(0.04, changed(_JSON) | noise(), _wanted),
    "options": Target(0.03, changed(_JSON) | noise(), _options),
}


@contextmanager
def door(name: str, folder: Path) -> Iterator[Probe]:
    """The function that takes one input at that door."""
    with ExitStack() as stack:
        yield stack.enter_context(contextmanager(TARGETS[name].opened)(folder))
