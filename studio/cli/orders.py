"""`benchcast orders`: the order log."""

from __future__ import annotations

from pathlib import Path

import msgspec
import typer

from studio.cli.lists import counted, show_table
from studio.workspace.paths import open_workspace

orders_app = typer.Typer(
    help="The order log: who takes what, at which price, at which second of the show.", no_args_is_help=True
)


@orders_app.command()
def add(
    sku: str = typer.Option(help="What is sold: the SKU of a product or a variant."),
    qty: int = typer.Option(help="How many."),
    buyer: str = typer.Option("", help="Who takes it."),
    channel: str = typer.Option("", help="Where it was said."),
    waitlist: bool = typer.Option(False, "--waitlist", help="With too little left, wait instead of failing."),
) -> None:
    """Sell something; prints the order's number, or J-n where the database cannot be used: noted, not held."""
    from studio.media.clock import SystemClock, utc_now
    from studio.shop.orders import WAITING, NewOrder
    from studio.shop.taking import take_order
    from studio.show.now import current_show

    workspace = open_workspace()
    order = NewOrder(
        sku=sku,
        quantity=qty,
        buyer=buyer,
        channel=channel,
        at=utc_now(),
        show=current_show(workspace, SystemClock()),
        waitlist=waitlist,
    )
    taken = take_order(workspace, order)
    line = taken.line
    if line is None:
        typer.echo(f"J-{taken.noted} noted, not held")
        typer.echo(f"It is entered as soon as the database can be used. {taken.trouble}", err=True)
        return
    typer.echo(str(line.number))
    if line.status == WAITING:
        typer.echo(f"Too little of {line.variant or line.sku} is left: order {line.number} waits.", err=True)
    if taken.trouble:
        typer.echo(taken.trouble, err=True)


@orders_app.command("list")
def list_(as_json: bool = typer.Option(False, "--json", help="One object a line of an order.")) -> None:
    """Show every line of the log, oldest first."""
    from studio.shop.database import open_shop
    from studio.shop.money import decimal_text
    from studio.shop.order_sheet import number_text, order_fields, video_text
    from studio.shop.orders import read_orders

    lines = read_orders(open_shop(open_workspace()))
    if as_json:
        for one in lines:
            typer.echo(msgspec.json.encode(order_fields(one)).decode())
        return
    rows = [
        [
            number_text(one),
            f"{one.at.astimezone():%Y-%m-%d %H:%M:%S}",
            one.variant or one.sku,
            one.name,
            str(one.quantity),
            f"{decimal_text(one.price, one.currency)} {one.currency}",
            one.buyer,
            one.channel,
            one.status,
            video_text(one.video_s),
        ]
        for one in lines
    ]
    columns = ["Number", "At", "SKU", "Name", "Qty", "Price", "Buyer", "Channel", "Status", "In the show"]
    show_table("orders", columns, rows, right={"Number", "Qty", "Price", "In the show"})


@orders_app.command()
def export(file: Path = typer.Argument(help="A .csv or .xlsx file; it is replaced.")) -> None:
    """Write the log to a table."""
    from studio.shop.database import open_shop
    from studio.shop.order_sheet import export_orders
    from studio.shop.orders import read_orders

    lines = read_orders(open_shop(open_workspace()))
    export_orders(lines, file)
    typer.echo(f"{counted(len(lines), 'line')} in {file}")


@orders_app.command()
def restore() -> None:
    """Put the newest good backup, with all orders since, in the place of a damaged database; that is kept aside."""
    from studio.shop.backups import restore as put_back
    from studio.shop.taking import how_they_went

    done = put_back(open_workspace())
    if done.backup is None:
        typer.echo("There is no good backup: the catalogue is empty until a show file or table is loaded.")
    else:
        typer.echo(f"Restored from {done.backup}")
    typer.echo(f"{counted(len(done.lines), 'order')} entered from the journal: {how_they_went(done.lines) or 'none'}")
    typer.echo(f"The damaged file is {done.aside}")
    if done.trouble:
        typer.echo(done.trouble, err=True)
