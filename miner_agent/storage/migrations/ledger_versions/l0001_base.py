"""The chain, and what stands beside it: evidence, prices, names."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REFUSED = ("UPDATE", "DELETE")


def upgrade() -> None:
    """Make the tables, and let nothing change or take away an entry."""
    op.create_table(
        "entries",
        sa.Column("book", sa.Text, nullable=False),
        sa.Column("seq", NUMBER, nullable=False, autoincrement=False),  # from 1 on, without gaps
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("occurred_at", NUMBER, nullable=False),  # [us]
        sa.Column("recorded_at", NUMBER, nullable=False),  # [us]
        sa.Column("by_whom", sa.Text, nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("replaces", NUMBER),
        sa.Column("fact", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("book", "seq"),
        sqlite_strict=True,
    )
    op.create_index("entries_by_fact", "entries", ["book", "fact"], unique=True)
    corrections = sa.text("replaces IS NOT NULL")
    op.create_index("entries_by_replaced", "entries", ["book", "replaces"], sqlite_where=corrections)
    for verb in REFUSED:
        op.execute(
            f"CREATE TRIGGER entries_keep_{verb.lower()} BEFORE {verb} ON entries "
            "BEGIN SELECT RAISE(ABORT, 'an entry is never changed or taken away'); END"
        )
    op.create_table(
        "evidence",
        sa.Column("hash", sa.Text, primary_key=True),  # of the raw answer
        sa.Column("taken_at", NUMBER, nullable=False),  # [us]
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "quotes",
        sa.Column("asset", sa.Text, primary_key=True),
        sa.Column("currency", sa.Text, primary_key=True),
        sa.Column("at", NUMBER, primary_key=True, autoincrement=False),  # [us]
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("price", sa.Text, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "names",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text),  # NULL: it was erased
        sqlite_strict=True,
    )
    op.create_index("names_by_name", "names", ["kind", "name"], unique=True)
