"""`/studio key`: a guild pays for itself, its moderators alone decide that, and nobody gets to see a key again."""

import asyncio
import json
import logging
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest
from simcord import SetupError
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult

from bot.chat.studio_keys import OPENAI_KEY, TOKEN
from bot.demo.reading import components_of, text_of
from bot.demo.replicate_faults import Respond, out_of_credit, throttled
from bot.demo.replicate_runs import Ending
from bot.demo.replicate_server import OWNER, RecordedRequest
from bot.demo.room import Room
from bot.domain.account import OPERATOR, Billing
from bot.domain.job import Job, JobStatus
from bot.storage.keys import SqlKeys
from tests.chat.forms import parts, restart
from tests.signing import signed

GUILDS = "guild-at-replicate"
GUILDS_TOKEN = "r8_TheTokenThatMustNotBeSeenAnywhere"
NEXT, NEXT_TOKEN = "next-at-replicate", "r8_TheNextTokenThatMustNotBeSeen"
OPENAI = "sk-TheKeyThatMustNotBeSeenAnywhere"
BUTTON = 2  # Discord's component type

CREATES = "/v1/models/*/predictions"


@pytest.fixture(autouse=True)
def accounts(room: Room) -> None:
    """What exists at the vendors."""
    room.replicate.open_account(GUILDS, GUILDS_TOKEN)
    room.replicate.open_account(NEXT, NEXT_TOKEN)
    room.openai.keys = (OPENAI,)
    room.openai.restricted = ("sk-restricted",)


@dataclass
class Panel:
    """A moderator before `/studio key`; `says` is what stands there now."""

    room: Room
    shown: InteractionResult

    @property
    def says(self) -> str:
        return text_of(self.shown.response)

    @property
    def buttons(self) -> list[str]:
        return [each["label"] for each in components_of(self.shown.response, BUTTON)]

    async def press(self, label: str) -> InteractionResult:
        assert self.shown.response is not None
        return await self.room.moderator.click(self.shown.response, label=label)

    async def enter(self, token: str = "", openai_key: str = "") -> str:
        """Add or replace keys; answers what the panel says then."""
        form = await self.press(self.buttons[0])
        await self.room.moderator.submit_modal(form, {TOKEN: token, OPENAI_KEY: openai_key})
        return self.says


async def open_panel(room: Room) -> Panel:
    shown = await room.moderator.slash(room.channel, "studio key")
    assert shown.ephemeral
    return Panel(room, shown)


async def imagine(
    room: Room, prompt: str, who: MemberActor | None = None, channel: ChannelHandle | None = None
) -> InteractionResult:
    result = await (who or room.member).slash(channel or room.channel, "imagine", prompt=prompt, quality="low")
    await room.app.dispatch.idle()
    return result


async def started(room: Room, prompt: str) -> InteractionResult:
    """A request whose run is held at Replicate; all is as it should be once the gate is opened."""
    room.replicate.end_gate.hold()
    before = len(room.replicate.runs)
    result = await room.member.slash(room.channel, "imagine", prompt=prompt, quality="low")
    await room.replicate.until(lambda: len(room.replicate.runs) > before)
    return result


async def last_job(room: Room, who: MemberActor | None = None) -> Job:
    now = room.app.client.studio.clock.now()
    (job,) = (await room.app.store.usage((who or room.member).id, now, 1)).last
    return job


async def elsewhere(room: Room) -> tuple[MemberActor, ChannelHandle]:
    """The member in another guild, which has brought no key."""
    guild = room.env.create_guild("Another guild")
    channel = guild.create_text_channel("studio")
    user = room.env.create_user("ela", global_name="Ela")
    return guild.add_member(user), channel


def keys_of(room: Room) -> SqlKeys:
    return SqlKeys(room.app.store.database)


