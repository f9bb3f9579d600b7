"""`/privacy`: what is kept about a member, as a file, and gone; and what is let go when the bot leaves a server."""

import csv
import json
import zipfile
from io import BytesIO, StringIO
from typing import Any

import pytest
from simcord import SetupError
from simcord.results import InteractionResult

from bot.chat.residence import settle_guilds
from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from bot.domain.moderation import Policy
from bot.domain.report import Decision, Report
from bot.service.privacy import Privacy
from tests.chat.pictures import png
from tests.chat.test_buttons import BUTTON

ATTACHED = {"image": 100, "image_2": 50, "image_3": 50}
"""Options, each with a picture of so many pixels a side, which take 30 and 7 kB."""

CONTACT, URL = "Ada (ada@example.org)", "https://example.org/privacy"


@pytest.fixture
def room_overrides() -> dict[str, Any]:
    return {"easel_privacy_contact": CONTACT, "easel_privacy_url": URL, "easel_member_daily_pictures": 2}


async def ask(room: Room, prompt: str, **options: Any) -> InteractionResult:
    asked = await room.member.slash(room.channel, "imagine", prompt=prompt, quality="low", **options)
    await room.app.dispatch.idle()
    return asked


async def press(room: Room, panel: InteractionResult, label: str) -> InteractionResult:
    assert panel.response is not None
    return await room.member.click(panel.response, label=label)


async def files_of(privacy: Privacy, member_id: int, part_size: int | None = None) -> dict[str, bytes]:
    """What an export holds, over all its parts."""
    found: dict[str, bytes] = {}
    async for part in privacy.export(member_id, part_size, lambda _, left_out: f"left out: {sorted(left_out)}"):
        assert part_size is None or len(part) <= part_size
        with zipfile.ZipFile(BytesIO(part)) as archive:
            assert archive.testzip() is None
            assert not found.keys() & set(archive.namelist())
            found |= {name: archive.read(name) for name in archive.namelist()}
    return found


