"""Writes down a schema with data in it, as the code of its time makes both, for `test_upgrades`.

For a migration that is new: `.venv/bin/python -m tests.storage.schemas.write`. The files of the others were made the
same way by the code of each commit that changed what a revision makes, so what is encrypted in them has the forms that
those versions gave it. A migration that has once been on main is never edited: who needs more writes another.
"""

import asyncio
import inspect
import sqlite3
import tempfile
from base64 import urlsafe_b64encode
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.domain.job import Job, JobStatus
from bot.domain.prediction import Prediction, PredictionStatus, Submission
from bot.domain.request import Attachment, InputImage
from bot.storage import tables
from bot.storage.cipher import Cipher
from bot.storage.columns import Entrusted
from bot.storage.schema import migrate
from bot.storage.store import SqlStore, open_store
from tests.storage import examples
from tests.storage.examples import ANOTHER_MEMBER, CHANNEL, GUILD, NOON, PRICE

KEY = urlsafe_b64encode(b"the key of databases long ago ..").decode()

_WALK = ("queued", "submitting", "running", "delivering")
_WALKS = {"staging": (), "request_review": ("request_review",), "result_review": (*_WALK, "result_review")} | {
    each: _WALK[: _WALK.index(each) + 1] for each in _WALK
}
"""The steps that take a job to each status in which it lives; the others are one more."""

_ROWS: dict[str, dict[str, Any]] = {
    "people": {"id": 2, "discord_id": ANOTHER_MEMBER},
    "member_defaults": {"person_id": 1, "options": {"quality": "low", "count": 2}},
    "guilds": {"id": GUILD, "policy": {"spoilers": "always"}, "limits": {}},
    "styles": {"guild_id": GUILD, "style": {"name": "Ink", "suffix": "in ink"}},
    "grants": {"reference": "grant:1", "guild_id": GUILD, "person_id": 1, "pictures": 5, "granted_by": 2,
               "granted_at": NOON, "ends_at": NOON, "reason": "a contest"},
    "credentials": {"account": "guild:1", "guild_id": GUILD, "billing": "picture", "added_by": 2, "added_at": NOON,
                    "secrets": {"replicate_token": "r8_of_a_guild"}},
    "accounts": {"name": "operator", "tokens": 1.5, "counted_at": NOON, "closed_for": {"code": "bad_token"}},
    "turns": {"kind": "guild", "id": GUILD, "served_at": NOON},
    "processes": {"name": "old", "beat_at": NOON, "linked": False},
    "strays": {"prediction_id": "stray", "account": "operator", "job_id": "succeeded", "found_at": NOON},
    "occasions": {"name": "night:2026-11-22", "claimed_at": NOON, "done": True},
    "incidents": {"key": "credit:operator", "kind": "credit", "subject": "operator", "passing": False, "began_at": NOON,
                  "over_at": NOON},
    "notices": {"kind": "credit", "subject": "operator", "words": "", "began_at": NOON, "at": NOON, "over": False},
    "deliveries": {"webhook_id": "msg_1", "received_at": NOON},
    "trail": {"guild_id": GUILD, "at": NOON, "action": "warn", "actor_id": 2, "subject_id": 1, "reason": "too much",
              "before": {"strikes": 0}, "after": {"strikes": 1}},
    "trusted": {"guild_id": GUILD, "person_id": 1, "since": NOON},
    "sanctions": {"reference": "sanction:1", "guild_id": GUILD, "person_id": 1, "kind": "block", "strikes": 1,
                  "limits": {}, "reason": "too much", "made_at": NOON, "made_by": 2},
    "appeals": {"guild_id": GUILD, "person_id": 1, "about": "sanction:1", "text": "it wasn't", "made_at": NOON,
                "granted": False, "decided_at": NOON, "decided_by": 2, "answer": "it was"},
    "reports": {"job_id": "succeeded", "person_id": 2, "reported_at": NOON, "reason": "other", "said": "look"},
    "purges": {"guild_id": GUILD, "person_id": 1, "reason": "too much", "made_at": NOON, "made_by": 2},
    "purged": {"job_id": "succeeded", "purge_id": 1},
    "cases": {"job_id": "succeeded", "guild_id": GUILD, "opened_at": NOON, "hidden_at": NOON, "decision": "kept",
              "decided_at": NOON, "decided_by": 2},
    "reviews": {"job_id": "request_review", "stage": "request", "guild_id": GUILD, "opened_at": NOON,
                "expires_at": NOON, "channel_id": CHANNEL, "message_id": 77},
}  # fmt: skip
"""What is in the tables beside jobs and the ledger; what is encrypted as JSON."""