def contents(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


async def test_what_is_brought_is_checked_kept_and_billed_and_nothing_else_is(room: Room) -> None:
    with pytest.raises(SetupError, match="not visible to this user"):
        await room.member.slash(room.channel, "studio key")
    panel = await open_panel(room)
    assert "whoever runs this bot pays" in panel.says
    assert panel.buttons == ["Add a key"]
    form = await panel.press("Add a key")
    assert [part.get("value") for part in parts(form).values()] == [None, None], "nothing is filled in"

    assert "you entered no key" in await panel.enter()
    assert "Replicate refused the token" in await panel.enter("r8_wrong")
    assert "OpenAI refused the key" in await panel.enter(GUILDS_TOKEN, "sk-wrong")
    assert "Replicate refused the token" not in panel.says
    assert "doesn't let it use the image model" in await panel.enter(openai_key="sk-restricted")
    room.openai.faults.order(Respond(503))
    assert "OpenAI couldn't be asked" in await panel.enter(openai_key=OPENAI)
    room.replicate.faults.order(Respond(503), path="/v1/account", times=3)
    assert "Replicate couldn't be asked" in await panel.enter(GUILDS_TOKEN)
    await panel.enter("r8_two\nlines", "sk-ümlaut")
    assert "Replicate refused" in panel.says
    assert "OpenAI refused" in panel.says
    assert "Nothing was kept" in panel.says
    assert await keys_of(room).accounts() == []
    assert panel.buttons == ["Add a key"]

    assert "The key works and is kept" in await panel.enter(f" {GUILDS_TOKEN}\n")
    assert "A Replicate token." in panel.says
    assert f"<@{room.moderator.id}>" in panel.says
    assert panel.buttons == ["Replace", "Remove"]
    result = await imagine(room, "a fox that the guild pays for")
    assert len(result.response.attachments if result.response else ()) == 1
    job = await last_job(room)
    assert job.account.startswith(f"guild:{room.member.guild.id}:")
    assert (job.billing, job.status, job.cost) == (Billing.PICTURE, JobStatus.SUCCEEDED, 12_000)
    assert room.replicate.runs[-1].account == GUILDS
    ends = [each for each in room.replicate.webhooks if each.event == "completed"]
    await room.replicate.until(lambda: ends[-1].status)
    assert ends[-1].status == 200, "it is believed what its account has signed"

    who, channel = await elsewhere(room)
    await imagine(room, "a fox that the operator pays for", who, channel)
    assert (await last_job(room, who)).account == OPERATOR
    assert room.replicate.runs[-1].account == OWNER


async def test_an_openai_key_runs_on_the_operators_token_and_both_on_the_guilds_own(room: Room) -> None:
    panel = await open_panel(room)
    await panel.enter(openai_key=OPENAI)
    assert "**An OpenAI key.**" in panel.says
    await imagine(room, "a fox on an OpenAI key")
    one = await last_job(room)
    assert (one.billing, one.status) == (Billing.TOKEN, JobStatus.SUCCEEDED)
    assert room.replicate.runs[-1].account == OWNER
    assert room.replicate.runs[-1].input["openai_api_key"] == OPENAI

    assert "The old one is deleted" in await panel.enter(GUILDS_TOKEN, OPENAI)
    assert "A Replicate token and an OpenAI key." in panel.says
    await imagine(room, "a fox on both")
    both = await last_job(room)
    assert both.account != one.account
    assert both.billing is Billing.TOKEN
    assert (room.replicate.runs[-1].account, room.replicate.runs[-1].input["openai_api_key"]) == (GUILDS, OPENAI)
    pseudonyms = {run.input["user_id"] for run in room.replicate.runs[-2:]}
    assert len(pseudonyms) == 2, "no run of one account passes for the other's"

    assert "The old one is deleted" in await panel.enter(GUILDS_TOKEN)
    await imagine(room, "a fox on a token alone")
    assert "openai_api_key" not in room.replicate.runs[-1].input


async def test_what_runs_while_a_key_is_replaced_and_removed_ends_well(room: Room) -> None:
    panel = await open_panel(room)
    await panel.enter(GUILDS_TOKEN)
    await started(room, "a fox on the first key")
    first = room.replicate.runs[-1]
    assert "1 request still runs on the old one" in await panel.enter(NEXT_TOKEN)
    await started(room, "a fox on the second key")
    second = room.replicate.runs[-1]
    assert (first.account, second.account) == (GUILDS, NEXT)
    assert len(await keys_of(room).accounts()) == 2

    await only_their_own_account_is_believed(room)
    await restart(room)
    await panel.press("Remove")
    assert "Remove this server's own key?" in panel.says
    await panel.press("Keep it")
    assert "A Replicate token." in panel.says
    await panel.press("Remove")
    await panel.press("Remove")
    assert "1 request still runs on the old one" in panel.says
    assert panel.buttons == ["Add a key"]
    assert await keys_of(room).forget_retired() == 0, "they are still needed"

    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    assert set(room.replicate.billed) == {first.id, second.id}
    now = room.app.client.studio.clock.now()
    jobs = (await room.app.store.usage(room.member.id, now, 5)).last
    assert [(job.status, job.cost) for job in jobs] == [(JobStatus.SUCCEEDED, 12_000)] * 2
    assert len({job.account for job in jobs}) == 2
    assert await keys_of(room).forget_retired() == 2
    assert await keys_of(room).accounts() == []
    await imagine(room, "a fox that the operator pays for again")
    assert room.replicate.runs[-1].account == OWNER


async def only_their_own_account_is_believed(room: Room) -> None:
    """While runs of two accounts are held: what another account has signed is refused, as if there were no such job."""
    secrets = {each: room.replicate.webhook_secret_of(each) for each in (OWNER, GUILDS, NEXT)}
    asked = len(secret_requests(room))
    async with aiohttp.ClientSession() as http:

        async def deliver(url: str, run_id: str, signer: str) -> int:
            body = json.dumps({"id": run_id, "status": "starting", "input": {}}).encode()
            headers = signed(secrets[signer], body, webhook_id=f"msg_{run_id}_{signer}")
            async with http.post(url, data=BytesIO(body), headers=headers) as response:
                return response.status

        for run in room.replicate.runs:
            assert run.webhook is not None
            believed = {each: await deliver(run.webhook, run.id, each) for each in secrets}
            assert believed == {each: 200 if each == run.account else 401 for each in secrets}
        unknown = f"{str(room.replicate.runs[0].webhook).rpartition('/')[0]}/0123456789abcdef"
        assert {each: await deliver(unknown, "nothing", each) for each in (GUILDS, NEXT)} == {GUILDS: 401, NEXT: 401}
    fetched = secret_requests(room)[asked:]
    assert len(fetched) == len({each.account for each in fetched}), "each account's secret is fetched once"


def secret_requests(room: Room) -> list[RecordedRequest]:
    return [each for each in room.replicate.requests if each.path == "/v1/webhooks/default/secret"]


async def test_members_hear_that_it_is_the_servers_own_key(room: Room) -> None:
    panel = await open_panel(room)
    await panel.enter(GUILDS_TOKEN)
    room.replicate.revoke(GUILDS_TOKEN)
    who, channel = await elsewhere(room)
    refused = await imagine(room, "a fox on a key that is revoked")
    assert "key that this server pays with was refused" in text_of(refused.response)
    assert "/studio key" in text_of(refused.response)
    assert (await last_job(room)).cost == 0

    room.replicate.open_account(GUILDS, GUILDS_TOKEN)
    room.replicate.endings.append(Ending("failed", error="Error code: 429: insufficient_quota"))
    broke = await imagine(room, "a fox on a key without credit")
    assert "account that this server pays with has no credit" in text_of(broke.response)

    room.replicate.faults.order(out_of_credit(), method="POST", path=CREATES, account=GUILDS, times=None)
    waits = await room.member.slash(room.channel, "imagine", prompt="a fox that waits", quality="low")
    ours = await who.slash(channel, "imagine", prompt="a fox next door", quality="low")
    await room.replicate.until(lambda: [run for run in room.replicate.runs if run.ended and run.account == OWNER])
    assert "next door" in room.replicate.runs[-1].input["prompt"], "the others go on undisturbed"
    assert ours.response is not None
    cards: list[str] = []
    for _ in range(1_000):
        cards = [text_of(each) for each in room.channel.history()]
        if any("no credit left on the account that this server pays with" in each for each in cards):
            break
        await room.app.store.remember("a", "commit")  # the card is edited meanwhile
    else:
        pytest.fail(str(cards))
    assert waits.response is not None
    await room.member.click(waits.response, label="Cancel")
    await room.app.dispatch.idle()


async def test_a_throttled_account_holds_no_other_up(room: Room) -> None:
    panel = await open_panel(room)
    await panel.enter(GUILDS_TOKEN)
    room.replicate.faults.order(throttled(600), method="POST", path=CREATES, account=GUILDS, times=None)
    who, channel = await elsewhere(room)
    waits = await room.member.slash(room.channel, "imagine", prompt="a fox that waits", quality="low")
    await room.replicate.until(lambda: [each for each in room.replicate.requests if each.account == GUILDS])
    await who.slash(channel, "imagine", prompt="a fox next door", quality="low")
    await room.replicate.until(lambda: [run for run in room.replicate.runs if run.ended])
    assert [run.account for run in room.replicate.runs] == [OWNER]
    assert waits.response is not None
    await room.member.click(waits.response, label="Cancel")
    await room.app.dispatch.idle()


async def test_no_key_is_in_the_log_in_the_files_or_sent_to_anybody_else(
    room: Room, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    panel = await open_panel(room)
    wrong = ("r8_WrongTokenThatMustNotBeSeen", "sk-WrongKeyThatMustNotBeSeen")
    await panel.enter(*wrong)
    await panel.enter(GUILDS_TOKEN, OPENAI)
    await imagine(room, "a fox")
    room.replicate.faults.order(Respond(422, {"detail": f"no such key {OPENAI}", "title": "no"}), path=CREATES)
    await imagine(room, "a hare")
    room.replicate.endings.append(Ending("failed", error=f"Incorrect API key provided: {OPENAI}"))
    await imagine(room, "an owl")
    await panel.enter(NEXT_TOKEN)
    await panel.press("Remove")
    await panel.press("Remove")

    secrets = [GUILDS_TOKEN, NEXT_TOKEN, OPENAI, *wrong]
    kept = await asyncio.to_thread(contents, tmp_path)
    logged = caplog.text + "".join(capsys.readouterr())
    assert "a server's keys were kept" in logged
    shown = panel.says + "".join(text_of(message) for message in room.channel.history())
    for secret in secrets:
        assert secret.encode() not in kept
        assert secret not in logged
        assert secret not in shown
    assert set(room.openai.asked) == {OPENAI, wrong[1]}, "it is asked about its own keys alone"
    creates = [each for each in room.replicate.requests if OPENAI.encode() in each.body]
    assert creates
    assert {(each.method, each.account) for each in creates} == {("POST", GUILDS)}
    assert all(each.path.endswith("/predictions") for each in creates)
    others = [each for each in room.replicate.requests if each not in creates]
    for each in others:
        told = f"{each.path}{each.query}{each.headers}{each.body!r}"
        assert not [secret for secret in secrets if secret in told]
