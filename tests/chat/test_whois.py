"""`/moderate whois`: for those who run the bot, whatever a moderator may do."""

from typing import Any

import pytest
from simcord.results import InteractionResult

from bot.configured import pseudonym_key
from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.domain.request import vendor_user_id
from bot.domain.trail import Action
from tests.storage.examples import NOON, UNLIMITED, a_job


async def whois(room: Room, user_id: str) -> str:
    result: InteractionResult = await room.moderator.slash(room.channel, "moderate whois", user_id=user_id)
    assert result.ephemeral
    return text_of(result.response)


def run_by(room: Room, monkeypatch: pytest.MonkeyPatch, owner_id: int, team: dict[int, tuple[str, int]] | None) -> None:
    """Let the application be a person's, or that person's team's, whose members have these roles and states."""
    http = room.app.client.http
    plain = http.application_info

    def user(user_id: int) -> dict[str, Any]:
        return {"id": str(user_id), "username": "somebody", "discriminator": "0", "avatar": None}

    async def application_info() -> Any:
        members = [
            {"user": user(each), "role": role, "membership_state": state, "permissions": ["*"], "team_id": "1"}
            for each, (role, state) in (team or {}).items()
        ]
        owned = {"id": "1", "name": "team", "icon": None, "owner_user_id": str(owner_id), "members": members}
        return {**await plain(), "owner": user(owner_id), "team": owned if team is not None else None}

    monkeypatch.setattr(http, "application_info", application_info)


async def test_the_operator_alone_learns_who_is_behind_a_pseudonym(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    studio, guild_id, mod = room.app.client.studio, room.moderator.guild.id, room.moderator.id
    cipher_key = pseudonym_key(room.app.store.database)
    here, elsewhere = room.member.id, room.other_member.id
    await studio.store.admit(a_job(member_id=here, guild_id=guild_id), UNLIMITED, NOON)
    await studio.store.admit(a_job(member_id=elsewhere, guild_id=guild_id + 1), UNLIMITED, NOON)
    named, named_elsewhere = (vendor_user_id(cipher_key, each) for each in (here, elsewhere))

    assert "Only those who run this bot" in await whois(room, named), "a moderator is no operator"
    for owner_id, team, allowed in (
        (mod, None, True),
        (1, None, False),
        (mod, {}, True),
        (1, {mod: ("admin", 2)}, True),
        (1, {mod: ("developer", 2)}, True),
        (1, {mod: ("developer", 1)}, False),  # invited
        (1, {mod: ("read_only", 2)}, False),
        (1, {2: ("admin", 2)}, False),
    ):
        with monkeypatch.context() as patch:
            run_by(room, patch, owner_id, team)
            assert (f"That is <@{here}> (`{here}`)." in await whois(room, named)) == allowed
    run_by(room, monkeypatch, mod, None)
    assert f"<@{elsewhere}>" in await whois(room, named_elsewhere)
    assert "Nobody who is known here" in await whois(room, vendor_user_id(cipher_key, here, "guild:1:a"))
    assert "is no user_id" in await whois(room, "fox")

    entered = await studio.trail.entries(guild_id, 20, actions=[Action.WHOIS])
    assert [(each.actor_id, each.subject_id) for each in entered] == [(mod, here)] * 4
    log = await room.moderator.slash(room.channel, "moderate log", what="data")
    assert f"<@{mod}>, who runs this bot, looked up <@{here}>" in text_of(log.response)
    assert str(elsewhere) not in text_of(log.response)
