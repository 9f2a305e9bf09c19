"""`benchcast products`: the catalogue, in and out."""

from __future__ import annotations

from pathlib import Path

import msgspec
import typer

from studio.cli.lists import counted, show_table
from studio.errors import InputError
from studio.workspace.paths import open_workspace

products_app = typer.Typer(help="What you sell: products, prices and stock.", no_args_is_help=True)


@products_app.command("import")
def import_(
    file: Path = typer.Argument(help="A CSV or XLSX table in Benchcast's own columns or Shopify's."),
    currency: str = typer.Option("", help="The currency of prices that name none; default: the catalogue's."),
) -> None:
    """Take products from a table: all of them, or none when a cell is wrong."""
    from studio.shop.catalogue_rows import read_catalogue
    from studio.shop.database import open_shop
    from studio.shop.importing import import_products, usual_currency
    from studio.shop.money import MoneyError, check_currency
    from studio.shop.product_sheet import read_products

    shop = open_shop(open_workspace())
    try:
        code = check_currency(currency) if currency else usual_currency(read_catalogue(shop))
    except MoneyError as error:
        raise InputError("--currency", str(error), do="") from error
    sheet = read_products(file, code)
    report = import_products(shop, sheet)
    for note in sheet.notes:
        typer.echo(f"Note: {note}", err=True)
    new, known = counted(len(report.created), "new product"), counted(len(report.changed), "known one")
    typer.echo(f"{new}, {known} brought up to date.")


@products_app.command()
def export(file: Path = typer.Argument(help="A .csv or .xlsx file; it is replaced.")) -> None:
    """Write the catalogue to a table that `import` reads back."""
    from studio.shop.catalogue_rows import read_catalogue
    from studio.shop.database import open_shop
    from studio.shop.importing import export_products

    count = export_products(read_catalogue(open_shop(open_workspace())), file)
    typer.echo(f"{counted(count, 'product')} in {file}")


@products_app.command("list")
def list_(as_json: bool = typer.Option(False, "--json", help="One object a line.")) -> None:
    """Show the catalogue."""
    from studio.shop.catalogue_rows import read_catalogue
    from studio.shop.database import open_shop
    from studio.shop.money import decimal_text

    products = read_catalogue(open_shop(open_workspace())).products.values()
    if as_json:
        for one in products:
            prices = {code: decimal_text(minor, code) for code, minor in one.prices.items()}
            line = {
                "sku": one.sku,
                "name": one.name,
                "price": prices[one.currency],
                "currency": one.currency,
                "stock": one.left,
                "prices": prices,
                "variants": [{"sku": each.sku, "options": each.options, "stock": each.left} for each in one.variants],
            }
            typer.echo(msgspec.json.encode(line).decode())
        return
    rows = []
    for one in products:
        rows.append([one.sku, one.name, f"{decimal_text(one.price, one.currency)} {one.currency}", _left(one.left)])
        rows += [
            [
                f"  {each.sku}",
                "  " + ", ".join(f"{name} {value}" for name, value in each.options.items()),
                "",
                _left(each.left),
            ]
            for each in one.variants
        ]
    show_table("products", ["SKU", "Name", "Price", "Left"], rows, right={"Price", "Left"})


def _left(count: int | None) -> str:
    return "–" if count is None else str(count)
