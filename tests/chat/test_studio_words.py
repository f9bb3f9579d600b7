"""`/studio words`: what may not be asked in a server, from the list to the refusal, on every way in."""

from typing import Any

import pytest
from simcord import SetupError
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.chat.studio_words import ENTRIES, FILE, MODE, PROMPT, REPLACE
from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from bot.domain.trail import Action
from bot.domain.wording import WordRules
from tests.chat.forms import restart

BUTTON = 2  # Discord's component type
REFUSED = "Your prompt says something that this server doesn't allow."


class Panel:
    """A moderator before `/studio words`; `says` is what stands there now."""

    def __init__(self, room: Room, shown: InteractionResult) -> None:
        self.room, self.shown = room, shown

    @classmethod
    async def open(cls, room: Room) -> "Panel":
        shown = await room.moderator.slash(room.channel, "studio words")
        assert shown.ephemeral
        return cls(room, shown)

    @property
    def says(self) -> str:
        return text_of(self.shown.response)

    @property
    def buttons(self) -> list[str]:
        return [each["label"] for each in components_of(self.shown.response, BUTTON)]

    async def press(self, label: str) -> InteractionResult:
        assert self.shown.response is not None
        return await self.room.moderator.click(self.shown.response, label=label)

    async def fill(self, label: str, **values: Any) -> str:
        await self.room.moderator.submit_modal(await self.press(label), values)
        return self.says


async def imagine(room: Room, prompt: str, who: MemberActor | None = None, **options: Any) -> InteractionResult:
    result = await (who or room.member).slash(room.channel, "imagine", prompt=prompt, **options)
    await room.app.dispatch.idle()
    return result


async def words(room: Room) -> WordRules:
    return await room.app.client.studio.words.words(room.member.guild.id)


async def test_a_list_is_kept_and_holds_on_every_way_in(room: Room) -> None:
    first = await imagine(room, "a dragonfly over water")
    assert first.response is not None
    with pytest.raises(SetupError):  # Discord doesn't offer it
        await room.member.slash(room.channel, "studio words")

    panel = await Panel.open(room)
    assert "Nothing is on this server's list." in panel.says
    assert panel.buttons == ["Add", "Import", "Try a prompt", "Don't apply AutoMod"]
    await restart(room)  # the panel outlasts a restart, and so do its forms
    said = await panel.fill("Add", **{ENTRIES: "dragonfly\nbad idea\n/^secret\\d+$/\n+bad ideas club"})
    assert "**Saved:** 4 entries added." in said
    assert "2 words and phrases · 1 pattern · 1 exception" in said

    before = len(room.replicate.runs)
    for prompt in ("a DRAGON-FLY", "d r a g o n f l y", "drаgonfly", "no b a d   1dea", "SECRET42"):
        refused = await imagine(room, prompt)
        assert refused.ephemeral, prompt
        assert REFUSED in text_of(refused.response)
        assert "dragonfly" not in text_of(refused.response).lower()
    assert len(room.replicate.runs) == before
    assert not (await imagine(room, "the bad ideas club")).ephemeral
    assert not (await imagine(room, "a dragon flying")).ephemeral

    again = await room.member.click(first.response, label="Again")
    assert REFUSED in text_of(again.response)
    shown = await room.member.click(first.response, label="Edit")
    edited = await room.member.submit_modal(shown, {"prompt": "now a dragonfly"})
    assert REFUSED in text_of(edited.response)
    style = await room.moderator.slash(
        room.channel, "studio style save", name="insects", suffix="as dragonflies, a dragonfly"
    )
    assert "says something that this server doesn't allow" in text_of(style.response)
    style = await room.moderator.slash(room.channel, "studio style save", name="Dragonfly", suffix="in oil")
    assert "says something that this server doesn't allow" in text_of(style.response)

    said = await panel.fill("Try a prompt", **{PROMPT: "the dragönfly"})
    assert "This prompt would be refused, for `dragonfly` on this server's list." in said
    assert "This prompt may be asked." in await panel.fill("Try a prompt", **{PROMPT: "a dragon"})
    said = await panel.fill("Remove", **{ENTRIES: "DRAGONFLY\nnever there"})
    assert "**Saved:** 1 entry removed." in said
    assert not (await imagine(room, "a dragonfly")).ephemeral

    entries = [
        each
        for each in await room.app.client.studio.trail.entries(room.member.guild.id, 10)
        if each.action is Action.WORDS
    ]
    assert [each.actor_id for each in entries] == [room.moderator.id] * 2
    assert (entries[0].before, entries[0].after) == ({"entries": 4}, {"entries": 3, "removed": ["dragonfly"]})
    assert entries[1].after is not None
    assert entries[1].after["entries"] == 4