async def test_a_member_sees_takes_and_erases_what_is_kept(room: Room) -> None:
    studio = room.app.client.studio
    await ask(room, "a fox that nobody knows", private=True, image=("mine.png", png()))
    shown = await ask(room, "a hare")
    await room.other_member.slash(room.channel, "imagine", prompt="not mine", quality="low")
    await room.app.dispatch.idle()
    panel = await room.member.slash(room.channel, "privacy")
    assert panel.ephemeral
    told = text_of(panel.response)
    for said in ("2 requests of yours", "Kept for 365 days.", "each for 7 days", "4 entries", CONTACT, URL):
        assert said in told

    assert panel.response is not None
    with pytest.raises(SetupError):  # nobody else sees it
        await room.other_member.click(panel.response, label="Erase my data …")
    await room.env.restart_bot()
    taken = await press(room, panel, "Get my data")
    assert taken.ephemeral
    assert taken.response is not None
    [url] = [each.url if hasattr(each, "url") else str(each) for each in taken.response.attachments]
    with zipfile.ZipFile(BytesIO(await room.app.client.http.get_from_cdn(url))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert files == await files_of(studio.privacy, room.member.id) | {"README.txt": files["README.txt"]}
    assert b"requests-*.json" in files["README.txt"]
    requests = json.loads(files["requests-001.json"])
    assert [each["prompt"] for each in requests] == ["a fox that nobody knows", "a hare"]
    assert requests[0]["attached"] == ["mine.png"]
    assert files[requests[0]["pictures_in_here"][0]].startswith(b"\x89PNG")
    rows = list(csv.DictReader(StringIO(files["usage-001.csv"].decode())))
    assert {row["member"] for row in rows} == {str(room.member.id)}
    assert [row["kind"] for row in rows] == ["hold", "capture"] * 2
    everything = b"".join(files.values())
    assert b"not mine" not in everything
    assert str(room.other_member.id).encode() not in everything
    job = await studio.store.job(requests[0]["id"])
    assert job is not None
    assert job.answer.token
    assert job.answer.token.encode() not in everything

    await press(room, panel, "Erase my data …")
    asked = text_of(panel.response)
    for said in ("2 requests of yours", "Your pictures in Discord.", "without your name"):
        assert said in asked
    await press(room, panel, "Keep it")
    assert text_of(panel.response) == told
    await press(room, panel, "Erase my data …")
    await room.env.restart_bot()
    await press(room, panel, "Erase all of it now")
    assert "**Erased.** 2 requests are gone" in text_of(panel.response)
    assert "Until <t:" in text_of(panel.response)
    assert components_of(panel.response, BUTTON) == []

    assert shown.response is not None
    for label in ("Again", "Edit", "Variations", "Details", "Report"):
        refused = await room.member.click(shown.response, label=label)
        assert refused.ephemeral
        assert text_of(refused.response) == "I no longer know this result, so I can't do that."
    refused = await room.member.click(shown.response, label="Delete")
    assert "Only the member who asked for this, or a moderator" in text_of(refused.response)
    kept = (await studio.store.jobs_of(room.member.id, 10)).ended
    assert kept == ()
    again = await ask(room, "a third one today")
    assert "You have used your 2 pictures for today." in text_of(again.response)
    others = await studio.privacy.held(room.other_member.id)
    assert (others.requests, others.entries) == (1, 2)
    [run] = (await studio.store.jobs_of(room.other_member.id, 10)).ended
    assert run.request.prompt == "not mine"


async def test_an_export_comes_in_parts_where_it_is_large(room: Room) -> None:
    privacy = room.app.client.studio.privacy
    await ask(room, "a fox " * 800, **{name: ("noise.png", png(noise=size)) for name, size in ATTACHED.items()})
    whole = await files_of(privacy, room.member.id)
    large = [name for name, data in whole.items() if len(data) > 20_000]
    assert len(large) == 1
    parts = await files_of(privacy, room.member.id, 12_000)
    assert whole["README.txt"] == b"left out: []"
    assert parts["README.txt"].decode() == f"left out: {large}"
    assert parts.keys() == whole.keys() - set(large)
    assert all(parts[name] == whole[name] for name in parts if name != "README.txt")

    await room.moderator.slash(room.channel, "studio style save", name="Ink", suffix="in ink", image=("i.png", png()))
    await ask(room, "a hare", style="ink")
    requests = json.loads((await files_of(privacy, room.member.id))["requests-001.json"])
    assert [len(each["pictures_in_here"]) for each in requests] == [3, 0], "the style's picture is the server's"

    nobody = await files_of(privacy, room.other_member.id)
    assert json.loads(nobody["requests-001.json"]) == []


async def test_what_is_under_way_is_canceled_and_leaves_nothing(room: Room) -> None:
    room.replicate.end_gate.hold()
    asked = await room.member.slash(
        room.channel, "imagine", prompt="a running fox", quality="low", image=("mine.png", png())
    )
    await room.replicate.until(lambda: len(room.replicate.runs) == 1)
    panel = await room.member.slash(room.channel, "privacy")
    await press(room, panel, "Erase my data …")
    assert "1 request is under way." in text_of(panel.response)
    await press(room, panel, "Erase all of it now")
    assert "1 that was under way is erased as it ends." in text_of(panel.response)
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    studio = room.app.client.studio
    assert await studio.retention.collect() == 1, "its picture"
    assert await studio.retention.collect() == 0
    assert "You canceled this." in text_of(asked.response)
    assert (await studio.store.usage(room.member.id, studio.clock.now(), 5)).last == ()


async def test_who_has_themselves_erased_keeps_nothing_reported_from_being_removed(room: Room) -> None:
    studio, cases = room.app.client.studio, room.app.client.studio.cases
    await ask(room, "a fox to be reported")
    [job] = (await studio.store.jobs_of(room.member.id, 1)).ended
    report = Report(room.other_member.id, room.env.now(), text="look at it")
    await cases.file(job, report, policy=Policy(log_channel_id=room.log_channel.id), moderator=False)
    await cases.carry_out()
    await studio.privacy.erase(room.member.id)
    _, first = await cases.decide(job.id, Decision.WARNED, room.moderator.id)
    assert first
    await cases.carry_out()
    message = room.channel.history()[-1]
    assert message.attachments == []
    assert text_of(message) == "**Removed.** This was reported, and a moderator took the pictures away."
    [reported] = room.log_channel.history()
    assert "asked for by somebody who was erased" in text_of(reported)
    assert "to be reported" not in text_of(reported)


async def test_leaving_a_server_and_coming_back_in_time(room: Room) -> None:
    studio, guild = room.app.client.studio, room.member.guild
    await studio.preferences.change_policy(
        guild.id, lambda _: Policy(retention_days=7), room.moderator.id, studio.clock.now()
    )
    cached = room.app.client.get_guild(guild.id)
    assert cached is not None

    async def known() -> bool:
        return guild.id in await studio.retention._erasures.known_guilds()

    await settle_guilds(room.app.client, 0)
    assert await known(), "the bot is there"
    room.env.backend.emit("GUILD_DELETE", {"id": str(guild.id), "unavailable": True})
    await room.env.settle()
    await settle_guilds(room.app.client, 0)
    assert await known(), "Discord has trouble, which is no leaving"
    room.env.backend.emit("GUILD_DELETE", {"id": str(guild.id)})
    await room.env.settle()
    assert not await known()
    await room.app.client.on_guild_join(cached)
    assert await known()
    await settle_guilds(room.app.client, 0)
    assert not await known(), "it was left while nobody listened"


async def test_it_works_in_direct_messages(room: Room) -> None:
    """And tells who asks there for how long the operator keeps what was asked for there."""
    await room.app.client.studio.preferences.change_policy(
        room.member.guild.id, lambda _: Policy(retention_days=7), room.moderator.id, room.env.now()
    )
    in_server = await room.member.slash(room.channel, "privacy")
    assert "Kept for 7 days." in text_of(in_server.response)
    in_private = await room.member.user.slash("privacy")
    assert "Kept for 365 days." in text_of(in_private.response)
