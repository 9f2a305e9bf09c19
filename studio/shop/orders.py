"""The order log: an order and the stock it takes are one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from studio.errors import InputError
from studio.shop.catalogue import no_price, unknown_sku
from studio.shop.database import Shop
from studio.shop.show_now import ShowNow
from studio.shop.shows import keep_show
from studio.shop.tables import OrderLineRow, OrderRow, ProductRow, VariantRow

FIRST_NUMBER = 1001
MAX_QUANTITY = 1_000_000
OPEN, WAITING = "open", "waiting"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of the log. `price` is minor units for one; `variant` is the variant's SKU, None without choices."""

    number: int
    at: datetime
    sku: str
    variant: str | None
    name: str
    quantity: int
    price: int
    currency: str
    buyer: str
    channel: str
    status: str
    video_s: float | None


def add_order(
    shop: Shop,
    *,
    sku: str,
    quantity: int,
    at: datetime,
    buyer: str = "",
    channel: str = "",
    show: ShowNow | None = None,
    waitlist: bool = False,
) -> OrderLine:
    """Sell `quantity` of a SKU at its price now. When this returns, it is on the disk.

    With `waitlist`, an order for more than is left waits and takes no stock. `show`: the one on air now.

    Raises:
        InputError: no such SKU, a quantity that is none, or too little left; nothing was taken.
        StudioError: the product has no price, or the database cannot be written.
    """
    if not 1 <= quantity <= MAX_QUANTITY:
        raise InputError("--qty", f"{quantity} is no quantity", do=f"give a whole number from 1 to {MAX_QUANTITY}")
    with shop.writing() as session:
        variant = _variant(session, shop, sku)
        status = OPEN
        if variant.stock is not None and variant.stock < quantity:
            if not waitlist:
                raise InputError(
                    f"SKU {variant.sku}",
                    f"only {variant.stock} left, {quantity} asked for",
                    do="take fewer, or add --waitlist" if variant.stock else "add --waitlist to let the buyer wait",
                )
            status = WAITING
        elif variant.stock is not None:
            variant.stock -= quantity
        if show is not None:
            keep_show(session, shop, show)
        product = variant.product
        price = next((one.minor for one in product.prices if one.currency == product.currency), None)
        if price is None:
            raise no_price(product.sku, product.currency)
        order = OrderRow(
            shop_id=shop.id,
            number=_next_number(session, shop),
            show_id=show.id if show else None,
            at=at,
            buyer=buyer,
            channel=channel,
        )
        line = OrderLineRow(
            shop_id=shop.id,
            variant_id=variant.id,
            sku=product.sku,
            variant=variant.sku if variant.sku != product.sku else None,
            options=variant.options,
            name=product.name,
            quantity=quantity,
            price_minor=price,
            currency=product.currency,
            video_s=show.video_s if show else None,
            status=status,
        )
        order.lines.append(line)
        session.add(order)
    return _view(order, line)


def read_orders(shop: Shop) -> list[OrderLine]:
    """Every line of the log, oldest first. Raises StudioError."""
    with shop.reading() as session:
        lines = session.scalars(
            select(OrderLineRow)
            .where(OrderLineRow.shop_id == shop.id)
            .options(joinedload(OrderLineRow.order))
            .order_by(OrderLineRow.id)
        )
        return [_view(line.order, line) for line in lines]


def _variant(session: Session, shop: Shop, sku: str) -> VariantRow:
    """What the SKU counts. Raises InputError when there is none, or when a choice has to be made first."""
    offered = select(VariantRow).where(VariantRow.shop_id == shop.id, ~VariantRow.retired)
    exact = session.scalars(offered.where(VariantRow.sku == sku)).first()
    if exact is not None:
        return exact
    folded = sku.casefold()
    choices = session.execute(
        select(VariantRow.sku, ProductRow.sku)
        .join(VariantRow.product)
        .where(VariantRow.shop_id == shop.id, ~VariantRow.retired)
        .order_by(VariantRow.id)
    ).all()
    alike = [own for own, _ in choices if own.casefold() == folded]
    if len(alike) == 1:
        return session.scalars(offered.where(VariantRow.sku == alike[0])).one()
    of_product = [own for own, product in choices if product.casefold() == folded]
    if len(of_product) == 1:
        return session.scalars(offered.where(VariantRow.sku == of_product[0])).one()
    if of_product:
        raise InputError(f"SKU {sku}", "comes in several variants", do=f"choose one of: {', '.join(of_product)}")
    raise unknown_sku(sku, [own for own, _ in choices])


def _next_number(session: Session, shop: Shop) -> int:
    """Unique and increasing: orders are never deleted, and the caller holds the write lock."""
    highest = session.scalar(select(func.max(OrderRow.number)).where(OrderRow.shop_id == shop.id))
    return FIRST_NUMBER if highest is None else highest + 1


def _view(order: OrderRow, line: OrderLineRow) -> OrderLine:
    return OrderLine(
        number=order.number,
        at=order.at,
        sku=line.sku,
        variant=line.variant,
        name=line.name,
        quantity=line.quantity,
        price=line.price_minor,
        currency=line.currency,
        buyer=order.buyer,
        channel=order.channel,
        status=line.status,
        video_s=line.video_s,
    )
