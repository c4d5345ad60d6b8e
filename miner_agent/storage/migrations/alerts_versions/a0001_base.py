"""How alerts stand, what became of them, what is to be told, and what is to be kept quiet."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table. Times are in ms."""
    op.create_table(
        "standings",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "transitions",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "silences",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("matchers", sa.Text, nullable=False),  # JSON
        sa.Column("until", NUMBER, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("made_at", NUMBER, nullable=False),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_table(
        "outbox",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("dedupe_key", sa.Text, nullable=False),  # of one channel: the same is never put in twice
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),  # the notice, as JSON
        sa.Column("made_at", NUMBER, nullable=False),
        sa.Column("expires_at", NUMBER, nullable=False),
        sa.Column("delivered_at", NUMBER),
        sa.Column("dropped", sa.Text),  # why it is not sent any more
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("outbox_once", "outbox", ["channel", "dedupe_key"], unique=True)
    waiting = sa.text("delivered_at IS NULL AND dropped IS NULL")
    op.create_index("outbox_waiting", "outbox", ["channel", "id"], sqlite_where=waiting)
    op.create_index("outbox_by_alert", "outbox", ["fingerprint", "channel", "id"])
    op.create_table(
        "accumulators",
        sa.Column("rig", sa.Text, primary_key=True),
        sa.Column("kept", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", NUMBER, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "last_look",  # one row
        sa.Column("boot_id", sa.Text),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("steady_ms", NUMBER, nullable=False),  # since this boot
        sa.Column("alerts_ms", NUMBER, nullable=False),
        sqlite_strict=True,
    )
