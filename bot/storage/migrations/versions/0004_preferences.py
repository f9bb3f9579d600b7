"""What members and guilds choose for good: defaults, policies, styles."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    surrogate = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    encrypted = sa.LargeBinary()

    op.create_table(
        "member_defaults",
        sa.Column("person_id", surrogate, nullable=False, autoincrement=False),
        sa.Column("options", encrypted, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_member_defaults_person_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_member_defaults"),
    )
    op.create_table(
        "guilds",
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("policy", encrypted, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guilds"),
    )
    op.create_table(
        "styles",
        sa.Column("id", surrogate, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("style", encrypted, nullable=False),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_styles_guild_id"),
        sa.PrimaryKeyConstraint("id", name="pk_styles"),
    )
    op.create_index("ix_styles_guild_id", "styles", ["guild_id"])
