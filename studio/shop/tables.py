"""The tables of a shop's database. Every one carries its shop; money is integer minor units; times are UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

SHOP_ID = "main"  # the one shop of a workspace, for now


class Utc(TypeDecorator[datetime]):
    """An instant: stored as UTC, given back as UTC. SQLite itself keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else value.replace(tzinfo=UTC)


class Garbled(ValueError):
    """A field holds what nobody of us wrote."""


class Texts(TypeDecorator[dict[str, str]]):
    """A JSON object whose values are texts. Raises Garbled where the database holds another one."""

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: dict[str, str] | None, dialect: Dialect) -> dict[str, str] | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is not None and not all(isinstance(one, str) for one in value.values()):
            raise Garbled
        return value


class Base(DeclarativeBase):
    """All tables, with names for their constraints, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Utc, dict[str, str]: Texts, dict[str, str | int | None]: JSON}  # noqa: RUF012


class ProductRow(Base):
    """What is sold. `currency` is the one in which `was_minor` counts and that prices fall back to."""

    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("shop_id", "sku"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[str] = mapped_column(String(36), default=SHOP_ID)
    sku: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]
    keyword: Mapped[str] = mapped_column(String(64))
    photo: Mapped[str] = mapped_column(default="")
    currency: Mapped[str] = mapped_column(String(3))
    was_minor: Mapped[int | None] = mapped_column(BigInteger)

    names: Mapped[list[NameRow]] = relationship(cascade="all, delete-orphan", order_by="NameRow.language")
    prices: Mapped[list[PriceRow]] = relationship(cascade="all, delete-orphan", order_by="PriceRow.currency")
    variants: Mapped[list[VariantRow]] = relationship(
        cascade="all, delete-orphan", order_by="VariantRow.id", back_populates="product"
    )


class NameRow(Base):
    """A product's name in another language."""

    __tablename__ = "product_names"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(35), primary_key=True)
    shop_id: Mapped[str] = mapped_column(String(36), default=SHOP_ID)
    name: Mapped[str]


class PriceRow(Base):
    """A product's price in one currency."""

    __tablename__ = "prices"
    __table_args__ = (CheckConstraint("minor >= 0", name="not_negative"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    shop_id: Mapped[str] = mapped_column(String(36), default=SHOP_ID)
    minor: Mapped[int] = mapped_column(BigInteger)


class VariantRow(Base):
    """What is counted and ordered. A product without choices has one, with its own SKU and no options.

    `stock` is what is left; null: not counted. That it never goes below zero is the database's word, not ours.
    `retired`: no longer offered, kept for its orders.
    """

    __tablename__ = "variants"
    __table_args__ = (
        UniqueConstraint("shop_id", "sku"),
        CheckConstraint("stock >= 0", name="never_oversold"),
        Index(None, "product_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[str] = mapped_column(String(36), default=SHOP_ID)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    sku: Mapped[str] = mapped_column(String(64))
    options: Mapped[dict[str, str]]
    stock: Mapped[int | None]
    retired: Mapped[bool] = mapped_column(default=False)

    product: Mapped[ProductRow] = relationship(back_populates="variants")


class FileFactsRow(Base):
    """What a show file said about a SKU when it was last loaded, to tell what changed in it since."""

    __tablename__ = "file_facts"

    shop_id: Mapped[str] = mapped_column(String(36), primary_key=True, default=SHOP_ID)
    file: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(String(64), primary_key=True)
    facts: Mapped[dict[str, str | int | None]]


class ShowRow(Base):
    """One broadcast."""

    __tablename__ = "shows"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    shop_id: Mapped[str] = mapped_column(String(36), default=SHOP_ID)
    title: Mapped[str]
    language: Mapped[str] = mapped_column(String(35))
    currency: Mapped[str] = mapped_column(String(3))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class OnAirRow(Base):
    """A time during which a product's card was on air. Open while `to_s` is null. Seconds into the show."""

    __tablename__ = "on_air"
    __table_args__ = (Index(None, "show_id", "from_s"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[str] = mapped_column(String(36), default=SHOP_ID)
    show_id: Mapped[str] = mapped_column(ForeignKey("shows.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    from_s: Mapped[float]
    to_s: Mapped[float | None]
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]


class OrderRow(Base):
    """An order of one buyer.

    `journal_id` is what the order journal knows it by, once; `noted` the n of J-n, when that was told first.
    """

    __tablename__ = "orders"
    __table_args__ = (UniqueConstraint("shop_id", "number"), Index(None, "journal_id", unique=True))

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[str] = mapped_column(String(36), default=SHOP_ID)
    number: Mapped[int]
    show_id: Mapped[str | None] = mapped_column(ForeignKey("shows.id"))
    at: Mapped[datetime]
    buyer: Mapped[str]
    channel: Mapped[str]
    journal_id: Mapped[str | None] = mapped_column(String(32))
    noted: Mapped[int | None]

    lines: Mapped[list[OrderLineRow]] = relationship(order_by="OrderLineRow.id", back_populates="order")


class OrderLineRow(Base):
    """One item of an order, with everything copied as it was. Only `status` ever changes: triggers see to it.

    `variant_id` is null where the catalogue does not have what was ordered: a person decides.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="some"),
        Index(None, "order_id"),
        Index(None, "variant_id", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[str] = mapped_column(String(36), default=SHOP_ID)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variants.id"))
    sku: Mapped[str] = mapped_column(String(64))
    variant: Mapped[str | None] = mapped_column(String(64))  # the variant's SKU; null: the product has none
    options: Mapped[dict[str, str]]
    name: Mapped[str]
    quantity: Mapped[int]
    price_minor: Mapped[int] = mapped_column(BigInteger)  # for one
    currency: Mapped[str] = mapped_column(String(3))
    video_s: Mapped[float | None]  # seconds into the show; null: no show was on
    status: Mapped[str] = mapped_column(String(16))

    order: Mapped[OrderRow] = relationship(back_populates="lines")
