"""Cells of a table of products, read by kind, and what a table says about a product."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from studio.errors import InputError
from studio.shop.money import MAX_STOCK, MoneyError, check_currency, parse_amount, shown, storage_digits
from studio.shop.product import Facts, ShowVariant
from studio.shop.tabular import Row, Sheet


@dataclass(slots=True)
class SheetProduct:
    """What a table says about a product: only what it gives, so that the rest of a known product stays."""

    sku: str
    row: int
    facts: Facts = field(default_factory=dict)
    variants: list[ShowVariant] = field(default_factory=list)
    counted: set[str] = field(default_factory=set)  # SKUs whose stock the table gives


@dataclass(frozen=True, slots=True)
class ProductSheet:
    """A table that was read. `notes`: what of it was not used, in words."""

    file: Path
    products: tuple[SheetProduct, ...]
    notes: tuple[str, ...] = ()


class Cells:
    """One row's cells, read by kind. Complaints name file, row and column and raise InputError."""

    def __init__(self, sheet: Sheet, row: Row) -> None:
        self._sheet, self.row = sheet, row

    def error(self, column: str, what: str, *, do: str) -> InputError:
        return InputError(f"{self._sheet.file}, row {self.row.number}, column {column}", what, do=do)

    def has(self, column: str) -> bool:
        """Whether the table has such a column."""
        return column in self._sheet.columns

    def text(self, column: str, longest: int = 500) -> str:
        text = self.row.get(column)
        if len(text) > longest:
            raise self.error(column, f"is {len(text)} characters long", do=f"write at most {longest}")
        return " ".join(text.split())

    def currency(self, column: str, default: str) -> str:
        try:
            return check_currency(self.text(column) or default)
        except MoneyError as error:
            raise self.error(column, str(error), do="") from error

    def amount(self, column: str, currency: str) -> int:
        """Minor units. A decimal comma is read where the file's separator shows that it was written with one."""
        text = self.text(column)
        if self._sheet.separator == ";" and re.fullmatch(rf"\d+,\d{{1,{storage_digits(currency) or 1}}}", text):
            text = text.replace(",", ".")
        try:
            return parse_amount(text, currency)
        except MoneyError as error:
            raise self.error(column, str(error), do="") from error

    def stock(self, column: str, *, below: bool = False) -> int:
        """How many. `below`: Shopify counts below zero what it oversold."""
        text = self.text(column)
        if not re.fullmatch(r"-?[0-9]{1,10}" if below else r"[0-9]{1,10}", text) or int(text) > MAX_STOCK:
            raise self.error(column, f"found {shown(text)}", do=f"write a whole number from 0 to {MAX_STOCK}")
        return int(text)

    def photo(self, column: str, text: str) -> str:
        if "://" in text:
            raise self.error(column, "is an address", do="save the picture and give its path, or empty the cell")
        path = (self._sheet.file.parent / text).absolute()
        if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises for names that no system takes
            raise self.error(column, f"there is no file {path}", do="give its path relative to the table")
        return str(path)


def renamed_columns(sheet: Sheet, names: Mapping[str, str]) -> Sheet:
    def rename(columns: Iterable[str]) -> dict[str, str]:
        return {column: names.get(column, column) for column in columns}

    new = rename(sheet.columns)
    rows = tuple(Row(row.number, {new[name]: cell for name, cell in row.cells.items()}) for row in sheet.rows)
    return Sheet(sheet.file, tuple(new.values()), rows, sheet.separator)
