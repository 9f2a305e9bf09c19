"""Orders know their record in the order journal; a line may be of what the catalogue does not have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_FIXED = {
    "orders": "id, shop_id, number, show_id, at, channel, journal_id, noted",
    "order_lines": (
        "id, shop_id, order_id, variant_id, sku, variant, options, name, quantity, price_minor, currency, video_s"
    ),
}
_COLUMNS = f"{_FIXED['order_lines']}, status"


def upgrade() -> None:
    for table in _FIXED:
        op.execute(f"DROP TRIGGER {table}_keep")
        op.execute(f"DROP TRIGGER {table}_stay")
    op.add_column("orders", sa.Column("journal_id", sa.String(32), nullable=True))
    op.add_column("orders", sa.Column("noted", sa.Integer(), nullable=True))
    op.create_index("ix_orders_journal_id", "orders", ["journal_id"], unique=True)
    # SQLite cannot take NOT NULL from a column: the table is made anew.
    op.execute("DROP INDEX ix_order_lines_order_id")
    op.execute("DROP INDEX ix_order_lines_variant_id_status")
    op.rename_table("order_lines", "order_lines_before")
    op.create_table(
        "order_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.String(36), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=True),
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
    op.execute(f"INSERT INTO order_lines ({_COLUMNS}) SELECT {_COLUMNS} FROM order_lines_before")  # noqa: S608 - our own words
    op.drop_table("order_lines_before")
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
