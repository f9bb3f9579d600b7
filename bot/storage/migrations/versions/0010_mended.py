"""What earlier forms of 0003, 0006 and 0007 didn't make: these were changed after databases had been migrated by them.

Nothing is done where nothing is missing. No other migration was ever changed, nor is one to be again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.BigInteger()  # microseconds since 1970, UTC
    entrusted = sa.LargeBinary()

    _add("jobs", sa.Column("message_channel_id", sa.BigInteger()), sa.Column("erased_at", moment))
    _add("guilds", sa.Column("mirroring", sa.BigInteger()), sa.Column("mirror_at", moment))
    _add("reports", sa.Column("said", entrusted), sa.Column("locale", sa.String(8)))
    _add("sanctions", sa.Column("told_at", moment))
    if not _has("occasions"):
        op.create_table(
            "occasions",
            sa.Column("name", sa.String(), nullable=False),
            sa.Column("claimed_at", moment, nullable=False),
            sa.Column("done", sa.Boolean(), nullable=False),
            sa.PrimaryKeyConstraint("name", name="pk_occasions"),
        )
    _reviews(moment, entrusted)
    _cases(moment)
    _purges(moment, entrusted)
    _indexes()


def _reviews(moment: sa.BigInteger, entrusted: sa.LargeBinary) -> None:
    if "closed_at" in _columns("reviews"):
        return
    _make_anew(
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
        sa.Column("decided_by", _surrogate()),
        sa.Column("reason", entrusted),
        sa.Column("closed_at", moment),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_reviews_decided")),
        sa.CheckConstraint("closed_at IS NULL OR decision IS NOT NULL", name=op.f("ck_reviews_closed")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_reviews_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name="fk_reviews_decided_by"),
        sa.PrimaryKeyConstraint("job_id", "stage", name="pk_reviews"),
    )
    op.execute("UPDATE reviews SET posted_at = opened_at WHERE message_id IS NOT NULL")


def _cases(moment: sa.BigInteger) -> None:
    if "revision" in _columns("cases"):
        return
    _make_anew(
        "cases",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("hidden_at", moment),
        sa.Column("decision", sa.String(8)),
        sa.Column("decided_at", moment),
        sa.Column("decided_by", _surrogate()),
        sa.Column("shown", sa.String(8), nullable=False, server_default="pictures"),
        sa.Column("member_told_at", moment),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("settled", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("claimed_until", moment),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_cases_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name="fk_cases_decided_by"),
        sa.PrimaryKeyConstraint("job_id", name="pk_cases"),
    )


def _purges(moment: sa.BigInteger, entrusted: sa.LargeBinary) -> None:
    if _has("purges"):
        return
    op.create_table(
        "purges",
        sa.Column("id", _surrogate(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", _surrogate(), nullable=False),
        sa.Column("since", moment),
        sa.Column("reason", entrusted, nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", _surrogate(), nullable=False),
        sa.Column("done_at", moment),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_purges_person_id"),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name="fk_purges_made_by"),
        sa.PrimaryKeyConstraint("id", name="pk_purges"),
    )
    op.create_table(
        "purged",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("purge_id", _surrogate(), nullable=False),
        sa.Column("outcome", sa.String(8)),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_purged_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["purge_id"], ["purges.id"], name="fk_purged_purge_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="pk_purged"),
    )


def _indexes() -> None:
    live = ["status", "owner", "account", "guild_id", "person_id", "created_at", "approved_at", "id", "cancel_at"]
    _index("ix_jobs_live", "jobs", [*live, "finished_at"], "finished_at IS NULL")
    _index("ix_jobs_kept", "jobs", ["finished_at", "id", "guild_id"], "erased_at IS NULL")
    _index("ix_jobs_submitted", "jobs", ["submitted_at"])
    # The condition, in which its forms differ, is of few rows.
    op.drop_index("ix_jobs_doubtful", "jobs")
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    _index("ix_jobs_doubtful", "jobs", ["created_at"], "doubtful = 1" if on_sqlite else "doubtful")

    of_person = ["person_id", "held_at", "guild_id", "kind", "grant_id", "model", "quality"]
    _index("ix_ledger_person", "ledger", [*of_person, "committed_pictures", "committed_amount"])
    _index("ix_ledger_held_at", "ledger", ["held_at"])
    _index("ix_ledger_at", "ledger", ["at", "id"])
    if "ix_ledger_day" in _indexed("ledger"):
        op.drop_index("ix_ledger_day", "ledger")

    _index("ix_occasions_claimed_at", "occasions", ["claimed_at"])
    _index("ix_reviews_open", "reviews", ["guild_id", "opened_at"], "closed_at IS NULL")
    _index("ix_cases_guild", "cases", ["guild_id", "opened_at"])
    _index("ix_cases_unsettled", "cases", ["claimed_until"], "settled < revision")
    _index("ix_purged_purge_id", "purged", ["purge_id"])


def _has(table: str) -> bool:
    return sa.inspect(op.get_bind()).has_table(table)


def _columns(table: str) -> list[str]:
    return [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]


def _indexed(table: str) -> dict[str | None, list[str | None]]:
    """The columns of each of its indexes."""
    return {index["name"]: index["column_names"] for index in sa.inspect(op.get_bind()).get_indexes(table)}


def _add(table: str, *columns: sa.Column[object]) -> None:
    there = _columns(table)
    for column in columns:
        if column.name not in there:
            op.add_column(table, column)


def _index(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    """Make the index, unless there is one of that name over these columns."""
    there = _indexed(table)
    if there.get(name) == columns:
        return
    if name in there:
        op.drop_index(name, table)
    condition = sa.text(where) if where else None
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def _make_anew(table: str, *parts: sa.Column[object] | sa.Constraint) -> None:
    """Replace a table by another form of it, which keeps its rows. SQLite changes no constraint of a table."""
    names = ", ".join(_columns(table))
    op.execute(f"CREATE TEMPORARY TABLE earlier AS SELECT * FROM {table}")  # noqa: S608 # a name from above
    op.drop_table(table)
    op.create_table(table, *parts)
    op.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM earlier")  # noqa: S608
    op.execute("DROP TABLE earlier")


def _surrogate() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
