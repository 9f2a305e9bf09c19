"""Tables as files: CSV and XLSX, read whatever wrote them and written so that any spreadsheet reads them."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import InputError, StudioError

_LARGEST = 100_000_000  # bytes
_LARGEST_UNPACKED = 1_000_000_000
_MOST_CELLS = 5_000_000  # with one more for each row: as many rows as a spreadsheet has are a fifth of it
_SEPARATORS = (",", ";", "\t", "|")
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NEUTRAL = "'"
_DO = "give a .csv or .xlsx file"


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header. `number` is the spreadsheet's, where the header is 1; `cells` by folded header."""

    number: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. `columns` are the headers, folded to lower case; `separator` is empty for XLSX."""

    file: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    separator: str = ""


def read_sheet(file: Path, known: Iterable[str]) -> Sheet:
    """Read a table; `known` are headers (lower case) that tell which separator is the right one.

    Raises:
        InputError: it cannot be read, or is no table.
    """
    suffix = file.suffix.lower()
    if suffix not in {".csv", ".tsv", ".txt", ".xlsx"}:
        raise InputError(str(file), f"is a {suffix or 'nameless'} file", do=_DO)
    try:
        if file.stat().st_size > _LARGEST:
            raise InputError(str(file), "is larger than 100 MB", do="split it")
        data = file.read_bytes()
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "no such path"
        raise InputError(str(file), f"cannot be read ({reason})", do=_DO) from error
    if suffix == ".xlsx":
        return _sheet(file, _read_xlsx(file, data), "")
    text = decode(data, file)
    separator = _separator(text, set(known))
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        records = list(reader)
    except csv.Error as error:
        where = f"{file}, line {reader.line_num}"
        raise InputError(where, f"is no readable CSV ({error})", do="correct it, or export the file again") from error
    return _sheet(file, records, separator)


def decode(data: bytes, file: Path) -> str:
    """Text of unknown encoding: Unicode where the bytes say so, else GB18030 or Windows-1252 by how they pair.

    Raises:
        InputError: none of them.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in data[:4000]:  # Unicode without its mark: the zero bytes of Latin letters say which end comes first
        encodings = ["utf-16-le" if data[1:4000:2].count(0) >= data[0:4000:2].count(0) else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", *(["gb18030"] if _high_bytes_pair(data) else []), "cp1252"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(str(file), "is in an encoding that is not recognised", do="save it as CSV UTF-8")


def write_sheet(file: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table, replacing the file only when it is whole. No cell can become a formula.

    Raises:
        InputError: not a .csv or .xlsx file, or in no folder that can be written.
        StudioError: the disk does not take it.
    """
    writers = {".csv": _csv_bytes, ".xlsx": _xlsx_bytes}
    writer = writers.get(file.suffix.lower())
    if writer is None:
        raise InputError(str(file), "is neither .csv nor .xlsx", do="name the file so")
    if not os.path.isdir(file.parent):  # noqa: PTH112 - Path.is_dir raises for names that no system takes
        raise InputError(str(file), f"there is no folder {file.parent}", do="make it, or choose another one")
    if os.path.isdir(file):  # noqa: PTH112 - as above
        raise InputError(str(file), "is a folder", do="give a file's name in it")
    data = writer(columns, rows)
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    try:
        fresh.write_bytes(data)
        fresh.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        if isinstance(error, PermissionError):
            do = "close it elsewhere, or choose another folder"
            raise InputError(str(file), "may not be written", do=do) from error
        raise StudioError(f"{file} cannot be written ({error.strerror})", do="choose another folder") from error


def _sheet(file: Path, records: Sequence[Sequence[str]], separator: str) -> Sheet:
    if not records or not any(cell.strip() for cell in records[0]):
        raise InputError(f"{file}, row 1", "has no header", do="write the columns' names in the first row")
    columns = tuple(" ".join(cell.split()).casefold() for cell in records[0])
    twice = next((name for at, name in enumerate(columns) if name and name in columns[:at]), None)
    if twice is not None:
        raise InputError(f"{file}, row 1", f"has the column {twice!r} twice", do="keep one of them")
    rows = []
    for number, record in enumerate(records[1:], start=2):
        cells = [_plain(cell) for cell in record]
        if any(cells[len(columns) :]):
            raise InputError(
                f"{file}, row {number}",
                f"has {len(record)} cells under {len(columns)} columns",
                do="put text that holds the separator in quotes",
            )
        if any(cells):
            rows.append(Row(number, {name: cell for name, cell in zip(columns, cells, strict=False) if name}))
    return Sheet(file, columns, tuple(rows), separator)


def _plain(cell: str) -> str:
    """A cell's text, without the mark that keeps a spreadsheet from calculating it."""
    text = cell.strip()
    return text[1:] if text[:1] == _NEUTRAL and text[1:].lstrip(" ").startswith(_FORMULA) else text


def _neutral(cell: str) -> str:
    clean = "".join(one for one in cell if one >= " " or one in "\t\n\r")
    return f"{_NEUTRAL}{clean}" if clean.lstrip(" ").startswith(_FORMULA) else clean


def _high_bytes_pair(data: bytes) -> bool:
    """Whether bytes above ASCII mostly stand in pairs, as Chinese does; Western accents stand alone."""
    paired = alone = run = 0
    for byte in data[:1_000_000] + b" ":
        if byte >= 0x80:
            run += 1
            continue
        if run % 2:
            alone += 1
        paired += run // 2
        run = 0
    return paired > alone


def _separator(text: str, known: set[str]) -> str:
    """The separator under which most known headers appear, or the one that cuts the header into most cells."""
    first = text[:20_000]

    def score(separator: str) -> tuple[int, int]:
        header = next(csv.reader(io.StringIO(first, newline=""), delimiter=separator), [])
        names = {" ".join(cell.split()).casefold() for cell in header}
        return len(names & known), len(header)

    try:
        return max(_SEPARATORS, key=score)
    except csv.Error:
        return ","


def _read_xlsx(file: Path, data: bytes) -> list[list[str]]:
    """The first sheet's cells as text. Formulas give the value that was last calculated."""
    from openpyxl import load_workbook

    records: list[list[str]] = []
    cells = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > _LARGEST_UNPACKED:
                raise _too_large(file)
        with warnings.catch_warnings(action="ignore"):  # of styles and extensions that no value depends on
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            try:
                sheet = book.worksheets[0]
                sheet.reset_dimensions()  # many programs write wrong ones, and each row would be as wide
                for row in sheet.iter_rows(values_only=True):
                    records.append([_cell(value) for value in row])
                    cells += 1 + len(row)
                    if cells > _MOST_CELLS:
                        raise _too_large(file)
            finally:
                book.close()
    except InputError:
        raise
    except Exception as error:  # a damaged file fails anywhere in openpyxl, by any kind of error
        raise InputError(
            str(file), "is no readable XLSX file", do="save it again as .xlsx, or as CSV UTF-8"
        ) from error
    return records


def _too_large(file: Path) -> InputError:
    return InputError(
        str(file), "is larger than any list of products", do="delete what lies below and beside the table"
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """With a mark at the start, without which Excel takes UTF-8 for its own code page."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_neutral(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _xlsx_bytes(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Every cell is text: long numbers keep their digits, and nothing is calculated."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Benchcast")
    sheet.append(list(columns))
    for row in rows:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value="")
            cell.value = _neutral(text)
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    book.close()
    return out.getvalue()
