"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER ledger_no_{event.lower()} BEFORE {event} ON ledger"
        " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        for event in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        """
        CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE 'the ledger is append-only' USING ERRCODE = 'restrict_violation'; END $$
        """,
        """
        CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()
        """,
    ],
}


def upgrade() -> None:
    surrogate = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.BigInteger()  # microseconds since 1970, UTC
    entrusted = sa.LargeBinary()  # encrypted

    op.create_table(
        "deployment",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_deployment"),
    )
    op.create_table(
        "people",
        sa.Column("id", surrogate, nullable=False),
        sa.Column("discord_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("discord_id", name="uq_people_discord_id"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("person_id", surrogate, nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("quality", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("hold", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger()),
        sa.Column("pictures", sa.Integer()),
        sa.Column("prediction_id", sa.String()),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("submitted_at", moment),
        sa.Column("ended_at", moment),
        sa.Column("finished_at", moment),
        sa.Column("run_seconds", sa.Float()),
        sa.Column("input_text_tokens", sa.Integer()),
        sa.Column("input_image_tokens", sa.Integer()),
        sa.Column("output_tokens", sa.Integer()),
        sa.Column("owner", sa.String()),
        sa.Column("lease_until", moment),
        sa.Column("request", entrusted, nullable=False),
        sa.Column("answer", entrusted, nullable=False),
        sa.Column("inputs", entrusted, nullable=False),
        sa.Column("submission", entrusted),
        sa.Column("prediction", entrusted),
        sa.Column("failure", entrusted),
        sa.CheckConstraint(
            "(finished_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'canceled'))", name=op.f("ck_jobs_finished")
        ),
        sa.CheckConstraint("(owner IS NULL) = (lease_until IS NULL)", name=op.f("ck_jobs_lease")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_jobs_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("prediction_id", name="uq_jobs_prediction_id"),
    )
    live = sa.text("finished_at IS NULL")
    op.create_index("ix_jobs_live", "jobs", ["created_at"], sqlite_where=live, postgresql_where=live)
    op.create_index("ix_jobs_person", "jobs", ["person_id", "created_at"])
    op.create_index("ix_jobs_run", "jobs", ["model", "quality", "count", "finished_at"])
    op.create_table(
        "ledger",
        sa.Column("id", surrogate, nullable=False),
        sa.Column("job_id", sa.String()),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("person_id", surrogate, nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("model", sa.String()),
        sa.Column("quality", sa.String()),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("held_at", moment, nullable=False),
        sa.Column("committed_pictures", sa.Integer(), nullable=False),
        sa.Column("committed_amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('grant', 'hold', 'capture', 'release')", name=op.f("ck_ledger_kind")),
        sa.CheckConstraint("kind = 'grant' OR job_id IS NOT NULL", name=op.f("ck_ledger_job")),
        sa.CheckConstraint("pictures >= 0 AND amount >= 0", name=op.f("ck_ledger_amount")),
        sa.CheckConstraint("kind <> 'release' OR pictures = 0", name=op.f("ck_ledger_release")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_ledger_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sa.UniqueConstraint("job_id", "kind", name="uq_ledger_job_id_kind"),
    )
    ends = sa.text("kind IN ('capture', 'release')")
    op.create_index("uq_ledger_end", "ledger", ["job_id"], unique=True, sqlite_where=ends, postgresql_where=ends)
    op.create_index("ix_ledger_day", "ledger", ["held_at", "person_id", "committed_pictures", "committed_amount"])
    op.create_index(
        "ix_ledger_person",
        "ledger",
        ["person_id", "held_at", "quality", "kind", "committed_pictures", "committed_amount"],
    )
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_table(
        "deliveries",
        sa.Column("webhook_id", sa.String(), nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_received_at", "deliveries", ["received_at"])
    op.create_table(
        "reports",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("person_id", surrogate, nullable=False),
        sa.Column("reported_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_reports_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_reports_person_id"),
        sa.PrimaryKeyConstraint("job_id", "person_id", name="pk_reports"),
    )
