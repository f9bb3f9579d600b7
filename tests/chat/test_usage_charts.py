"""`/usage` and `/studio usage` in a room that was in use for a month: sums, limits, charts, and what goes without."""

from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from simcord.results import InteractionResult

from bot.charts.process import ChartProcess
from bot.demo.reading import components_of, text_of
from bot.demo.room import Room, open_room
from bot.domain.chart import Chart
from bot.domain.quota import Scope
from tests.chat.conftest import paint_small
from tests.storage.migrated import move_in

GALLERY = 12


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(move_in(tmp_path), seconds=lambda _: 0.0, paint=paint_small, history=True) as room:
        charts = room.app.client.studio.charts
        assert isinstance(charts, ChartProcess)
        charts._patience = 60.0  # a busy machine is no failure
        yield room
    assert not room.env.errors, "nothing failed inside the bot"


class NoCharts:
    """Draws nothing, as where the process for it crashes each time."""

    async def draw(self, chart: Chart) -> bytes | None:
        return None


class ChartsAsDiscordFails:
    """Draws, and from then on Discord takes no edit."""

    def __init__(self, room: Room) -> None:
        self._faults = room.env.backend.faults
        room.env.inject_error("PATCH", "/webhooks/*", status=403, code=50001, times=1)
        self._fault = self._faults.pop()

    async def draw(self, chart: Chart) -> bytes | None:
        self._faults[:] = [self._fault]
        return b"any bytes"


async def sizes(result: InteractionResult) -> dict[str, tuple[int, int]]:
    assert result.response is not None
    opened = {each.filename: Image.open(BytesIO(await each.read())) for each in result.response.attachments}
    assert {each.format for each in opened.values()} <= {"PNG"}
    return {name: each.size for name, each in opened.items()}


def descriptions(result: InteractionResult) -> list[str]:
    galleries: list[dict[str, Any]] = components_of(result.response, GALLERY)
    return [each["description"] for gallery in galleries for each in gallery["items"]]


async def test_members_and_moderators_see_what_was_used_in_words_and_in_charts(room: Room) -> None:
    studio, guild = room.app.client.studio, room.member.guild.id
    own = await studio.usage.of_member(room.member.id, guild)
    everyone = await studio.usage.of_guild(guild)
    assert 0 < own.month.total.amount < everyone.month.total.amount

    used = await room.member.slash(room.channel, "usage")
    assert used.ephemeral
    text = text_of(used.response)
    assert f"**This month**  {own.month.total.pictures} pictures, ${own.month.total.amount / 1e6:.2f}" in text
    today = next(each for each in own.ceilings if each.ceiling.scope is Scope.MEMBER)
    assert f"Today: {today.left} of 20 pictures left" in text
    assert own.today.pictures in (today.used, today.used + 4), "what a grant paid for uses up none of the limits"
    assert "of $25.00 left" in text
    assert "16 pictures beyond the limits, until <t:" in text
    assert "a kite above the fair" in text
    [(name, (width, height))] = (await sizes(used)).items()
    assert (name, width, height > 900) == ("usage.png", 1200, True)
    [said] = descriptions(used)
    assert "Limit of a day: 20 pictures." in said
    for usage in own.month.by_day.values():
        assert not usage.pictures or f": {usage.pictures}" in said

    shown = await room.moderator.slash(room.channel, "studio usage")
    assert shown.ephemeral
    text = text_of(shown.response)
    total = f"{everyone.month.total.pictures} pictures, ${everyone.month.total.amount / 1e6:.2f}"
    assert f"**This month**  {total}" in text
    assert (
        f"<@{room.member.id}>\u200e: {own.month.total.pictures} pictures, ${own.month.total.amount / 1e6:.2f}" in text
    )
    assert "fox" not in text
    assert [*(await sizes(shown))] == ["usage-by-day.png", "usage-by-member.png"]
    assert {width for width, _ in (await sizes(shown)).values()} == {1200}
    by_day, by_member = descriptions(shown)
    assert "Budget of a day: $2.50." in by_day
    assert f"Spent since the 1st: ${everyone.month.total.amount / 1e6:.2f}. Budget of the month: $25.00." in by_day
    assert f"By member: Member: ${own.month.total.amount / 1e6:.2f}, " in by_member, "by their name in the server"

    # One member's, which doesn't tell what they asked for; and a month without any use.
    theirs = text_of((await room.moderator.slash(room.channel, "studio usage", member=room.member)).response)
    assert f"### <@{room.member.id}>'s pictures in this server" in theirs
    assert f"{own.month.total.pictures} pictures" in theirs
    assert "kite" not in theirs
    empty = await room.moderator.slash(room.channel, "studio usage", month="2020-02")
    assert text_of(empty.response) == "### This server's pictures\n**February 2020**  0 pictures, $0.00"
    assert await sizes(empty) == {}
    wrong = await room.moderator.slash(room.channel, "studio usage", month="last")
    assert text_of(wrong.response).startswith("I know no such month.")

    # Without charts the numbers are there all the same, and nobody apologizes for one that is missing.
    for person, command in ((room.member, "usage"), (room.moderator, "studio usage")):
        for charts in (NoCharts(), ChartsAsDiscordFails(room)):
            room.app.client.studio = replace(studio, charts=charts)
            result = await person.slash(room.channel, command)
            assert "**This month**" in text_of(result.response)
            assert await sizes(result) == {}
            assert result.followups == []
