"""What a change of the secret key needs: which keys each process knows, and a trail that can be encrypted anew."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# The fact is there in the transaction that encrypts the trail anew, and no other sees it.
_REENCRYPTING = "EXISTS (SELECT 1 FROM deployment WHERE name = 'reencrypting')"
_IN_CLEAR = ("id", "guild_id", "at", "action", "actor_id", "subject_id", "job_id")
_NULLABLE = ("before", "after")

TRAIL = {
    "sqlite": [
        "DROP TRIGGER trail_no_update",
        f"CREATE TRIGGER trail_no_update BEFORE UPDATE ON trail WHEN NOT ({_REENCRYPTING}"
        + "".join(f" AND NEW.{name} IS OLD.{name}" for name in _IN_CLEAR)
        + "".join(f" AND (NEW.{name} IS NULL) = (OLD.{name} IS NULL)" for name in _NULLABLE)
        + ") BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END",
    ],
    "postgresql": [
        f"""
        CREATE OR REPLACE FUNCTION trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF EXISTS (SELECT 1 FROM guilds WHERE guilds.id = OLD.guild_id AND guilds.erased_at IS NOT NULL)
                THEN RETURN OLD; END IF;
            ELSIF TG_OP = 'UPDATE' THEN
                IF {_REENCRYPTING}
                    {"".join(f" AND NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _IN_CLEAR)}
                    {"".join(f" AND (NEW.{name} IS NULL) = (OLD.{name} IS NULL)" for name in _NULLABLE)}
                THEN RETURN NEW; END IF;
            END IF;
            RAISE 'the trail is append-only' USING ERRCODE = 'restrict_violation';
        END $$
        """,  # noqa: S608 # constants alone
    ],
}


def upgrade() -> None:
    op.add_column("processes", sa.Column("fingerprints", sa.String()))
    for statement in TRAIL[op.get_bind().dialect.name]:
        op.execute(statement)
