"""Good input of every kind, which is then made bad, and the ways to make it so that a checksum does not catch."""

from __future__ import annotations

import io
import tempfile
import zipfile
from fractions import Fraction
from pathlib import Path

import cv2
import msgspec
import numpy as np
from hypothesis import strategies as st

from studio.media.packet import AudioFormat, Packet, StreamFormat, VideoFormat
from studio.outputs.amf0 import Value, encode
from studio.outputs.chunks import ChunkWriter, Kind, Message
from studio.shop.catalogue import Catalogue, ProductView, VariantView
from studio.shop.tabular import write_sheet
from studio.show.status import FeedStatus, Status
from studio.workspace.slots import SlotWriter
from tests.hostile.bytes_from import changed

CATALOGUE = Catalogue(
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
TABLE = (
    b"sku,variant_of,name,price,currency,was,stock,options,name:es,price:EUR\r\n"
    b'A-1,,Bag,12.50,USD,15,,,Bolso,11\r\nA-1-R,A-1,,,,,2,color=red; size=M,,\r\nB-2,,"Belt, long",7,,,,,,\r\n'
)
SHOPIFY = (
    b"Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\n"
    b"bag,Bag,Color,red,B-R,4,12.50\nbag,,,blue,B-B,-2,13\n"
)
COMMENTS = (
    '{"id":"1","channel":"c","author":"a","text":"12 x2 rojo","at":"2026-01-01T00:00:00Z"}\n'
    '{"id":2,"text":"我要 fox ×３"}\n'
).encode()
CLAIMS = tuple(one.encode() for one in ("12 x2 rojo", "fox ×３, bag-01 L +1", "我要2个包", "12?", "12 12 85"))
WORDS = st.sampled_from(
    ["12", "fox", "x2", "+1", "2", "red", "85", "?", "包", " ", ",", "BAG-01", "×", "\u202e", "\0"]
)
WISH = (
    b'{"mode":"live","show_id":"1","scene":"a","overlays":{"card":true},"destinations":{"a":{"on":true,"retries":1}}}'
)
LEASE = b'{"show_id":"1","boot_id":"b","stamp_ns":1,"seconds":0.0,"started_ns":0}'
ACT = b'{"type":"clip","seconds":30.0,"feed":"wide"}'
ANSWER = b'{"said":"clip.mp4","do":"","note":"shorter"}'
FACTS = b'{"name":"Bag","keyword":"A-1","photo":"","currency":"USD","was":null,"price:USD":1250,"name:es":"Bolso"}'
JSON = (
    b'{"color": "red"}',
    WISH,
    LEASE,
    ACT,
    ANSWER,
    FACTS,
    b"null",
    b"[]",
    b'"text"',
    b"1e999",
    b"[" * 2000,
    b'{"x":' + b"[" * 2000 + b"]" * 2000 + b"}",
    b'{"color": 5, "name": [], "id": 7}',
)
JSON_WORDS = st.sampled_from(
    [b"null", b"true", b"-1", b"1e400", b"123456789012345678901234567890", b'""', b"{}", b"[]", b'"\\ud800"', b"\xff"]
)


def status_map(payload: bytes) -> bytes:
    """A whole status map whose sums are right, whatever its first slot says."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map"
        writer = SlotWriter(path, [4096, 64, 64, 64, 64])
        writer.write(0, payload[:4096])
        writer.close()
        return path.read_bytes()


STATUS = msgspec.json.encode(Status(mode="live", feeds=(FeedStatus(name="wide"),)))


def rtmp_messages() -> list[bytes]:
    """What servers say, whole messages."""
    write = ChunkWriter().write
    info: Value = {"level": "error", "code": "NetStream.Publish.BadName", "description": "in use"}
    messages = [
        Message(3, Kind.COMMAND, 0, 0, encode("_result", 1, {"a": 1.5}, {"code": "NetConnection.Connect.Success"})),
        Message(3, Kind.COMMAND, 0, 0, encode("_error", 1, None, {"code": "NetConnection.Connect.Rejected"})),
        Message(3, Kind.COMMAND, 0, 0, encode("_result", 4, None, 1)),
        Message(3, Kind.COMMAND, 0, 0, encode("onStatus", 0, None, {"code": "NetStream.Publish.Start"})),
        Message(5, Kind.COMMAND, 1, 0, encode("onStatus", 0, None, info)),
        Message(3, Kind.COMMAND_AMF3, 0, 0, b"\0" + encode("close", 0, None)),
        Message(2, Kind.SET_CHUNK_SIZE, 0, 0, b"\0\0\x10\0"),
        Message(2, Kind.WINDOW_SIZE, 0, 0, b"\0\0\0\x10"),
        Message(2, Kind.PEER_BANDWIDTH, 0, 0, b"\0\x26\x25\xa0\2"),
        Message(2, Kind.ABORT, 0, 0, b"\0\0\0\3"),
        Message(2, Kind.USER_CONTROL, 0, 1 << 25, b"\0\6\0\0\0\0"),
    ]
    return [b"".join(write(one) for one in messages), *(write(one) for one in messages)]


# A stream that no decoder ever sees: the parameter sets are of the right shape, the pictures are not.
FORMAT = StreamFormat(
    VideoFormat(320, 180, Fraction(30), 400, b"\0\0\0\1\x67\x42\xc0\x1e\xd9\0\0\0\1\x68\xce\x3c\x80"),
    AudioFormat(48_000, 2, 96, b"\x11\x90"),
)
_UNIT = b"\0\0\0\1\x65" + b"\x9a" * 20_000
PACKETS = tuple(
    Packet("video", _UNIT, at * 33_333_333, at * 33_333_333, 33_333_333, is_key=at == 0, born_ns=0) for at in range(3)
)


def pictures() -> list[bytes]:
    picture = np.random.default_rng(1).integers(0, 255, (24, 32, 3), np.uint8)
    return [cv2.imencode(kind, picture)[1].tobytes() for kind in (".jpg", ".png", ".webp", ".bmp")]


def _members() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.xlsx"
        rows = [["A-1", "", "Bag", "12.50", "2"], ["A-1-R", "A-1", "", "", "1"]]
        write_sheet(path, ["sku", "variant_of", "name", "price", "stock"], rows)
        with zipfile.ZipFile(path) as book:
            return {one: book.read(one) for one in book.namelist()}


_MEMBERS = _members()
SHEET = "xl/worksheets/sheet1.xml"
SHEET_XML = (
    _MEMBERS[SHEET],
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:B3"/>'
    b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c><c r="B1" t="inlineStr"><is><t>price</t>'
    b'</is></c></row><row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3" s="1"><v>12.5</v></c></row></sheetData>'
    b'<mergeCells count="1"><mergeCell ref="A5:B6"/></mergeCells><pageMargins left="1"/></worksheet>',
)
_XML = st.sampled_from(
    [
        b'r="A1048576"', b'r="99999999999"', b'ref="A1:XFD1048576"', b'r="ZZZ1"', b'r="-1"', b't="d"', b't="n"',
        b't="b"', b't="s"', b't="e"', b's="9999"', b"1e999", b"<v>", b"</v>", b"<f>1/0</f>", b"<row/>", b"<c/>",
        b"nan", b'odd="1"', b"&#0;", b"&lt;", b"<!--", b"]]>", b'<!DOCTYPE a [<!ENTITY b "c">]>', b"&b;",
    ]
)  # fmt: skip


def zipped(name: str, body: bytes, members: dict[str, bytes] = _MEMBERS) -> bytes:
    """A workbook with one of its parts replaced, and the sums right again."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as book:
        for one, data in members.items():
            book.writestr(one, body if one == name else data)
    return out.getvalue()


def workbooks() -> st.SearchStrategy[bytes]:
    """Mostly a sheet that was changed; now and then another part, or the archive itself."""
    parts = [SHEET] * 6 + sorted(_MEMBERS)
    inside = st.sampled_from(parts).flatmap(
        lambda name: changed([_MEMBERS[name], *(SHEET_XML if name == SHEET else ())], _XML).map(
            lambda body: zipped(name, body)
        )
    )
    return inside | changed([zipped("", b"")])
