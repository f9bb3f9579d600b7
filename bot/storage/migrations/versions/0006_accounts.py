"""Guilds' limits, grants, balances, and keys of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_QUARTER = 15 * 60 * 1_000_000  # microseconds


def upgrade() -> None:
    moment = sa.BigInteger()  # microseconds since 1970, UTC
    entrusted = sa.LargeBinary()
    surrogate = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

    op.add_column("jobs", sa.Column("billing", sa.String(16), nullable=False, server_default="picture"))
    op.add_column("guilds", sa.Column("limits", entrusted))
    op.add_column("ledger", sa.Column("account", sa.String(), nullable=False, server_default="operator"))
    op.add_column("ledger", sa.Column("grant_id", surrogate))
    granted = sa.text("kind = 'grant'")
    op.create_index(
        "uq_ledger_grant",
        "ledger",
        ["grant_id", "person_id"],
        unique=True,
        sqlite_where=granted,
        postgresql_where=granted,
    )
    of_a_grant = sa.text("grant_id IS NOT NULL")
    op.create_index(
        "ix_ledger_grant",
        "ledger",
        ["grant_id", "person_id", "committed_pictures"],
        sqlite_where=of_a_grant,
        postgresql_where=of_a_grant,
    )
    op.drop_index("ix_ledger_day", "ledger")
    op.create_index("ix_ledger_held_at", "ledger", ["held_at"])
    op.drop_index("ix_ledger_person", "ledger")
    of_person = ["person_id", "held_at", "guild_id", "kind", "grant_id", "model", "quality"]
    op.create_index("ix_ledger_person", "ledger", [*of_person, "committed_pictures", "committed_amount"])
    op.create_index("ix_ledger_at", "ledger", ["at", "id"])
    op.create_index("ix_ledger_guild", "ledger", ["guild_id", "held_at"])
    op.create_table(
        "balances",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("quarter", moment, nullable=False),
        sa.Column("pictures", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "quarter", name="pk_balances"),
    )
    for scope, where in (("'operator'", "TRUE"), ("'guild:' || guild_id", "guild_id IS NOT NULL")):
        op.execute(
            "INSERT INTO balances (scope, quarter, pictures, amount) "  # noqa: S608 # from the literals above
            f"SELECT {scope}, held_at - held_at % {_QUARTER}, SUM(committed_pictures), SUM(committed_amount) "
            f"FROM ledger WHERE {where} GROUP BY 1, 2"
        )
    op.create_table(
        "grants",
        sa.Column("id", surrogate, nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", surrogate),
        sa.Column("role_id", sa.BigInteger()),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("granted_by", surrogate, nullable=False),
        sa.Column("granted_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("revoked_at", moment),
        sa.Column("revoked_by", surrogate),
        sa.Column("reason", entrusted, nullable=False),
        sa.CheckConstraint("(person_id IS NULL) <> (role_id IS NULL)", name=op.f("ck_grants_whom")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_grants_person_id"),
        sa.ForeignKeyConstraint(["granted_by"], ["people.id"], name="fk_grants_granted_by"),
        sa.ForeignKeyConstraint(["revoked_by"], ["people.id"], name="fk_grants_revoked_by"),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sa.UniqueConstraint("reference", name="uq_grants_reference"),
    )
    op.create_index("ix_grants_guild", "grants", ["guild_id", "ends_at"])
    op.create_table(
        "credentials",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("billing", sa.String(16), nullable=False),
        sa.Column("secrets", entrusted, nullable=False),
        sa.Column("added_by", surrogate, nullable=False),
        sa.Column("added_at", moment, nullable=False),
        sa.Column("retired_at", moment),
        sa.ForeignKeyConstraint(["added_by"], ["people.id"], name="fk_credentials_added_by"),
        sa.PrimaryKeyConstraint("account", name="pk_credentials"),
    )
    in_use = sa.text("retired_at IS NULL")
    op.create_index(
        "uq_credentials_guild",
        "credentials",
        ["guild_id"],
        unique=True,
        sqlite_where=in_use,
        postgresql_where=in_use,
    )
    op.create_table(
        "occasions",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("claimed_at", moment, nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_occasions"),
    )
    op.create_index("ix_occasions_claimed_at", "occasions", ["claimed_at"])
    op.create_index("ix_jobs_submitted", "jobs", ["submitted_at"])
