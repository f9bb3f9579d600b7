"""What needs the operator, and what they are told of it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.BigInteger()  # microseconds since 1970, UTC
    surrogate = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

    op.create_table(
        "incidents",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("passing", sa.Boolean(), nullable=False),
        sa.Column("began_at", moment, nullable=False),
        sa.Column("over_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_incidents"),
    )
    op.create_table(
        "notices",
        sa.Column("id", surrogate, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("began_at", moment, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("post", sa.String()),
        sa.Column("post_at", moment),
        sa.Column("try_at", moment),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("posted", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_at", "notices", ["at"])
