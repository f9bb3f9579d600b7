"""Reports and purges whose process ends at each step, and whose Discord stumbles: a round does what is left, once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any

import discord
import pytest
from simcord.results import ResponseMessage

from bot.chat.announcer import DiscordAnnouncer
from bot.chat.case_notices import DiscordCaseNotices
from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.domain.job import Job
from bot.domain.moderation import Policy
from bot.domain.report import Decision, Report, Shown
from bot.service.cases import LEASE
from bot.service.ports import Purged, TryLater, Undeliverable
from bot.storage.blobs import DirectoryBlobs
from bot.storage.purges import SqlPurges
from bot.storage.reports import SqlReports
from tests.clocks import FastClock

Break = Callable[[type[Any], str, BaseException], None]


@pytest.fixture
def clock() -> FastClock:
    """Moves when it is moved: the app's own round is too far away to meddle."""
    return FastClock(rate=1.0)


@pytest.fixture
def break_once(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Let the next call of an adapter's method raise after its effect."""

    def break_once(adapter: type[Any], method: str, error: BaseException) -> None:
        whole: Callable[..., Awaitable[Any]] = getattr(adapter, method)

        async def breaks(*arguments: Any, **options: Any) -> Any:
            monkeypatch.setattr(adapter, method, whole)
            await whole(*arguments, **options)
            raise error

        monkeypatch.setattr(adapter, method, breaks)

    return break_once


@pytest.fixture(autouse=True)
def nonces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second message with the same nonce is the first, as with Discord; SimCord leaves nonces out."""
    whole, sent = discord.abc.Messageable.send, dict[tuple[int, object], discord.Message]()

    async def send(self: discord.abc.Messageable, *arguments: Any, nonce: object = None, **options: Any) -> Any:
        key = (self.id, nonce)  # type: ignore[attr-defined] # every channel has one
        message = sent.get(key) or await whole(self, *arguments, nonce=nonce, **options)  # type: ignore[arg-type,misc]
        if nonce is not None:
            sent[key] = message
        return message

    monkeypatch.setattr(discord.abc.Messageable, "send", send)


async def made(room: Room, **options: Any) -> tuple[Job, ResponseMessage]:
    result = await room.member.slash(room.channel, "imagine", **({"prompt": "a fox", "quality": "low"} | options))
    await room.app.dispatch.idle()
    assert result.response is not None
    live = await room.app.store.jobs_of(room.member.id, 1)
    return live.ended[0], result.response


async def round_of(room: Room, clock: FastClock) -> None:
    """What the next round does, once it may take over from whoever has died."""
    clock.advance(LEASE.total_seconds())
    await room.app.client.studio.cases.carry_out()


def cards(room: Room, job: Job) -> list[discord.Message]:
    return [each for each in room.log_channel.history() if job.id in text_of(each)]


STEPS = (
    (DirectoryBlobs, "put", Decision.KEPT),
    (DiscordAnnouncer, "attached", Decision.REMOVED),
    (DiscordAnnouncer, "withhold", Decision.REMOVED),
    (DiscordAnnouncer, "restore", Decision.KEPT),
    (DiscordCaseNotices, "show_case", Decision.KEPT),
    (DiscordCaseNotices, "tell_reporter", Decision.KEPT),
    (DiscordCaseNotices, "tell_member", Decision.REMOVED),
    (SqlReports, "showed", Decision.KEPT),
    (SqlReports, "carded", Decision.REMOVED),
    (SqlReports, "told", Decision.REMOVED),
    (SqlReports, "settled", Decision.KEPT),
    (SqlReports, "claim", Decision.REMOVED),
)


@pytest.mark.parametrize("error", [asyncio.CancelledError(), TryLater()], ids=["dies", "stumbles"])
async def test_whatever_stops_it_on_the_way_each_step_is_done_in_the_end(
    room: Room, clock: FastClock, break_once: Break, error: BaseException
) -> None:
    cases, reporters = room.app.client.studio.cases, count(room.other_member.id, 0)
    with room.env.time_context():
        for adapter, method, decision in STEPS:
            if isinstance(error, TryLater) and adapter in (SqlReports, DirectoryBlobs):
                continue  # they raise no such thing
            job, message = await made(room)
            pictures = [await each.read() for each in message.attachments]
            report = Report(next(reporters), clock.now())
            break_once(adapter, method, error)

            async def carry_out() -> None:
                task = asyncio.ensure_future(cases.carry_out())
                await asyncio.wait([task])  # it may have been canceled

            await cases.file(job, report, policy=Policy(), moderator=True)
            await carry_out()
            await round_of(room, clock)
            where = f"{adapter.__name__}.{method}, {decision}"
            assert message.attachments == [], where
            assert "hidden until a moderator" in text_of(message), where
            (card,) = cards(room, job)
            assert "It is **hidden**" in text_of(card), where

            await cases.decide(job.id, decision, room.moderator.id)
            await carry_out()
            await round_of(room, clock)
            (card,) = cards(room, job)
            assert f"by <@{room.moderator.id}>" in text_of(card), where
            if decision is Decision.KEPT:
                assert [await each.read() for each in message.attachments] == pictures, where
            else:
                assert "a moderator took the pictures away" in text_of(message), where
            dossier = await cases.dossier(job.id)
            assert dossier is not None
            assert dossier.case.due is dossier.case.shown, where
            assert all(each.told_at for each in dossier.case.reports), where
            assert await SqlReports(room.app.store.database).claim(clock.now() + LEASE, LEASE) == [], where
            room.env.errors.clear()


async def test_what_cannot_be_kept_is_not_hidden_yet_can_be_removed(
    room: Room, clock: FastClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot may not read the message's history: nobody but the moderators takes pictures that can't be given back."""
    cases, (job, message) = room.app.client.studio.cases, await made(room)

    async def unreadable(*_: object) -> None:
        raise Undeliverable

    monkeypatch.setattr(DiscordAnnouncer, "attached", unreadable)
    with room.env.time_context():
        await cases.file(job, Report(room.other_member.id, clock.now()), policy=Policy(), moderator=True)
        await cases.carry_out()
        assert message.attachments
        (card,) = cards(room, job)
        assert "Members **still see** it: I can't read that message" in text_of(card)
        assert "I have no pictures of it to show" in text_of(card)
        await cases.decide(job.id, Decision.REMOVED, room.moderator.id)
        await cases.carry_out()
    assert message.attachments == []
    case = await SqlReports(room.app.store.database).case(job.id)
    assert case is not None
    assert case.shown is Shown.REMOVED


async def test_an_appeal_that_is_granted_gives_the_pictures_back(room: Room, clock: FastClock) -> None:
    cases, (job, message) = room.app.client.studio.cases, await made(room)
    pictures = [await each.read() for each in message.attachments]
    with room.env.time_context():
        await cases.file(job, Report(room.other_member.id, clock.now()), policy=Policy(), moderator=False)
        await cases.carry_out()
        await cases.decide(job.id, Decision.REMOVED, room.moderator.id)
        await cases.carry_out()
        assert message.attachments == []
        assert [await cases.overturn(job.id, room.moderator.id) for _ in range(2)] == [True, False]
        await cases.carry_out()
    assert [await each.read() for each in message.attachments] == pictures


async def test_a_purge_goes_on_where_it_was_left_and_tells_what_it_could_not_do(
    room: Room, clock: FastClock, break_once: Break
) -> None:
    purging, purges = room.app.client.studio.purging, SqlPurges(room.app.store.database)
    guild_id, member_id = room.member.guild.id, room.member.id
    await made(room, private=True)
    shown = [(await made(room))[1] for _ in range(5)]
    await room.member.click(shown[0], label="Delete")
    clock.advance(timedelta(minutes=15).total_seconds())  # no token lives any more

    async def interrupted() -> None:
        task = asyncio.ensure_future(purging.carry_out(begun))
        await asyncio.wait([task])

    with room.env.time_context():
        begun = await purging.begin(guild_id, member_id, by=room.moderator.id, reason="spam")
        assert begun.results == 6
        assert begun.id is not None
        break_once(DiscordAnnouncer, "delete", TryLater())
        break_once(SqlPurges, "purge", asyncio.CancelledError())
        await interrupted()
        assert (await purges.purge(begun.id)).left == 1, "Discord was in trouble at one"
        for adapter, method in ((DiscordAnnouncer, "delete"), (SqlPurges, "purged"), (SqlPurges, "finish")):
            assert len(await purges.unfinished()) == 1
            break_once(adapter, method, asyncio.CancelledError())
            await interrupted()
        assert await purges.unfinished() == []
    done = await purges.purge(begun.id)
    assert (done.count(Purged.REMOVED), done.count(Purged.PRIVATE), done.left) == (5, 1, 0)
    assert {each.id for each in room.channel.history()}.isdisjoint({each.id for each in shown})
    assert await purging.count(guild_id, member_id, None) == 0
