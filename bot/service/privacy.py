"""A member's own data: shown, handed out, and erased at the member's wish."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeAlias

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.job import Job
from bot.domain.options import options_of
from bot.service.archive import Archive
from bot.service.ports import Blobs, Books, Clock, Erasure, Held, PersonalData, Preferences
from bot.service.retention import Retention
from bot.service.usage_csv import csv_lines

_log = structlog.get_logger(__name__)

LARGEST_FILE = 4_000_000
"""Bytes of a file of requests or ledger entries in an export, roughly; more go into another."""


@dataclass(frozen=True, slots=True)
class PrivacyTerms:
    """What a deployment promises, and who promises it."""

    contact: str | None = None  # whom to ask, as the operator wrote it
    policy_url: str | None = None
    retention_days: int = 365  # of requests
    picture_days: float = 7
    grace_days: float = 30  # after the bot has left a guild


Explain: TypeAlias = Callable[[datetime, Sequence[str]], str]
"""What an export says of itself: made at that time, without the files of these names, which were too large."""


class Privacy:
    """Methods may raise `StoreUnavailable` of `bot.domain.errors`. Whoever erases a member wakes those who work on the
    jobs."""

    def __init__(
        self,
        *,
        data: PersonalData,
        books: Books,
        preferences: Preferences,
        blobs: Blobs,
        retention: Retention,
        clock: Clock,
        terms: PrivacyTerms,
    ) -> None:
        self.terms = terms
        self._data = data
        self._books = books
        self._preferences = preferences
        self._blobs = blobs
        self._retention = retention
        self._clock = clock

    async def held(self, member_id: int) -> Held:
        return await self._data.held(member_id, self._clock.now())

    async def retention_days(self, guild_id: int | None) -> int:
        """For how many days requests made there are kept."""
        own = None if guild_id is None else (await self._preferences.policy(guild_id)).retention_days
        return self.terms.retention_days if own is None else min(own, self.terms.retention_days)

    async def erase(self, member_id: int) -> Erasure:
        """Erase the member's data at once; pictures that can't be deleted now are deleted by the next round."""
        erasure = await self._data.erase(member_id, self._clock.now())
        _log.info("a member's data was erased", requests=erasure.requests, under_way=erasure.under_way)
        try:
            await self._retention.collect()
        except StoreUnavailable as error:
            _log.warning("pictures of erased requests are deleted later", error=repr(error))
        return erasure

    async def export(self, member_id: int, part_size: int | None, explain: Explain) -> AsyncGenerator[bytes]:
        """All that is kept about the member, as ZIP files of at most that size, one at a time; one of any size for
        None. Nothing of it is of anybody else, and no token is in it."""
        now = self._clock.now()
        archive = Archive(part_size, now)
        largest = LARGEST_FILE if part_size is None else min(LARGEST_FILE, part_size // 2)
        async with aclosing(self._files(member_id, largest)) as files:
            async for name, data in files:
                for part in await asyncio.to_thread(_all, archive, name, data):
                    yield part
        readme = explain(now, archive.left_out).encode()
        for part in await asyncio.to_thread(_all, archive, "README.txt", readme):
            yield part
        yield await asyncio.to_thread(archive.end)

    async def _files(self, member_id: int, largest: int) -> AsyncGenerator[tuple[str, bytes]]:
        """Every file of the export but its explanation."""
        record = await self._data.record(member_id)
        yield "records.json", await asyncio.to_thread(_json, record)
        kept = set(await self._blobs.keys())
        pictures: list[tuple[str, str]] = []
        numbers, requests, size = count(1), list[bytes](), 0
        async for job in self._data.requests(member_id):
            own = [(name, key) for name, key in _pictures(job) if key in kept]
            pictures += own
            request = await asyncio.to_thread(_request, job, [name for name, _ in own])
            if requests and size + len(request) > largest:
                yield f"requests-{next(numbers):03}.json", _array(requests)
                requests, size = [], 0
            requests.append(request)
            size += len(request) + 1
        yield f"requests-{next(numbers):03}.json", _array(requests)
        numbers, head, lines, size = count(1), "", list[str](), 0
        entries = self._books.entries(_EVER, _NEVER, member_id=member_id)
        async with aclosing(csv_lines(entries)) as rows:
            async for row in rows:
                head = head or row
                if size + len(row) > largest:
                    yield f"usage-{next(numbers):03}.csv", "".join(lines).encode()
                    lines, size = [head], len(head)
                lines.append(row)
                size += len(row)
        yield f"usage-{next(numbers):03}.csv", "".join(lines).encode()
        for name, key in pictures:
            data = await self._blobs.get(key)
            if data is not None:
                yield name, data


_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def _all(archive: Archive, name: str, data: bytes) -> list[bytes]:
    return list(archive.add(name, data))


def _pictures(job: Job) -> list[tuple[str, str]]:
    """The pictures of a job that are its member's own, each by its name in the export and its key: those that were
    attached, and not those that a style or another's request brought along; and those that came of it."""
    attached = job.inputs[: len(job.request.attachments)]
    named = [(each.key, each.media_type.removeprefix("image/")) for each in attached]
    made = len(job.prediction.output) if job.prediction else 0
    results = [f"{job.id}/output-{index}" for index in range(made)]
    files = [(f"pictures/{key}.{kind}", key) for key, kind in named]
    return files + [(f"pictures/{key}.{job.request.output_format}", key) for key in results]


def _request(job: Job, pictures: Sequence[str]) -> bytes:
    prediction = job.prediction
    told: dict[str, Any] = {
        "id": job.id,
        "asked_at": job.created_at.isoformat(),
        "guild_id": None if job.guild_id is None else str(job.guild_id),
        "channel_id": str(job.channel_id),
        "message_id": None if job.message_id is None else str(job.message_id),
        "private": job.answer.private,
        "language": job.answer.locale,
        "prompt": job.request.prompt,
        "style": job.request.style.name if job.request.style else None,
        "options": {name: value for name, value in _options(job).items() if value is not None},
        "attached": [each.filename for each in job.request.attachments],
        "pictures_in_here": list(pictures),
        "status": job.status.value,
        "outcome": job.failure.code if job.failure else None,
        "made": job.pictures,
        "cost": job.cost,
        "held": job.hold,
        "run_at_replicate": job.prediction_id,
        "submitted_at": job.submitted_at.isoformat() if job.submitted_at else None,
        "ran_until": prediction.completed_at.isoformat() if prediction and prediction.completed_at else None,
        "ended_at": job.finished_at.isoformat() if job.finished_at else None,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _options(job: Job) -> dict[str, Any]:
    options = options_of(job.request)
    return {name: getattr(options, name) for name in options.__slots__}


def _array(values: Sequence[bytes]) -> bytes:
    return b"[" + b",\n".join(values) + b"]\n"


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
