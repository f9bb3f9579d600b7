"""A process in trouble: what it says of it, what becomes of a job that was admitted, and that both end well."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.process.deployment import LOW, Books, Deployment
from tests.process.program import EaselRun
from tests.storage.postgres_server import PostgresServer
from tests.wire.world import Channel

BEGINS = "the database can't be used; what needs it waits"
ENDS = "the database can be used again"

REFUSED = "My records can't be reached right now"


@dataclass(frozen=True, slots=True)
class Site:
    """A process and where it keeps its data."""

    deployment: Deployment
    run: EaselRun
    server: PostgresServer | None = None
    database: str = ""  # on that server
    has_disk: bool = False  # whether the data directory is a disk of its own

    async def ready(self) -> tuple[int, dict[str, str]]:
        """What `/readyz` says of each part."""
        assert self.deployment.relay is not None
        async with aiohttp.ClientSession() as http, http.get(f"{self.deployment.relay.url}/readyz") as answer:
            return answer.status, (await answer.json())["checks"]

    async def told(self, event: str, since: int) -> dict[str, Any]:
        """Wait for an event among those after the first `since` of the log."""
        return await self.run.until(
            lambda: next((each for each in self.run.log[since:] if each["event"] == event), None)
        )

    def books(self, channel: Channel) -> Books:
        if self.server is None:
            return self.deployment.books(channel)

        def rows(table: str, order: str) -> list[dict[str, Any]]:
            assert self.server is not None
            query = f"SELECT row_to_json({table}) FROM {table} WHERE channel_id = {channel.id} ORDER BY {order}"
            return [json.loads(row) for (row,) in self.server.query(query, self.database)]

        jobs = rows("jobs", "created_at")  # first, so that what one says of its end is in the ledger
        return Books(jobs, [(each["kind"], each["amount"], each["pictures"]) for each in rows("ledger", "id")])


Trouble = Callable[[Site], AbstractContextManager[None]]


async def live_through(site: Site, trouble: Trouble, words: str, name: str) -> None:
    """Bring the trouble upon a process that has a job at Replicate, and on a member who asks for another.

    `words` begin the explanation, `name` tells this time from others.
    """
    deployment, run = site.deployment, site.run
    discord, replicate = deployment.discord, deployment.replicate
    channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
    replicate.end_gate.hold()
    first = await discord.slash(ann, channel, "imagine", prompt=f"admitted, {name}", quality="low")
    await replicate.until(lambda: [each for each in replicate.runs if each.input["prompt"] == f"admitted, {name}"])
    since = len(run.log)
    with trouble(site):
        if site.server is not None:  # which the process keeps in touch with, even where nobody asks for anything
            await site.told(BEGINS, since)
        refused = await discord.slash(ann, channel, "imagine", prompt=f"refused, {name}", quality="low")
        assert (await refused.until(lambda message: REFUSED in message.text)).ephemeral
        assert (await site.told(BEGINS, since))["why"].startswith(words)
        status, checks = await site.ready()
        assert status == 503
        assert checks["database"].startswith(words)
        replicate.end_gate.release()
        await site.told("the job waits", since)
        if site.server is None:  # which might be down
            (job,) = site.books(channel).jobs
            assert job["status"] in {"submitting", "running"}, "as it was before"
            assert site.books(channel).ledger == [("hold", LOW, 1)]
    deployment.assert_made(first, await first.until(lambda message: message.pictures))
    books = await run.until(lambda: (books := site.books(channel)).jobs[0]["finished_at"] and books)
    assert books.ledger == [("hold", LOW, 1), ("capture", LOW, 1)]
    await site.told(ENDS, since)
    assert (await site.ready())[0] == 200
    again = await discord.slash(ann, channel, "imagine", prompt=f"asked again, {name}", quality="low")
    await again.until(lambda message: message.pictures)
    assert len(site.books(channel).jobs) == 2, "nothing is left of the one that was refused"
    assert len([each for each in run.log[since:] if each["event"] == BEGINS]) == 1