async def test_lists_come_and_go_as_files_and_bad_ones_change_nothing(room: Room) -> None:
    panel = await Panel.open(room)
    said = await panel.fill(
        "Import", **{FILE: ("words.txt", "\ufeffone word\r\n/tw[o0]/\r\n\r\n".encode()), MODE: ["merge"]}
    )
    assert "**Saved:** 2 entries added." in said
    assert await words(room) == WordRules(("one word",), ("tw[o0]",))
    exported = await panel.press("Export")
    assert "The list, 2 entries." in panel.says
    assert exported.response is not None
    (file,) = exported.response.attachments
    assert (await file.read()).decode() == "one word\n/tw[o0]/\n"
    await panel.fill("Import", **{FILE: ("words.txt", b"three"), MODE: [REPLACE]})
    kept = await words(room)
    assert kept == WordRules(("three",))
    for entries, why in {
        "fine\n/(a+)+\\1/": "Line 2, `/(a+)+\\1/`: that is no pattern that can be used here (`invalid escape",
        "/(?=x)y/": "Line 1",
        "/.*/": "that pattern fits any prompt, or an empty one.",
        "/a*/": "that pattern fits any prompt, or an empty one.",
        "/((a{100}){10})/": "that pattern is too large",
        "???": "Line 1, `???`: there is no letter and no number in it.",
        "x" * 61: "that is longer than 60 characters.",
        "\n".join(f"/p{n}/" for n in range(51)): "A list holds 50 patterns at most.",
    }.items():
        said = await panel.fill("Add", **{ENTRIES: entries})
        assert "**Nothing was changed.**" in said
        assert why in said
    for data in (b"\xff\xfe\x00bad", b"a" * 1_000_001):
        said = await panel.fill("Import", **{FILE: ("words.txt", data), MODE: ["merge"]})
        assert "That file can't be read as a list. It has to be text (UTF-8) of 1 MB at most." in said
    assert await words(room) == kept


def automod_rule(**changes: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "name": "No dragons",
        "event_type": 1,
        "trigger_type": 1,
        "trigger_metadata": {
            "keyword_filter": ["dragon*", "*wyvern*"],
            "regex_patterns": ["hydra{2}", "(?=x)"],
            "allow_list": ["dragonfruit"],
        },
        "actions": [{"type": 1, "metadata": {}}],
        "enabled": True,
    }
    return rule | changes


async def test_automods_rules_hold_for_prompts(room: Room) -> None:
    guild_id = room.member.guild.id
    panel = await Panel.open(room)
    assert "This server has no AutoMod rule" in panel.says
    with room.env.time_context():  # Discord tells of it
        rule = room.env.backend.create_auto_mod_rule(guild_id, room.moderator.id, automod_rule())
    for prompt in ("a dragon", "Drag0ns", "megawyverns", "a hydraa"):
        assert REFUSED in text_of((await imagine(room, prompt)).response), prompt
    for prompt in ("a dragonfruit", "a hydra", "Pendragon"):
        assert not (await imagine(room, prompt)).ephemeral, prompt
    said = await panel.fill("Try a prompt", **{PROMPT: "two dragons"})
    assert "This prompt would be refused, for `dragon*` in the AutoMod rule “No dragons”." in said
    assert "1 AutoMod rule that blocks messages for their words holds for prompts, too. 1 of their patterns" in said

    async def edit(**changes: Any) -> None:
        with room.env.time_context():
            room.env.backend.edit_auto_mod_rule(guild_id, rule.id, changes)

    for changes, back in (
        ({"enabled": False}, {"enabled": True}),
        ({"actions": [{"type": 2, "metadata": {"channel_id": str(room.log_channel.id)}}]}, {"actions": rule.actions}),
        ({"exempt_channels": [room.channel.id]}, {"exempt_channels": []}),
    ):
        await edit(**changes)
        assert not (await imagine(room, "a dragon")).ephemeral, changes
        await edit(**back)
        assert (await imagine(room, "a dragon")).ephemeral, changes
    (moderators,) = [each for each in room.env.backend.get_guild(guild_id).roles.values() if each.name == "Moderators"]
    await edit(exempt_roles=[moderators.id])
    assert not (await imagine(room, "a dragon", room.moderator)).ephemeral
    assert (await imagine(room, "a dragon")).ephemeral

    await panel.press("Don't apply AutoMod")
    assert "AutoMod rules don't hold for prompts" in panel.says
    assert not (await imagine(room, "a dragon")).ephemeral
    await panel.press("Apply AutoMod")
    assert (await imagine(room, "a dragon")).ephemeral
