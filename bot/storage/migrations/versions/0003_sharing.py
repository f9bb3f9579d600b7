"""Processes that share the work: heartbeats instead of leases, limits in the claim, cancellation."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    surrogate = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.BigInteger()  # microseconds since 1970, UTC
    live = sa.text("finished_at IS NULL")

    # Whoever owned a job was another version, and is gone.
    op.execute("UPDATE jobs SET owner = NULL, lease_until = NULL WHERE owner IS NOT NULL")
    op.execute("ALTER TABLE jobs RENAME COLUMN lease_until TO claimed_at")
    op.add_column("jobs", sa.Column("doubtful", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("jobs", sa.Column("message_channel_id", sa.BigInteger()))
    op.add_column("jobs", sa.Column("cancel_at", moment))
    kind = surrogate.compile(op.get_bind().dialect)  # by hand: Alembic adds no reference to a table of SQLite
    op.execute(f"ALTER TABLE jobs ADD COLUMN cancel_by {kind} CONSTRAINT fk_jobs_cancel_by REFERENCES people (id)")
    op.drop_index("ix_jobs_live", "jobs")
    op.create_index(
        "ix_jobs_live",
        "jobs",
        ["status", "owner", "account", "guild_id", "person_id", "created_at", "id", "cancel_at", "finished_at"],
        sqlite_where=live,
        postgresql_where=live,
    )
    op.create_index(
        "ix_jobs_doubtful",
        "jobs",
        ["created_at"],
        sqlite_where=sa.text("doubtful = 1"),
        postgresql_where=sa.text("doubtful"),
    )

    op.create_table(
        "processes",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("beat_at", moment, nullable=False),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_processes"),
    )
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("counted_at", moment, nullable=False),
        sa.Column("learned_per_minute", sa.Float()),
        sa.Column("learned_at", moment),
        sa.Column("closed_until", moment),
        sa.Column("closed_for", sa.LargeBinary()),  # encrypted
        sa.PrimaryKeyConstraint("name", name="pk_accounts"),
    )
    op.create_table(
        "turns",
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("served_at", moment, nullable=False),
        sa.CheckConstraint("kind IN ('guild', 'person')", name=op.f("ck_turns_kind")),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_turns"),
    )
    op.create_index("ix_turns_served_at", "turns", ["served_at"])
    op.create_table(
        "strays",
        sa.Column("prediction_id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("found_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("prediction_id", name="pk_strays"),
    )
