"""The first tables: catalogue, shows, on-air intervals, orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# What a sale copied stays as it was; who must be forgotten (orders.buyer) and how far it got (status) may change.
_FIXED = {
    "orders": "id, shop_id, number, show_id, at, channel",
    "order_lines": (
        "id, shop_id, order_id, variant_id, sku, variant, options, name, quantity, price_minor, currency, video_s"
    ),
}


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column("id", sa.Integer(), nullable=False),
        _shop(),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("keyword", sa.String(64), nullable=False),
        sa.Column("photo", sa.String(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("was_minor", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.UniqueConstraint("shop_id", "sku", name="uq_products_shop_id_sku"),
    )
    op.create_table(
        "product_names",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        _shop(),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_product_names_product_id_products"),
        sa.PrimaryKeyConstraint("product_id", "language", name="pk_product_names"),
    )
    op.create_table(
        "prices",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        _shop(),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("minor >= 0", name="ck_prices_not_negative"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_prices_product_id_products"),
        sa.PrimaryKeyConstraint("product_id", "currency", name="pk_prices"),
    )
    op.create_table(
        "variants",
        sa.Column("id", sa.Integer(), nullable=False),
        _shop(),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.CheckConstraint("stock >= 0", name="ck_variants_never_oversold"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_variants_product_id_products"),
        sa.PrimaryKeyConstraint("id", name="pk_variants"),
        sa.UniqueConstraint("shop_id", "sku", name="uq_variants_shop_id_sku"),
    )
    op.create_index("ix_variants_product_id", "variants", ["product_id"])
    op.create_table(
        "file_facts",
        _shop(),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "file", "sku", name="pk_file_facts"),
    )
    op.create_table(
        "shows",
        sa.Column("id", sa.String(64), nullable=False),
        _shop(),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_shows"),
    )
    op.create_table(
        "on_air",
        sa.Column("id", sa.Integer(), nullable=False),
        _shop(),
        sa.Column("show_id", sa.String(64), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("from_s", sa.Double(), nullable=False),
        sa.Column("to_s", sa.Double(), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_on_air_product_id_products"),
        sa.ForeignKeyConstraint(["show_id"], ["shows.id"], name="fk_on_air_show_id_shows"),
        sa.PrimaryKeyConstraint("id", name="pk_on_air"),
    )
    op.create_index("ix_on_air_show_id_from_s", "on_air", ["show_id", "from_s"])
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), nullable=False),
        _shop(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("show_id", sa.String(64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("buyer", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["show_id"], ["shows.id"], name="fk_orders_show_id_shows"),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sa.UniqueConstraint("shop_id", "number", name="uq_orders_shop_id_number"),
    )
    op.create_table(
        "order_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        _shop(),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("variant", sa.String(64), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("video_s", sa.Double(), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_order_lines_some"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_lines_order_id_orders"),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name="fk_order_lines_variant_id_variants"),
        sa.PrimaryKeyConstraint("id", name="pk_order_lines"),
    )
    op.create_index("ix_order_lines_order_id", "order_lines", ["order_id"])
    op.create_index("ix_order_lines_variant_id_status", "order_lines", ["variant_id", "status"])
    for table, columns in _FIXED.items():
        op.execute(
            f"CREATE TRIGGER {table}_keep BEFORE UPDATE OF {columns} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the order log is append-only'); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the order log is append-only'); END"
        )


def _shop() -> sa.Column[str]:
    return sa.Column("shop_id", sa.String(36), nullable=False)
