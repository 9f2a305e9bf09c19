"""What the log keeps of a show: when it was, and when each product was on air."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from studio.shop.database import Shop
from studio.shop.show_now import ShowNow
from studio.shop.tables import OnAirRow, ProductRow, ShowRow


def record_interval(shop: Shop, show: ShowNow, sku: str, at: datetime) -> None:
    """From now on the product `sku` is on air, and the one before is not; an empty `sku`: none is.

    Says nothing new when that product already is (an engine that was restarted asks again). Raises StudioError.
    """
    with shop.writing() as session:
        keep_show(session, shop, show)
        product = session.scalar(select(ProductRow.id).where(ProductRow.shop_id == shop.id, ProductRow.sku == sku))
        still = session.scalars(select(OnAirRow).where(OnAirRow.show_id == show.id, OnAirRow.to_s.is_(None))).all()
        if product is not None and [one.product_id for one in still] == [product]:
            return
        _close(session, show.id, show.video_s, at)
        if product is not None:
            session.add(
                OnAirRow(shop_id=shop.id, show_id=show.id, product_id=product, from_s=show.video_s, from_at=at)
            )


def end_show(shop: Shop, show: ShowNow, at: datetime) -> None:
    """The show is over, and so is what was on air. Raises StudioError."""
    with shop.writing() as session:
        keep_show(session, shop, show)
        _close(session, show.id, show.video_s, at)
        session.execute(update(ShowRow).where(ShowRow.id == show.id).values(ended_at=at))


def keep_show(session: Session, shop: Shop, show: ShowNow) -> None:
    """Write the show down if it is not yet."""
    if session.get(ShowRow, show.id) is None:
        session.add(
            ShowRow(
                id=show.id,
                shop_id=shop.id,
                title=show.title,
                language=show.language,
                currency=show.currency,
                started_at=show.started_at,
            )
        )
        session.flush()


def _close(session: Session, show_id: str, video_s: float, at: datetime) -> None:
    session.execute(
        update(OnAirRow).where(OnAirRow.show_id == show_id, OnAirRow.to_s.is_(None)).values(to_s=video_s, to_at=at)
    )
