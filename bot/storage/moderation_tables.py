"""The tables of what moderators decide: the trail, reviews, sanctions, appeals, reports and purges.

`metadata`, taken from here, knows all tables.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from bot.storage import records
from bot.storage.columns import Entrusted, Moment
from bot.storage.tables import Surrogate, jobs, metadata, people

trail = Table(
    "trail",
    metadata,
    Column("id", Surrogate, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("action", String(16), nullable=False),
    Column("actor_id", Surrogate, ForeignKey(people.c.id)),
    Column("subject_id", Surrogate, ForeignKey(people.c.id)),
    Column("job_id", String),  # not a reference: the trail outlives the jobs
    Column("reason", Entrusted(records.TEXT), nullable=False),
    Column("before", Entrusted(records.VALUES)),
    Column("after", Entrusted(records.VALUES)),
    Index("ix_trail_guild", "guild_id", "id"),
    Index("ix_trail_subject", "subject_id", "guild_id", "id"),
)
"""Append-only, by triggers; only of a guild that is erased may rows be deleted."""

reviews = Table(
    "reviews",
    metadata,
    Column("job_id", String, ForeignKey(jobs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("stage", String(8), primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("channel_id", BigInteger),
    Column("message_id", BigInteger),
    Column("posted_at", Moment),  # the reviewers were told of it, or can't be
    Column("decision", String(8)),  # approved, rejected, expired, canceled
    Column("decided_at", Moment),
    Column("decided_by", Surrogate, ForeignKey(people.c.id)),
    Column("reason", Entrusted(records.TEXT)),
    Column("closed_at", Moment),  # the card says what was decided, or there is none
    CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
    CheckConstraint("closed_at IS NULL OR decision IS NOT NULL", name="closed"),
)
"""What waited, or waits, for a reviewer."""
_UNCLOSED = reviews.c.closed_at.is_(None)
Index(
    "ix_reviews_open",
    reviews.c.guild_id,
    reviews.c.opened_at,
    sqlite_where=_UNCLOSED,
    postgresql_where=_UNCLOSED,
)

trusted = Table(
    "trusted",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", Surrogate, ForeignKey(people.c.id), primary_key=True, autoincrement=False),
    Column("since", Moment, nullable=False),
)
"""Members whose requests are no longer reviewed."""

sanctions = Table(
    "sanctions",
    metadata,
    Column("id", Surrogate, primary_key=True),
    Column("reference", String, nullable=False, unique=True),  # what it was made by, so that it is made once
    Column("guild_id", BigInteger, nullable=False),
    Column("person_id", Surrogate, ForeignKey(people.c.id), nullable=False),
    Column("kind", String(8), nullable=False),  # warn, block, lower
    Column("strikes", Integer, nullable=False),
    Column("limits", Entrusted(records.USAGE_LIMITS)),
    Column("reason", Entrusted(records.TEXT), nullable=False),
    Column("job_id", String),
    Column("made_at", Moment, nullable=False),
    Column("made_by", Surrogate, ForeignKey(people.c.id)),
    Column("ends_at", Moment),  # none: for good
    Column("lifted_at", Moment),
    Column("lifted_by", Surrogate, ForeignKey(people.c.id)),
    Column("told_at", Moment),  # its member, of it
    Index("ix_sanctions_person", "guild_id", "person_id"),
)

appeals = Table(
    "appeals",
    metadata,
    Column("id", Surrogate, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("person_id", Surrogate, ForeignKey(people.c.id), nullable=False),
    Column("about", String, nullable=False),  # a sanction or a job: "sanction:12", "job:0123456789abcdef"
    Column("text", Entrusted(records.TEXT), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("channel_id", BigInteger),
    Column("message_id", BigInteger),
    Column("granted", Boolean),
    Column("decided_at", Moment),
    Column("decided_by", Surrogate, ForeignKey(people.c.id)),
    Column("answer", Entrusted(records.TEXT)),
    UniqueConstraint("person_id", "about"),
    Index("ix_appeals_guild", "guild_id", "id"),
)

reports = Table(
    "reports",
    metadata,
    Column("job_id", String, ForeignKey(jobs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("person_id", Surrogate, ForeignKey(people.c.id), primary_key=True),
    Column("reported_at", Moment, nullable=False),
    Column("reason", Entrusted(records.TEXT)),
    Column("answer_to", Entrusted(records.TEXT)),  # the interaction's token, to tell what became of it
    Column("told_at", Moment),  # what became of it
    Column("said", Entrusted(records.TEXT)),  # in their words
    Column("locale", String(8)),
)

cases = Table(
    "cases",
    metadata,
    Column("job_id", String, ForeignKey(jobs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("guild_id", BigInteger),
    Column("opened_at", Moment, nullable=False),
    Column("channel_id", BigInteger),  # of the moderators' card
    Column("message_id", BigInteger),
    Column("hidden_at", Moment),
    Column("decision", String(8)),  # kept, removed
    Column("decided_at", Moment),
    Column("decided_by", Surrogate, ForeignKey(people.c.id)),
    Column("shown", String(8), nullable=False, server_default="pictures"),
    Column("member_told_at", Moment),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("settled", Integer, nullable=False, server_default="0"),  # the revision that is shown and told
    Column("claimed_until", Moment),
    Index("ix_cases_guild", "guild_id", "opened_at"),
)
"""A result that was reported, by however many, and what moderators made of it."""
_UNSETTLED = cases.c.settled < cases.c.revision
Index(
    "ix_cases_unsettled",
    cases.c.claimed_until,
    sqlite_where=text("settled < revision"),
    postgresql_where=_UNSETTLED,
)

purges = Table(
    "purges",
    metadata,
    Column("id", Surrogate, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("person_id", Surrogate, ForeignKey(people.c.id), nullable=False),
    Column("since", Moment),
    Column("reason", Entrusted(records.TEXT), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("made_by", Surrogate, ForeignKey(people.c.id), nullable=False),
    Column("done_at", Moment),
)
"""That all of a member's results are removed from a guild."""

purged = Table(
    "purged",
    metadata,
    Column("job_id", String, ForeignKey(jobs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("purge_id", Surrogate, ForeignKey(purges.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("outcome", String(8)),  # none: it is yet to be removed
)
"""The results of each purge."""
