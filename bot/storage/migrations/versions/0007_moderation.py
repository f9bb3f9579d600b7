"""The trail, reviews, sanctions, appeals, cases of reports, and what the erasure of people and guilds needs."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ERASED = "EXISTS (SELECT 1 FROM guilds WHERE guilds.id = OLD.guild_id AND guilds.erased_at IS NOT NULL)"

APPEND_ONLY = {
    "sqlite": [
        (
            "CREATE TRIGGER trail_no_update BEFORE UPDATE ON trail"
            " BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
        ),
        (
            f"CREATE TRIGGER trail_no_delete BEFORE DELETE ON trail WHEN NOT {_ERASED}"
            " BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
        ),
    ],
    "postgresql": [
        f"""
        CREATE FUNCTION trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND {_ERASED} THEN RETURN OLD; END IF;
            RAISE 'the trail is append-only' USING ERRCODE = 'restrict_violation';
        END $$
        """,
        """
        CREATE TRIGGER trail_append_only BEFORE UPDATE OR DELETE ON trail
        FOR EACH ROW EXECUTE FUNCTION trail_is_append_only()
        """,
        """
        CREATE TRIGGER trail_no_truncate BEFORE TRUNCATE ON trail
        FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only()
        """,
    ],
}


def upgrade() -> None:
    moment = sa.BigInteger()  # microseconds since 1970, UTC
    entrusted = sa.LargeBinary()
    surrogate = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

    op.add_column("people", sa.Column("trace", sa.String()))
    op.add_column("people", sa.Column("trace_until", moment))
    op.create_index("ix_people_trace", "people", ["trace"])
    op.add_column("jobs", sa.Column("oversight", entrusted))
    op.add_column("jobs", sa.Column("approved_at", moment))
    op.add_column("jobs", sa.Column("cleared_at", moment))
    op.add_column("jobs", sa.Column("erased_at", moment))
    kept = sa.text("erased_at IS NULL")
    op.create_index("ix_jobs_kept", "jobs", ["finished_at", "id", "guild_id"], sqlite_where=kept, postgresql_where=kept)
    live = sa.text("finished_at IS NULL")
    op.drop_index("ix_jobs_live", "jobs")
    looked_at = ["status", "owner", "account", "guild_id", "person_id", "created_at", "approved_at", "id", "cancel_at"]
    op.create_index("ix_jobs_live", "jobs", [*looked_at, "finished_at"], sqlite_where=live, postgresql_where=live)
    op.add_column("guilds", sa.Column("words", entrusted))
    op.add_column("guilds", sa.Column("mirrored", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("guilds", sa.Column("mirroring", sa.BigInteger()))
    op.add_column("guilds", sa.Column("mirror_at", moment))
    op.add_column("guilds", sa.Column("left_at", moment))
    op.add_column("guilds", sa.Column("erased_at", moment))
    op.add_column("reports", sa.Column("reason", entrusted))
    op.add_column("reports", sa.Column("answer_to", entrusted))
    op.add_column("reports", sa.Column("told_at", moment))
    op.add_column("reports", sa.Column("said", entrusted))
    op.add_column("reports", sa.Column("locale", sa.String(8)))
    op.create_table(
        "trail",
        sa.Column("id", surrogate, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("actor_id", surrogate),
        sa.Column("subject_id", surrogate),
        sa.Column("job_id", sa.String()),
        sa.Column("reason", entrusted, nullable=False),
        sa.Column("before", entrusted),
        sa.Column("after", entrusted),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name="fk_trail_actor_id"),
        sa.ForeignKeyConstraint(["subject_id"], ["people.id"], name="fk_trail_subject_id"),
        sa.PrimaryKeyConstraint("id", name="pk_trail"),
    )
    op.create_index("ix_trail_guild", "trail", ["guild_id", "id"])
    op.create_index("ix_trail_subject", "trail", ["subject_id", "guild_id", "id"])
    for statement in APPEND_ONLY[op.get_context().dialect.name]:
        op.execute(statement)
    op.create_table(
        "reviews",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(8), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("posted_at", moment),
        sa.Column("decision", sa.String(8)),
        sa.Column("decided_at", moment),
        sa.Column("decided_by", surrogate),
        sa.Column("reason", entrusted),
        sa.Column("closed_at", moment),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_reviews_decided")),
        sa.CheckConstraint("closed_at IS NULL OR decision IS NOT NULL", name=op.f("ck_reviews_closed")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_reviews_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name="fk_reviews_decided_by"),
        sa.PrimaryKeyConstraint("job_id", "stage", name="pk_reviews"),
    )
    unclosed = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_reviews_open", "reviews", ["guild_id", "opened_at"], sqlite_where=unclosed, postgresql_where=unclosed
    )
    op.create_table(
        "trusted",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", surrogate, autoincrement=False, nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_trusted_person_id"),
        sa.PrimaryKeyConstraint("guild_id", "person_id", name="pk_trusted"),
    )
    op.create_table(
        "sanctions",
        sa.Column("id", surrogate, nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", surrogate, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("limits", entrusted),
        sa.Column("reason", entrusted, nullable=False),
        sa.Column("job_id", sa.String()),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", surrogate),
        sa.Column("ends_at", moment),
        sa.Column("lifted_at", moment),
        sa.Column("lifted_by", surrogate),
        sa.Column("told_at", moment),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sanctions_person_id"),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name="fk_sanctions_made_by"),
        sa.ForeignKeyConstraint(["lifted_by"], ["people.id"], name="fk_sanctions_lifted_by"),
        sa.PrimaryKeyConstraint("id", name="pk_sanctions"),
        sa.UniqueConstraint("reference", name="uq_sanctions_reference"),
    )
    op.create_index("ix_sanctions_person", "sanctions", ["guild_id", "person_id"])
    op.create_table(
        "appeals",
        sa.Column("id", surrogate, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", surrogate, nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("text", entrusted, nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("granted", sa.Boolean()),
        sa.Column("decided_at", moment),
        sa.Column("decided_by", surrogate),
        sa.Column("answer", entrusted),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_appeals_person_id"),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name="fk_appeals_decided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_appeals"),
        sa.UniqueConstraint("person_id", "about", name="uq_appeals_person_id_about"),
    )
    op.create_index("ix_appeals_guild", "appeals", ["guild_id", "id"])
    op.create_table(
        "cases",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("hidden_at", moment),
        sa.Column("decision", sa.String(8)),
        sa.Column("decided_at", moment),
        sa.Column("decided_by", surrogate),
        sa.Column("shown", sa.String(8), nullable=False, server_default="pictures"),
        sa.Column("member_told_at", moment),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("settled", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("claimed_until", moment),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_cases_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name="fk_cases_decided_by"),
        sa.PrimaryKeyConstraint("job_id", name="pk_cases"),
    )
    op.create_index("ix_cases_guild", "cases", ["guild_id", "opened_at"])
    unsettled = sa.text("settled < revision")
    op.create_index(
        "ix_cases_unsettled", "cases", ["claimed_until"], sqlite_where=unsettled, postgresql_where=unsettled
    )
    op.create_table(
        "purges",
        sa.Column("id", surrogate, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", surrogate, nullable=False),
        sa.Column("since", moment),
        sa.Column("reason", entrusted, nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", surrogate, nullable=False),
        sa.Column("done_at", moment),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_purges_person_id"),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name="fk_purges_made_by"),
        sa.PrimaryKeyConstraint("id", name="pk_purges"),
    )
    op.create_table(
        "purged",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("purge_id", surrogate, nullable=False),
        sa.Column("outcome", sa.String(8)),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_purged_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["purge_id"], ["purges.id"], name="fk_purged_purge_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="pk_purged"),
    )
    op.create_index("ix_purged_purge_id", "purged", ["purge_id"])
