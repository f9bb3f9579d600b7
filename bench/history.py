"""A year of invented use, made in bulk: its rows are what jobs would have left."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from bot.storage.engine import Database

PEOPLE = 2_000
GUILDS = 20
FIRST_PERSON = 400_000_000_000_000_000  # Discord's id of the busiest; the others follow
FIRST_GUILD = 500_000_000_000_000_000

_CHUNK = 50_000  # jobs of one statement: none may take long
_ENTRIES = """
INSERT INTO ledger (job_id, kind, person_id, guild_id, channel_id, model, quality, pictures, amount, at, held_at,
                    committed_pictures, committed_amount, account)
WITH RECURSIVE job(i) AS (SELECT CAST(:first AS BIGINT) UNION ALL SELECT i + 1 FROM job WHERE i + 1 < :end)
SELECT 'past-' || i, :kind,
       CASE WHEN i % 20 = 0 THEN 1 ELSE 2 + (i * 7919) % (:people - 1) END,
       :guild + CASE WHEN i % 2 = 0 THEN 0 ELSE 1 + (i * 31) % (:guilds - 1) END,
       7, 'openai/gpt-image-2', CASE i % 3 WHEN 0 THEN 'high' WHEN 1 THEN 'medium' ELSE 'low' END,
       1, :amount, :begin + i * :step + :after, :begin + i * :step, :committed, :difference, 'operator'
FROM job
"""
_BALANCES = """
INSERT INTO balances (scope, quarter, pictures, amount)
SELECT {scope}, held_at - held_at % 900000000, SUM(committed_pictures), SUM(committed_amount) FROM ledger GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class History:
    """What was made. The busiest member made every twentieth picture, the busiest guild every second."""

    entries: int
    begin: datetime
    end: datetime
    member_id: int = FIRST_PERSON
    guild_id: int = FIRST_GUILD


async def make_history(database: Database, entries: int, end: datetime) -> History:
    """Fill the empty database with so many ledger entries, a hold and a capture for each job, over a year up to `end`,
    with their balances."""
    jobs, begin = entries // 2, end - timedelta(days=365)
    since = int(begin.timestamp()) * 1_000_000
    always = {
        "people": PEOPLE,
        "guild": FIRST_GUILD,
        "guilds": GUILDS,
        "begin": since,
        "step": 365 * 86_400_000_000 // jobs,
    }
    hold = {"kind": "hold", "amount": 128_000, "after": 0, "committed": 1, "difference": 128_000}
    capture = {"kind": "capture", "amount": 47_000, "after": 40_000_000, "committed": 0, "difference": -81_000}
    async with database.write() as connection:
        for number in range(PEOPLE):
            person = text("INSERT INTO people (id, discord_id) VALUES (:id, :discord_id)")
            await connection.execute(person, {"id": number + 1, "discord_id": FIRST_PERSON + number})
        if database.shared:
            await connection.execute(text("SELECT setval(pg_get_serial_sequence('people', 'id'), 100000)"))
    for first in range(0, jobs, _CHUNK):
        chunk = {"first": first, "end": min(first + _CHUNK, jobs)}
        for kind in (hold, capture):
            async with database.write() as connection:
                await connection.execute(text(_ENTRIES), always | chunk | kind)
    async with database.write() as connection:
        for scope in ("account", "'guild:' || guild_id"):
            await connection.execute(text(_BALANCES.format(scope=scope)))
        made = await connection.scalar(text("SELECT count(*) FROM ledger"))
    await keep_house(database)
    return History(made or 0, begin, end)


async def keep_house(database: Database) -> None:
    """What a server does by itself after so many inserts, in time: PostgreSQL's autovacuum also marks pages whose rows
    all can see, without which no index is read alone."""
    async with database.write() as connection:
        if not database.shared:
            await connection.execute(text("ANALYZE"))
            return
        engine = connection.engine.execution_options(isolation_level="AUTOCOMMIT")  # VACUUM takes no transaction
    async with engine.connect() as connection:
        await connection.execute(text("VACUUM (ANALYZE)"))
