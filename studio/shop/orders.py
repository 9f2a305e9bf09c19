"""The order log: an order and the stock it takes are one transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from studio.errors import InputError, StudioError
from studio.shop.catalogue import no_price, unknown_sku
from studio.shop.database import Shop
from studio.shop.show_now import ShowNow
from studio.shop.shows import keep_show
from studio.shop.tables import OrderLineRow, OrderRow, ProductRow, VariantRow

FIRST_NUMBER = 1001
MAX_QUANTITY = 1_000_000
OPEN, WAITING, REVIEW = "open", "waiting", "review"
_NO_CURRENCY = "XXX"  # ISO 4217: none


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What a buyer wants. `id` (32 hex digits) makes it one order, however often it is written down.

    With `waitlist`, an order for more than is left waits. `show`: the one on air at that time.
    """

    sku: str
    quantity: int
    at: datetime
    buyer: str = ""
    channel: str = ""
    show: ShowNow | None = None
    waitlist: bool = False
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of the log. `price` is minor units for one; `variant` is the variant's SKU, None without choices.

    `noted`: the n of J-n, for an order that was first noted, not held.
    """

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
    noted: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An order as the journal keeps it. `line`: how the database took it; None: noted, not held."""

    order: NewOrder
    line: OrderLine | None = None


def add_order(shop: Shop, order: NewOrder, *, beyond: int = 0) -> OrderLine:
    """Sell at the price now. When this returns, it is on the disk. Its number is beyond `beyond`.

    Raises:
        InputError: no such SKU, a quantity that is none, or too little left; nothing was taken.
        ShopUnavailable: the database cannot be written now.
        StudioError: the product has no price.
    """
    check_quantity(order.quantity)
    with shop.writing() as session:
        variant = _variant(session, shop, order.sku)
        product = variant.product
        status = OPEN
        if not _take(variant, order.quantity):
            if not order.waitlist:
                raise InputError(
                    f"SKU {variant.sku}",
                    f"only {variant.stock} left, {order.quantity} asked for",
                    do="take fewer, or add --waitlist" if variant.stock else "add --waitlist to let the buyer wait",
                )
            status = WAITING
        price = _price(product)
        if price is None:
            raise no_price(product.sku, product.currency)
        return _keep(session, shop, order, _line(shop, variant, order, price, status), beyond=beyond)


def settle_order(session: Session, shop: Shop, order: NewOrder, noted: int, *, beyond: int = 0) -> OrderLine:
    """Take an order that was noted as J-`noted`: what does not fit any more waits, or is for a person to review.

    Its number is beyond `beyond`.
    """
    try:
        variant = _variant(session, shop, order.sku)
    except StudioError:
        variant = None
    price = _price(variant.product) if variant is not None else None
    if variant is None or price is None:
        line = OrderLineRow(
            shop_id=shop.id,
            sku=order.sku[:64],
            options={},
            name=order.sku,
            quantity=order.quantity,
            price_minor=0,
            currency=order.show.currency if order.show is not None else _NO_CURRENCY,
            status=REVIEW,
        )
    else:
        status = OPEN
        if not _take(variant, order.quantity):
            status = WAITING if order.waitlist else REVIEW
        line = _line(shop, variant, order, price, status)
    return _keep(session, shop, order, line, noted=noted, beyond=beyond)


def put_back_order(session: Session, shop: Shop, order: NewOrder, before: OrderLine, *, beyond: int = 0) -> OrderLine:
    """Enter an order again that a lost database had taken, with its number and price, and take its stock again.

    Where there is too little of that, or nobody counts it any more, the order is for a person to review. Where the
    number belongs to another one by now, it gets one beyond `beyond`.
    """
    variant = session.scalars(
        select(VariantRow).where(VariantRow.shop_id == shop.id, VariantRow.sku == (before.variant or before.sku))
    ).first()
    status = before.status
    if status == OPEN and (variant is None or not _take(variant, before.quantity)):
        status = REVIEW
    line = OrderLineRow(
        shop_id=shop.id,
        variant_id=variant.id if variant is not None else None,
        sku=before.sku,
        variant=before.variant,
        options=variant.options if variant is not None else {},
        name=before.name,
        quantity=before.quantity,
        price_minor=before.price,
        currency=before.currency,
        status=status,
    )
    taken = session.scalar(select(OrderRow.id).where(OrderRow.shop_id == shop.id, OrderRow.number == before.number))
    number = before.number if taken is None else None
    return _keep(session, shop, order, line, noted=before.noted, number=number, beyond=beyond)


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


def check_quantity(quantity: int) -> None:
    """Raises InputError for one that is none."""
    if not 1 <= quantity <= MAX_QUANTITY:
        raise InputError("--qty", f"{quantity} is no quantity", do=f"give a whole number from 1 to {MAX_QUANTITY}")


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


def _take(variant: VariantRow, quantity: int) -> bool:
    """Take it from the stock; False: too little is left."""
    if variant.stock is not None:
        if variant.stock < quantity:
            return False
        variant.stock -= quantity
    return True


def _price(product: ProductRow) -> int | None:
    return next((one.minor for one in product.prices if one.currency == product.currency), None)


def _line(shop: Shop, variant: VariantRow, order: NewOrder, price: int, status: str) -> OrderLineRow:
    product = variant.product
    return OrderLineRow(
        shop_id=shop.id,
        variant_id=variant.id,
        sku=product.sku,
        variant=variant.sku if variant.sku != product.sku else None,
        options=variant.options,
        name=product.name,
        quantity=order.quantity,
        price_minor=price,
        currency=product.currency,
        status=status,
    )


def _keep(
    session: Session,
    shop: Shop,
    order: NewOrder,
    line: OrderLineRow,
    *,
    noted: int | None = None,
    number: int | None = None,
    beyond: int = 0,
) -> OrderLine:
    """Enter the order with its line; a new number, beyond `beyond`, unless it has one."""
    if order.show is not None:
        keep_show(session, shop, order.show)
        line.video_s = order.show.video_s
    row = OrderRow(
        shop_id=shop.id,
        number=_next_number(session, shop, beyond) if number is None else number,
        show_id=order.show.id if order.show is not None else None,
        at=order.at,
        buyer=order.buyer,
        channel=order.channel,
        journal_id=order.id,
        noted=noted,
    )
    row.lines.append(line)
    session.add(row)
    session.flush()
    return _view(row, line)


def _next_number(session: Session, shop: Shop, beyond: int) -> int:
    """Unique and increasing: orders are never deleted, and the caller holds the write lock."""
    highest = session.scalar(select(func.max(OrderRow.number)).where(OrderRow.shop_id == shop.id))
    return max(FIRST_NUMBER - 1, highest or 0, beyond) + 1


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
        noted=order.noted,
    )
