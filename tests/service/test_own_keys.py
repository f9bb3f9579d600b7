"""Accounts beside each other: what goes wrong on one keeps no other back."""

import pytest
import structlog
from pydantic import SecretStr
from simcord.env import Env

from bot.demo.replicate_faults import LoseAnswer, Respond
from bot.demo.replicate_server import OWNER
from bot.demo.room import Room
from bot.service.ports import KeySet
from tests.service.test_fulfilment import CREATE, last_job
from tests.service.test_twins import EMPTY

GUILDS, TOKEN = "guild-at-replicate", "r8_guild"


@pytest.fixture(autouse=True)
def _env(room: Room) -> Env:
    """SimCord puts a test whose fixtures hold an environment on that environment's clock."""
    return room.env


async def test_an_account_that_can_not_be_searched_keeps_no_stray_of_another(room: Room) -> None:
    room.replicate.open_account(GUILDS, TOKEN)
    keys = KeySet(SecretStr(TOKEN))
    await room.app.client.studio.own_keys.bring(room.member.guild.id, keys, room.moderator.id)
    room.replicate.faults.order(Respond(500, "no"), method="POST", path=CREATE)
    await room.member.slash(room.channel, "imagine", prompt="a fox of doubt", quality="low")
    await room.app.dispatch.idle()
    assert (await last_job(room)).doubtful
    room.replicate.revoke(TOKEN)

    other = room.env.create_guild("Another guild")
    channel = other.create_text_channel("studio")
    member = other.add_member(room.env.create_user("ela", global_name="Ela"))
    room.replicate.end_gate.hold()
    room.replicate.faults.order(LoseAnswer(), method="POST", path=CREATE)
    room.replicate.faults.order(EMPTY, method="GET", path="/v1/predictions", account=OWNER, times=6)
    with structlog.testing.capture_logs() as log:
        await member.slash(channel, "imagine", prompt="a fox", quality="low")
        await room.replicate.until(lambda: len(room.replicate.runs) == 3)
        twin = room.replicate.runs[1]
        await room.replicate.until(lambda: twin.status == "canceled")
        room.replicate.end_gate.release()
        await room.app.dispatch.idle()
        reports = [each["prediction"] for each in log if "no job owns" in each["event"]]
    assert reports == [twin.id]
    assert [run.account for run in room.replicate.runs] == [GUILDS, OWNER, OWNER]
