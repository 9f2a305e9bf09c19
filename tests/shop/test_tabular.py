from __future__ import annotations

import contextlib
import csv
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from studio.errors import InputError, StudioError
from studio.shop.tabular import decode, read_sheet, write_sheet

_FILE = Path("table.csv")
_EVIL = ("=1+1", "+49 170 1", "-2", "@SUM(A1)", "\t=1", "'quoted", "plain", "a,b;c", 'say "hi"', "two\nlines", "12")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["sku,name\nA1,Bolso de piel marrón\n", "sku,name\nA1,手工雕花肩包，头层植鞣革\n"])
def test_unicode_is_recognised_in_every_form(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding), _FILE) == text


@pytest.mark.parametrize("text", ["sku,name\nA1,手工雕花肩包，头层植鞣革\n", "货号,名称\n1,包\n"])
def test_chinese_without_unicode_is_recognised(text: str) -> None:
    assert decode(text.encode("gb18030"), _FILE) == text


@pytest.mark.parametrize(
    "text", ["sku,name\nA1,Señora émail crème brûlée 45 €\n", "sku,name\nA1,Gürtel aus Leder, weiß\n"]
)
def test_western_text_without_unicode_is_recognised(text: str) -> None:
    assert decode(text.encode("cp1252"), _FILE) == text


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_recognised_by_the_headers(tmp_path: Path, separator: str) -> None:
    file = tmp_path / "p.csv"
    file.write_text(f'SKU{separator}Name{separator}Price\nA1{separator}"Bag, big; new"{separator}1.00\n')
    sheet = read_sheet(file, {"sku", "name", "price"})
    assert (sheet.columns, sheet.rows[0].get("name")) == (("sku", "name", "price"), "Bag, big; new")


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_no_cell_becomes_a_formula_and_all_read_back(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"t{suffix}"
    write_sheet(file, ["sku", "name"], [[str(at), text] for at, text in enumerate(_EVIL)])
    if suffix == ".xlsx":
        book = load_workbook(file)
        assert {cell.data_type for row in book["Benchcast"].iter_rows() for cell in row} == {"s"}
    else:
        cells = [line.partition(",")[2].strip('"') for line in file.read_text("utf-8-sig").splitlines()[1:]]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    back = [row.get("name") for row in read_sheet(file, {"sku", "name"}).rows]
    assert back == list(_EVIL)


@given(st.text(max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_text_at_all_is_written_as_a_formula(tmp_path: Path, text: str) -> None:
    file = tmp_path / "t.csv"
    write_sheet(file, ["name"], [[text.encode("utf-8", "ignore").decode()]])
    with file.open(encoding="utf-8-sig", newline="") as lines:
        _, *rows = csv.reader(lines)
    assert not [cell for row in rows for cell in row if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        write_sheet(tmp_path / "no" / "t.csv", ["name"], [])


def test_what_the_disk_does_not_take_is_no_mistake_of_the_person(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="cannot be written") as caught:
        write_sheet(tmp_path / f"{'x' * 300}.csv", ["name"], [])
    assert not isinstance(caught.value, InputError)


def test_numbers_of_a_spreadsheet_are_read_as_they_are_written(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["sku", "price", "stock"], [1001, 179.5, 3.0], ["A", 0.1, None]):
        sheet.append(line)
    book.save(tmp_path / "p.xlsx")
    book.close()
    rows = read_sheet(tmp_path / "p.xlsx", ()).rows
    assert [dict(row.cells) for row in rows] == [
        {"sku": "1001", "price": "179.5", "stock": "3"},
        {"sku": "A", "price": "0.1"},
    ]


_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{0}<sheetData><row r="1">'
    '<c r="A1" t="inlineStr"><is><t>sku</t></is></c></row><row r="{1}"><c t="inlineStr"><is><t>A</t></is></c></row>'
    "</sheetData>{2}</worksheet>"
)


def _with_sheet(file: Path, dimension: str = "", row: str = "2", after: str = "") -> Path:
    """A workbook whose one sheet is written by hand."""
    write_sheet(file, ["sku"], [])
    with zipfile.ZipFile(file) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/worksheets/sheet1.xml"] = _SHEET.format(dimension, row, after).encode()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in parts.items():
            book.writestr(name, data)
    return file


def test_a_sheet_that_says_it_is_larger_than_it_is_is_read(tmp_path: Path) -> None:
    file = _with_sheet(tmp_path / "p.xlsx", dimension='<dimension ref="A1:XFD1048576"/>')
    assert [dict(row.cells) for row in read_sheet(file, {"sku"}).rows] == [{"sku": "A"}]


@pytest.mark.long
def test_a_product_in_a_spreadsheets_last_row_is_read(tmp_path: Path) -> None:
    file = _with_sheet(tmp_path / "p.xlsx", row="1048576")
    assert [row.number for row in read_sheet(file, {"sku"}).rows] == [1_048_576]


@pytest.mark.long
def test_a_row_beyond_all_spreadsheets_is_refused_in_time(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="larger than any list of products"):
        read_sheet(_with_sheet(tmp_path / "p.xlsx", row="99999999999"), {"sku"})


def test_a_workbook_that_would_unpack_to_more_than_a_disk_is_refused(tmp_path: Path) -> None:
    file = _with_sheet(tmp_path / "p.xlsx")
    with zipfile.ZipFile(file, "a") as book:
        book.writestr("xl/media/a", b"")
        book.getinfo("xl/media/a").file_size = 2_000_000_000
    with pytest.raises(InputError, match="larger than any list of products"):
        read_sheet(file, {"sku"})


@pytest.mark.parametrize("after", ['<mergeCells odd="1"/>', "<dimension/>", '<pageMargins left="x"/>', "<a>"])
def test_whatever_fails_in_a_workbook_is_refused_in_words(tmp_path: Path, after: str) -> None:
    with pytest.raises(InputError, match="is no readable XLSX file"):
        read_sheet(_with_sheet(tmp_path / "p.xlsx", dimension=after), {"sku"})


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("p.csv", b"", "row 1: has no header"),
        ("p.csv", b"sku,name\nA,b,c,d\n", "row 2: has 4 cells under 2 columns"),
        ("p.csv", b'sku,name\nA,"b\n', "line 2: is no readable CSV"),
        ("p.csv", b"sku,sku\nA,b\n", "has the column 'sku' twice"),
        ("p.csv", b"sku,name\nA,\x81\x8d\x8f\n", "encoding"),
        ("p.xlsx", b"no spreadsheet", "no readable XLSX"),
        ("p.pdf", b"", "is a .pdf file"),
    ],
)
def test_what_is_no_table_is_refused_with_its_place(tmp_path: Path, name: str, data: bytes, complaint: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=complaint):
        read_sheet(tmp_path / name, {"sku", "name"})


@given(st.binary(max_size=200), st.sampled_from([".csv", ".xlsx"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_a_table_or_refused_in_words(tmp_path: Path, data: bytes, suffix: str) -> None:
    file = tmp_path / f"any{suffix}"
    file.write_bytes(data)
    with contextlib.suppress(InputError):
        read_sheet(file, {"sku"})


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_sheet(tmp_path / "gone.csv", ())
