"""The tables of jobs, money and people; those of moderation are in `bot.storage.moderation_tables`. What the migrations
make is held to both by a test.

Times are `Moment`s, money is integer micro-dollars, Discord's ids are 64-bit integers. In clear is what queries need;
what people entrust is `Entrusted`.
"""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Enum,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from bot.domain.account import OPERATOR, Billing
from bot.domain.job import JobStatus
from bot.domain.ledger import EntryKind
from bot.storage import records
from bot.storage.columns import Entrusted, Moment, Sealed

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

Surrogate = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself under this type alone."""


def _choice(kind: type[StrEnum]) -> Enum:
    return Enum(kind, native_enum=False, length=16, values_callable=_values)


def _values(kind: type[StrEnum]) -> list[str]:
    return [each.value for each in kind]


deployment = Table(
    "deployment",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Entrusted(records.TEXT), nullable=False),
)
"""Small facts, each under its name."""

people = Table(
    "people",
    metadata,
    Column("id", Surrogate, primary_key=True),
    Column("discord_id", BigInteger, unique=True),
    Column("trace", String, index=True),  # of who was erased: a keyed hash of the Discord id
    Column("trace_until", Moment),  # when the last quota or grant that it counts for is over
)
"""Who a surrogate id stands for. A person is erased by forgetting the Discord id: the row, and what the ledger says of
it, stay. Who comes back is another person, with whom quotas and sanctions still count what a trace tells."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", String, primary_key=True),
    Column("status", _choice(JobStatus), nullable=False),
    Column("account", String, nullable=False),
    Column("billing", _choice(Billing), nullable=False, server_default=Billing.PICTURE.value),
    Column("person_id", Surrogate, ForeignKey(people.c.id), nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger),
    Column("message_channel_id", BigInteger),
    Column("model", String, nullable=False),
    Column("quality", String, nullable=False),
    Column("count", Integer, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("hold", BigInteger, nullable=False),
    Column("cost", BigInteger),
    Column("pictures", Integer),
    Column("kept_until", Moment),
    Column("prediction_id", String, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("submitted_at", Moment),
    Column("ended_at", Moment),  # the prediction
    Column("finished_at", Moment),
    Column("run_seconds", Float),
    Column("input_text_tokens", Integer),
    Column("input_image_tokens", Integer),
    Column("output_tokens", Integer),
    Column("owner", String),
    Column("claimed_at", Moment),  # by its owner
    Column("request", Entrusted(records.REQUEST), nullable=False),
    Column("answer", Entrusted(records.ANSWER), nullable=False),
    Column("inputs", Entrusted(records.INPUTS), nullable=False),
    Column("submission", Entrusted(records.SUBMISSION)),
    Column("prediction", Entrusted(records.PREDICTION)),
    Column("failure", Entrusted(records.FAILURE)),
    Column("doubtful", Boolean, nullable=False, server_default=false()),
    Column("cancel_at", Moment),  # asked for
    Column("cancel_by", Surrogate, ForeignKey(people.c.id)),
    Column("told_ahead", Integer),
    Column("told_at", Moment),  # its place in line, other than by its first card
    Column("oversight", Entrusted(records.OVERSIGHT)),
    Column("approved_at", Moment),  # to be run
    Column("erased_at", Moment),  # its words are erased, or are to be as it ends
    Column("cleared_at", Moment),  # to be delivered, as pictures or in words
    CheckConstraint("(finished_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'canceled'))", name="finished"),
    CheckConstraint("(owner IS NULL) = (claimed_at IS NULL)", name="lease"),
)
_LIVE = jobs.c.finished_at.is_(None)
# All that a claim looks at, so that it reads the index alone; SQLite looks at `finished_at`, too, though it knows it.
Index(
    "ix_jobs_live",
    jobs.c.status,
    jobs.c.owner,
    jobs.c.account,
    jobs.c.guild_id,
    jobs.c.person_id,
    jobs.c.created_at,
    jobs.c.approved_at,
    jobs.c.id,
    jobs.c.cancel_at,
    jobs.c.finished_at,
    sqlite_where=_LIVE,
    postgresql_where=_LIVE,
)
# In SQLite in the words that queries are put in, without which it doesn't know the index for theirs.
Index("ix_jobs_doubtful", jobs.c.created_at, sqlite_where=text("doubtful = 1"), postgresql_where=jobs.c.doubtful)
# What is yet to be erased some day, oldest first.
Index(
    "ix_jobs_kept",
    jobs.c.finished_at,
    jobs.c.id,
    jobs.c.guild_id,
    sqlite_where=text("erased_at IS NULL"),
    postgresql_where=jobs.c.erased_at.is_(None),
)
Index("ix_jobs_person", jobs.c.person_id, jobs.c.created_at)
Index("ix_jobs_submitted", jobs.c.submitted_at)
Index("ix_jobs_run", jobs.c.model, jobs.c.quality, jobs.c.count, jobs.c.finished_at)

ledger = Table(
    "ledger",
    metadata,
    Column("id", Surrogate, primary_key=True),
    Column("job_id", String),  # not a reference: the ledger outlives the jobs
    Column("kind", _choice(EntryKind), nullable=False),
    Column("person_id", Surrogate, ForeignKey(people.c.id), nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger),
    Column("model", String),
    Column("quality", String),
    Column("pictures", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    # What the entry adds to the commitments of the day of its job's hold. A hold adds itself; the entry that ends it
    # adds the difference to what it came to. So what is committed is one sum over one index, without a join.
    Column("held_at", Moment, nullable=False),
    Column("committed_pictures", Integer, nullable=False),
    Column("committed_amount", BigInteger, nullable=False),
    Column("account", String, nullable=False, server_default=OPERATOR),
    Column("grant_id", Surrogate),  # not a reference, like the job's
    UniqueConstraint("job_id", "kind"),
    CheckConstraint("kind IN ('grant', 'hold', 'capture', 'release')", name="kind"),
    CheckConstraint("kind = 'grant' OR job_id IS NOT NULL", name="job"),
    CheckConstraint("pictures >= 0 AND amount >= 0", name="amount"),
    CheckConstraint("kind <> 'release' OR pictures = 0", name="release"),
)
"""Append-only, by triggers. A job has one hold, and one capture or release at most."""
_ENDS_HOLD = ledger.c.kind.in_((EntryKind.CAPTURE, EntryKind.RELEASE))
Index("uq_ledger_end", ledger.c.job_id, unique=True, sqlite_where=_ENDS_HOLD, postgresql_where=_ENDS_HOLD)
Index(
    "uq_ledger_grant",
    ledger.c.grant_id,
    ledger.c.person_id,
    unique=True,
    sqlite_where=text("kind = 'grant'"),
    postgresql_where=text("kind = 'grant'"),
)
_OF_A_GRANT = ledger.c.grant_id.is_not(None)
Index(
    "ix_ledger_grant",
    ledger.c.grant_id,
    ledger.c.person_id,
    ledger.c.committed_pictures,
    sqlite_where=_OF_A_GRANT,
    postgresql_where=_OF_A_GRANT,
)
Index("ix_ledger_at", ledger.c.at, ledger.c.id)
Index("ix_ledger_guild", ledger.c.guild_id, ledger.c.held_at)
Index("ix_ledger_held_at", ledger.c.held_at)
# All that a quota and a statement look at, so that a member's are read from the index alone.
Index(
    "ix_ledger_person",
    ledger.c.person_id,
    ledger.c.held_at,
    ledger.c.guild_id,
    ledger.c.kind,
    ledger.c.grant_id,
    ledger.c.model,
    ledger.c.quality,
    ledger.c.committed_pictures,
    ledger.c.committed_amount,
)

balances = Table(
    "balances",
    metadata,
    Column("scope", String, primary_key=True),  # an account's name, or a guild's (`bot.storage.ledger`)
    Column("quarter", Moment, primary_key=True),  # in which the holds were made
    Column("pictures", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
)
"""What the ledger's commitments of many members add up to by the quarter of an hour, the finest in which time zones
differ: a month is summed at once, in whichever zone, however many entries it has."""

grants = Table(
    "grants",
    metadata,
    Column("id", Surrogate, primary_key=True),
    Column("reference", String, nullable=False, unique=True),  # what it was made by, so that it is made once
    Column("guild_id", BigInteger, nullable=False),
    Column("person_id", Surrogate, ForeignKey(people.c.id)),
    Column("role_id", BigInteger),
    Column("pictures", Integer, nullable=False),
    Column("granted_by", Surrogate, ForeignKey(people.c.id), nullable=False),
    Column("granted_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("revoked_by", Surrogate, ForeignKey(people.c.id)),
    Column("reason", Entrusted(records.TEXT), nullable=False),
    CheckConstraint("(person_id IS NULL) <> (role_id IS NULL)", name="whom"),
    Index("ix_grants_guild", "guild_id", "ends_at"),
)
"""The ledger enters a grant for a member as it is made, and one for a role for each member who begins to use it."""

credentials = Table(
    "credentials",
    metadata,
    Column("account", String, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("billing", _choice(Billing), nullable=False),
    Column("secrets", Entrusted(records.SECRETS), nullable=False),
    Column("added_by", Surrogate, ForeignKey(people.c.id), nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("retired_at", Moment),  # removed or replaced; kept only until the last job on it has ended
)
"""Keys that guilds have brought. A guild has one account that isn't retired at most."""
_IN_USE = credentials.c.retired_at.is_(None)
Index("uq_credentials_guild", credentials.c.guild_id, unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE)

processes = Table(
    "processes",
    metadata,
    Column("name", String, primary_key=True),
    Column("beat_at", Moment, nullable=False),
    Column("linked", Boolean, nullable=False),  # it holds a lock that shows its death at once
    Column("fingerprints", String),  # of the secret keys that it knows, the one that it encrypts with first
)
"""Those that share the work, and when each last showed that it lives, by the database's own clock."""

accounts = Table(
    "accounts",
    metadata,
    Column("name", String, primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("counted_at", Moment, nullable=False),
    Column("learned_per_minute", Float),
    Column("learned_at", Moment),
    Column("closed_until", Moment),
    Column("closed_for", Entrusted(records.FAILURE)),
)
"""How fast creates may follow each other on an account at Replicate, and whether it takes any."""

turns = Table(
    "turns",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("served_at", Moment, nullable=False, index=True),
    CheckConstraint("kind IN ('guild', 'person')", name="kind"),
)
"""When a guild and a person last had a turn in the queue."""

strays = Table(
    "strays",
    metadata,
    Column("prediction_id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("job_id", String, nullable=False),
    Column("found_at", Moment, nullable=False),
)
"""Runs at Replicate that no job owns."""

occasions = Table(
    "occasions",
    metadata,
    Column("name", String, primary_key=True),
    Column("claimed_at", Moment, nullable=False, index=True),
    Column("done", Boolean, nullable=False),
)
"""What is done once for the whole deployment, by whichever process comes first."""

incidents = Table(
    "incidents",
    metadata,
    Column("key", String, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String, nullable=False),
    Column("passing", Boolean, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("over_at", Moment, nullable=False),  # unless it is seen again before
)
"""What needs the operator, for as long as it is the case."""

notices = Table(
    "notices",
    metadata,
    Column("id", Surrogate, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String, nullable=False),
    Column("words", String, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("over", Boolean, nullable=False),
    Column("post", String),  # the message that it is told in, with others
    Column("post_at", Moment),  # when that was first tried
    Column("try_at", Moment),  # not before it is that tried again
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("posted", Boolean, nullable=False, server_default=false()),
)
"""What the operator is told of incidents, one line each."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("webhook_id", String, primary_key=True),
    Column("received_at", Moment, nullable=False, index=True),
)

blobs = Table(
    "blobs",
    metadata,
    Column("key", String, primary_key=True),
    Column("data", Sealed, nullable=False),
    Column("keep_until", Moment, nullable=False, index=True),
)
"""Kept pictures, where processes share no directory; empty on SQLite."""

member_defaults = Table(
    "member_defaults",
    metadata,
    Column("person_id", Surrogate, ForeignKey(people.c.id), primary_key=True, autoincrement=False),
    Column("options", Entrusted(records.OPTIONS), nullable=False),
)

guilds = Table(
    "guilds",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("policy", Entrusted(records.POLICY, remembered=256), nullable=False),
    Column("limits", Entrusted(records.LIMITS, remembered=256)),
    Column("words", Entrusted(records.WORDS, remembered=16)),  # some of them are long
    Column("mirrored", BigInteger, nullable=False, server_default="0"),  # the last entry of the trail that was posted
    Column("mirroring", BigInteger),  # the last of those that are being posted
    Column("mirror_at", Moment),  # not before it are any posted by another process, or again
    Column("left_at", Moment),  # the bot is no member any more
    Column("erased_at", Moment),
)
"""What a guild's moderators have set. Whoever changes a guild's styles locks its row."""

styles = Table(
    "styles",
    metadata,
    Column("id", Surrogate, primary_key=True),
    Column("guild_id", BigInteger, ForeignKey(guilds.c.id), nullable=False, index=True),
    Column("style", Entrusted(records.STYLE), nullable=False),
)
"""Their names are encrypted with the rest: who adds one reads the guild's few others to see that it is new."""