def _job(status: str) -> Job:
    job = examples.a_job(id=status, pictures=2, message_id=CHANNEL + 1)
    attachment = Attachment(1, "cat.png", "https://cdn.discordapp.com/cat.png", 10, "image/png")
    return replace(job, request=replace(job.request, prompt=f"a fox that is {status}", attachments=(attachment,)))


def _changes(status: str, job_id: str) -> dict[str, Any]:
    """What is saved with a step."""
    if status in ("queued", "request_review"):
        return {"inputs": (InputImage(f"{job_id}/0", "cat.png", "image/png", 10, 4, 4),)}
    if status == "submitting":
        sent = Submission("openai/gpt-image-2", {"prompt": f"a fox that is {job_id}"}, None, 900)
        return {"submission": sent, "submitted_at": NOON}
    if status == "running":
        return {"prediction_id": f"prediction-{job_id}"}
    if status == "delivering":
        ended = PredictionStatus.SUCCEEDED
        output = ("https://replicate.delivery/fox.webp",) * 2
        prediction = Prediction(f"prediction-{job_id}", ended, "openai/gpt-image-2", output=output, completed_at=NOON)
        return {"prediction": prediction, "cost": 2 * PRICE}
    return {}


async def _bring_to(store: Any, status: JobStatus) -> None:  # a store of whichever time
    await examples.admit(store, _job(status.value))
    job = await examples.claim_one(store, "old")
    of_owner = ("old",) if "owner" in inspect.signature(store.advance).parameters else ()  # as it once was
    for step in _WALKS.get(status.value, _WALK):
        job = await store.advance(job, *of_owner, JobStatus(step), **_changes(step, job.id))
    if status.ended:
        made = status is JobStatus.SUCCEEDED
        captured, pictures = (2 * PRICE, 2) if made else (None, 0)
        await store.settle(job, *of_owner, status, NOON, captured=captured, pictures=pictures)


async def _fill(store: SqlStore, cipher: Cipher) -> None:
    for status in JobStatus:
        await _bring_to(store, status)
    async with store._database.write() as connection:
        for table in tables.metadata.sorted_tables:
            row = dict(_ROWS.get(table.name, {}))
            if table.name == "blobs":
                row = {"key": "succeeded/0", "data": cipher.encrypt(b"a picture"), "keep_until": NOON}
            row = {name: value for name, value in row.items() if name in table.c}
            for name, value in row.items():
                if isinstance(kind := table.c[name].type, Entrusted):
                    row[name] = kind.codec.load(value)
            if row:
                await connection.execute(store._database.insert_or_ignore(table).values(row))


async def make(url: str, *, full: bool) -> None:
    """A database with this version's schema, and, if it is to be full, with data."""
    cipher = Cipher.from_key(KEY)
    await migrate(url, cipher)
    if full:
        store = await open_store(url, cipher)
        await _fill(store, cipher)
        await store.close()


def main() -> None:
    from bot.storage.revisions import REVISIONS  # once there was no such module
    from tests.storage.postgres_server import postgres_server  # nor this one

    here, revision = Path(__file__).parent, REVISIONS[-1]
    if (here / f"{revision}.sqlite.sql").exists():
        raise SystemExit(f"The schema of {revision} is kept. One that has been on main stays as it is.")
    with tempfile.TemporaryDirectory() as directory, postgres_server() as postgres:
        file = Path(directory) / "easel.db"
        asyncio.run(make(f"sqlite:///{file}", full=True))
        with closing(sqlite3.connect(file)) as connection:
            (here / f"{revision}.sqlite.sql").write_text("\n".join(connection.iterdump()) + "\n", "utf-8")
        name = postgres.make_database()
        asyncio.run(make(postgres.url(name), full=False))
        (here / f"{revision}.postgresql.sql").write_text(postgres.schema(name), "utf-8")


if __name__ == "__main__":
    main()
