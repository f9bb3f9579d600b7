"""`/studio export`: a month of the guild's ledger as a file, for its moderators alone."""

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from simcord.results import InteractionResult

from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.domain.ledger import Grant
from bot.service.usage_csv import COLUMNS
from tests.storage.examples import NOON


async def export(room: Room, **options: Any) -> InteractionResult:
    result = await room.moderator.slash(room.channel, "studio export", **options)
    assert result.ephemeral
    return result


async def read(result: InteractionResult) -> bytes:
    assert result.response is not None
    [file] = result.response.attachments
    assert file.filename.endswith(".csv")
    return await file.read()


async def rows(result: InteractionResult) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO((await read(result)).decode(), newline="")))


async def test_a_month_of_the_guild_is_a_file_that_adds_up(room: Room) -> None:
    now = room.app.client.studio.clock.now()
    assert "Nothing was used in" in text_of((await export(room)).response)
    for prompt, quality, count in (("a fox", "low", 2), ("something forbidden", "high", 1)):
        await room.member.slash(room.channel, "imagine", prompt=prompt, quality=quality, count=count)
        await room.app.dispatch.idle()

    result = await export(room)
    month = f"{now:%Y-%m}"
    assert f"**Usage in {month}:** 4 entries" in text_of(result.response)
    entries = await rows(result)
    assert list(entries[0]) == list(COLUMNS)
    assert [(each["kind"], each["quality"], each["pictures"], each["amount_usd"]) for each in entries] == [
        ("hold", "low", "2", "0.024000"),
        ("capture", "low", "2", "0.024000"),
        ("hold", "high", "1", "0.128000"),
        ("release", "high", "0", "0.128000"),
    ]
    assert {each["member"] for each in entries} == {str(room.member.id)}
    assert "fox" not in str(entries)
    assert await rows(await export(room, month=month)) == entries

    choices = [each["value"] for each in await room.moderator.autocomplete(room.channel, "studio export", "month", "")]
    assert choices[0] == month
    assert len(choices) == 25
    assert f"Nothing was used in {choices[-1]}" in text_of((await export(room, month=choices[-1])).response)
    for wrong in ("November", "2026-13", "0001-01", "9999-12"):
        assert "no month that has begun" in text_of((await export(room, month=wrong)).response)


async def grant(room: Room, pictures: int, now: datetime, guild_id: int) -> None:
    """An entry that no job comes with."""
    made = Grant(guild_id, pictures, now + timedelta(days=1), room.moderator.id, member_id=room.member.id)
    await room.app.client.studio.budgets.grant(made, reference=f"{guild_id} {pictures}", now=now)


async def test_a_month_is_one_of_the_guilds_calendar_and_of_no_other_guild(room: Room) -> None:
    guild_id = room.moderator.guild.id
    zone = ZoneInfo("Pacific/Kiritimati")  # where a month begins before it does anywhere else
    preferences = room.app.client.studio.preferences
    await preferences.change_policy(guild_id, lambda held: replace(held, time_zone=str(zone)), None, NOON)
    begin, end = datetime(2026, 5, 1, tzinfo=zone), datetime(2026, 6, 1, tzinfo=zone)
    moment = timedelta(microseconds=1)
    for pictures, now in enumerate((begin - moment, begin, end - moment, end), 1):
        await grant(room, pictures, now, guild_id)
    await grant(room, 5, begin, guild_id + 1)
    assert [(each["at"], each["pictures"]) for each in await rows(await export(room, month="2026-05"))] == [
        ("2026-04-30 10:00:00", "2"),
        ("2026-05-31 09:59:59", "3"),
    ]


async def test_a_file_is_no_larger_than_it_may_be(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    for pictures in range(1, 7):
        await grant(room, pictures, NOON, room.moderator.guild.id)
    whole = await export(room, month=f"{NOON:%Y-%m}")
    data, all_of_them = await read(whole), await rows(whole)
    assert len(all_of_them) == 6
    assert "Whoever runs this bot" not in text_of(whole.response)
    send = room.env.backend.emit
    limit = {"attachment_size_limit": len(data) - 1}
    monkeypatch.setattr(room.env.backend, "emit", lambda event, payload: send(event, {**payload, **limit}))
    cut = await export(room, month=f"{NOON:%Y-%m}")
    assert await rows(cut) == all_of_them[:5]
    assert "`easel export usage`" in text_of(cut.response)
