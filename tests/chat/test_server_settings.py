"""`/studio settings`: what a server sets, for itself and for single channels, and what is refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import discord
import pytest
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult

from bot.chat.language import languages, speaking
from bot.chat.settings.panel import overview, page
from bot.chat.settings.sections import SECTIONS, SETTINGS
from bot.chat.settings.setting import Change, Choices, Shown
from bot.chat.words.settings import language_name
from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from bot.domain.moderation import Policy, Review, ReviewOf, ReviewStage, Rules, Spoilers
from bot.domain.screening import DEFAULTS, FIXED, Screening, Strictness
from tests.chat.forms import parts, restart

FURTHER = "openai/gpt-image-1.5"

SELECT, ROLE_SELECT, CHANNEL_SELECT = 3, 6, 8  # Discord's component types


@pytest.fixture
def room_overrides() -> dict[str, Any]:
    return {"easel_models": (FURTHER,)}


async def settings(room: Room, **options: str) -> InteractionResult:
    panel = await room.moderator.slash(room.channel, "studio settings", **options)
    assert panel.ephemeral
    return panel


async def policy(room: Room) -> Policy:
    return await room.app.client.studio.preferences.policy(room.moderator.guild.id)


class Panel:
    """The panel as a moderator uses it, of the server or of one channel."""

    def __init__(self, room: Room, shown: InteractionResult, channel: ChannelHandle | None = None) -> None:
        assert shown.response is not None
        self.room, self.message, self.channel = room, shown.response, channel

    @property
    def here(self) -> str:
        return str(self.channel.id) if self.channel else ""

    async def of(self, channel: ChannelHandle) -> "Panel":
        await self.room.moderator.select(self.message, [channel], custom_id="easel:settings-of")
        self.channel = channel
        return self

    async def section(self, key: str) -> str:
        if not self.menus(SELECT, "easel:settings:"):
            await self.press("Back")
        await self.room.moderator.select(self.message, [key], custom_id=f"easel:settings:{self.here}")
        return self.text

    async def choose(self, key: str, *values: Any, kind: str = "set") -> str:
        await self.room.moderator.select(self.message, list(values), custom_id=f"easel:{kind}:{key}:{self.here}")
        return self.text

    async def press(self, label: str) -> str:
        await self.room.moderator.click(self.message, label=label)
        if label == "The whole server":
            self.channel = None
        return self.text

    @property
    def text(self) -> str:
        return text_of(self.message)

    def menus(self, kind: int, prefix: str = "easel:set") -> dict[str, dict[str, Any]]:
        return {
            each["custom_id"]: each
            for each in components_of(self.message, kind)
            if each["custom_id"].startswith(prefix)
        }

    def chosen(self, key: str) -> list[str]:
        options = self.menus(SELECT)[f"easel:set:{key}:{self.here}"]["options"]
        return [each["label"] for each in options if each.get("default")]

    def held(self, kind: int, key: str) -> list[int]:
        (menu,) = (each for name, each in self.menus(kind).items() if name.split(":")[2] == key)
        return [int(each["id"]) for each in menu.get("default_values", [])]


@dataclass(frozen=True)
class Set:
    """What is chosen in a menu, and what of the policy that comes to."""

    values: list[str]
    of: Callable[[Policy], object]
    comes_to: object


CHOICES: Mapping[str, Set] = {
    "open": Set(["False"], lambda held: held.rules.open, comes_to=False),
    "membership_days": Set(["7"], lambda held: held.rules.membership_days, 7),
    "models": Set([FURTHER], lambda held: held.rules.models, (FURTHER,)),
    "qualities": Set(["medium", "low"], lambda held: held.rules.qualities, ("low", "medium")),
    "most_pictures": Set(["4"], lambda held: held.rules.most_pictures, 4),
    "low_moderation": Set(["True"], lambda held: held.rules.low_moderation, comes_to=True),
    "review_of": Set(["roles", "new_members"], lambda held: review(held).of, {ReviewOf.NEW_MEMBERS, ReviewOf.ROLES}),
    "review_stages": Set(["result", "request"], lambda held: review(held).stages, set(ReviewStage)),
    "review_days": Set(["14"], lambda held: review(held).new_member_days, 14),
    "review_hours": Set(["48"], lambda held: held.review_hours, 48),
    "spoilers": Set(["always"], lambda held: held.rules.spoilers, Spoilers.ALWAYS),
    "language": Set(["de"], lambda held: held.language, "de"),
    "retention_days": Set(["30"], lambda held: held.retention_days, 30),
    "report_threshold": Set(["0"], lambda held: held.report_threshold, 0),
    "automod": Set(["False"], lambda held: held.automod, comes_to=False),
    "screening": Set(["True"], lambda held: held.screening.on, comes_to=True),
    "screening_strict": Set(
        ["hate", "violence"], lambda held: held.screening.strictness("violence"), Strictness.STRICT
    ),
    "screening_lax": Set(["sexual"], lambda held: held.screening.strictness("sexual"), Strictness.LAX),
    "screening_off": Set(["illicit"], lambda held: held.screening.strictness("illicit"), Strictness.OFF),
    "screening_closed": Set(["True"], lambda held: held.screening.closed, comes_to=True),
}


def review(held: Policy) -> Review:
    return held.rules.review or Review()


async def test_each_setting_of_the_server_is_saved_at_once_and_shown_as_chosen(room: Room) -> None:
    menus = {key for key, (_, each) in SETTINGS.items() if isinstance(each.control, Choices)}
    assert menus == CHOICES.keys(), "each has a line above"
    panel = Panel(room, await settings(room))
    await panel.section("channels")
    await panel.choose("log_channel", room.log_channel, kind="set-channel")
    for section in SECTIONS:
        await panel.section(section.key)
        for setting in section.settings:
            if setting.key in CHOICES:
                made = CHOICES[setting.key]
                said = await panel.choose(setting.key, *made.values)
                assert said.startswith("**Saved.**"), setting.key
                assert made.of(await policy(room)) == made.comes_to, setting.key
                assert len(panel.chosen(setting.key)) == len(made.values)
    assert not (await policy(room)).channels
    # A page is made anew from the database, by any process.
    await restart(room)
    await panel.section("choices")
    assert panel.chosen("qualities") == ["Low", "Medium"]
    await panel.choose("qualities", "low", "medium", "high", "auto")
    assert (await policy(room)).rules.qualities == (), "whatever there will be"
    assert panel.chosen("qualities") == []
    assert "Qualities: All of them" in await panel.press("Back")


async def test_roles_and_a_channel_of_ones_own_rules(room: Room) -> None:
    guild = room.moderator.guild
    painters, elders = guild.create_role("Painters"), guild.create_role("Elders")
    await room.env.settle()
    panel = Panel(room, await settings(room))
    await panel.section("who")
    await panel.choose("role_ids", painters, kind="set-roles")
    await panel.choose("open", "False")
    assert (await policy(room)).rules == Rules(open=False, role_ids=(painters.id,))
    await panel.section("review")
    await panel.choose("reviewers", elders, painters, kind="set-roles")
    assert set((await policy(room)).reviewer_role_ids) == {elders.id, painters.id}
    assert panel.held(ROLE_SELECT, "reviewers") == [*(await policy(room)).reviewer_role_ids]

    await panel.press("Back")
    await panel.of(room.channel)
    assert "Rules of <#" in panel.text
    assert f"- By whom: <@&{painters.id}> (as in the server)" in panel.text
    assert "Channels for moderators" not in panel.text
    await panel.section("who")
    assert panel.chosen("open") == ["As in the server: It may not be used here"]
    await restart(room)
    await panel.choose("open", "True")
    assert "It may be used here (here alone)" in panel.text
    await panel.choose("role_ids", kind="set-roles")
    assert "Everyone (here alone)" in panel.text
    await panel.choose("membership_days", "1")
    await panel.choose("membership_days", "-")
    await panel.section("choices")
    await panel.choose("models", "openai/gpt-image-2", "openai/gpt-image-1.5")
    own = {room.channel.id: Rules(open=True, role_ids=(), models=())}
    assert (await policy(room)).channels == own
    assert "Models" in await panel.press("As in the server")
    await panel.section("who")
    await panel.press("As in the server")
    assert not (await policy(room)).channels
    assert "As in the server" not in [each["label"] for each in components_of(panel.message, 2)]

    await panel.choose("open", "True")
    await panel.press("Back")
    assert f"With rules of their own: <#{room.channel.id}>" in await panel.press("The whole server")


async def test_of_two_who_change_settings_at_once_neither_takes_back_the_others(room: Room) -> None:
    one, other = Panel(room, await settings(room)), Panel(room, await settings(room))
    await one.section("who")
    await other.section("who")
    await one.choose("open", "False")
    await other.choose("membership_days", "3")
    assert (await policy(room)).rules == Rules(open=False, membership_days=3)
    assert other.chosen("open") == ["Only in channels that allow it"]
    refused = await room.moderator.slash(room.channel, "imagine", prompt="a fox")
    assert "doesn't let me paint in this channel" in text_of(refused.response)
    assert "Where Easel may be used: Only in channels that allow it" in text_of((await settings(room)).response), (
        "who has shut everybody out can still let them in"
    )


async def test_a_change_takes_back_nothing_that_was_saved_since_its_panel_was_shown(room: Room) -> None:
    studio, guild = room.app.client.studio, room.app.client.get_guild(room.moderator.guild.id)
    before = Policy(Rules(review=Review(of=frozenset({ReviewOf.EVERYONE}))), log_channel_id=room.log_channel.id)
    shown = Shown(studio, guild, before)

    def saved(key: str) -> Change:
        control = SETTINGS[key][1].control
        assert isinstance(control, Choices)
        return control.save(shown, CHOICES[key].values)

    for first, second in permutations(CHOICES, 2):
        held = saved(second)(saved(first)(before))
        for key in (first, second):
            assert CHOICES[key].of(held) == CHOICES[key].comes_to, (first, second)


async def test_review_needs_a_channel_where_the_bot_can_show_what_waits(room: Room) -> None:
    guild = room.channel.guild
    assert guild is not None
    assert guild.me is not None
    mute = guild.create_text_channel("mute", overwrites={guild.me: discord.PermissionOverwrite(attach_files=False)})
    panel = Panel(room, await settings(room))
    await panel.section("review")
    said = await panel.choose("review_of", "everyone")
    assert "**Nothing was changed.** Review needs a channel" in said
    await panel.section("channels")
    said = await panel.choose("review_channel", mute, kind="set-channel")
    assert f"I can't post in <#{mute.id}>: I lack the permission **Attach Files** there." in said
    assert await policy(room) == Policy()
    await panel.choose("review_channel", room.log_channel, kind="set-channel")
    await panel.section("review")
    await panel.choose("review_of", "everyone")
    assert (await policy(room)).rules.review == Review(of=frozenset({ReviewOf.EVERYONE}))
    await panel.section("channels")
    said = await panel.choose("review_channel", kind="set-channel")
    assert "**Nothing was changed.** Requests are reviewed here" in said
    assert panel.held(CHANNEL_SELECT, "review_channel") == [room.log_channel.id]
    await panel.choose("log_channel", room.channel, kind="set-channel")
    await panel.choose("review_channel", kind="set-channel")
    assert (await policy(room)).reviewers_channel_id == room.channel.id
    # One channel alone may be without.
    await panel.press("Back")
    await panel.of(room.channel)
    await panel.section("review")
    await panel.choose("review_of")
    assert (await policy(room)).rules_in(room.channel.id).review == Review()
    await panel.press("Back")
    await panel.press("The whole server")

    brief = guild.create_text_channel("brief")
    await panel.section("channels")
    await panel.choose("summary_channel", brief, kind="set-channel")
    assert (await policy(room)).summary_channel_id == brief.id
    room.env.backend.delete_channel(brief.id)
    assert "The channel for it no longer exists." in await panel.section("channels")
    assert panel.held(CHANNEL_SELECT, "summary_channel") == []


async def test_the_time_zone_is_found_as_it_is_typed(room: Room) -> None:
    assert "**UTC**, where it is " in text_of((await settings(room)).response)

    async def offered(typed: str) -> list[str]:
        found = await room.moderator.autocomplete(room.channel, "studio settings", "time_zone", typed)
        return [each["value"] for each in found]

    assert (await offered("berl"))[0] == "Europe/Berlin"
    assert "America/New_York" in await offered("new york")
    assert len(await offered("")) == 25
    assert await offered("nowhere at all") == []
    assert "**Europe/Berlin**, where it is " in text_of((await settings(room, time_zone="europe/berlin ")).response)
    assert "**America/New_York**" in text_of((await settings(room, time_zone="america/new york")).response)
    for typed, near in (("New York", "`America/New_York`"), ("Berlni", "`Europe/Berlin`"), ("Etc/GMT+99", "")):
        assert near in (said := text_of((await settings(room, time_zone=typed)).response))
        assert f"There is no time zone called `{typed}`." in said
    assert (await policy(room)).time_zone == "America/New_York"
    limits = await room.moderator.slash(room.channel, "studio limits")
    assert "Days begin at midnight in **America/New_York**" in text_of(limits.response)

    panel = Panel(room, await settings(room))
    await panel.section("showing")
    form = await room.moderator.click(panel.message, label="Change the time zone")
    assert parts(form)["time_zone"]["value"] == "America/New_York"
    await room.moderator.submit_modal(form, {"time_zone": "Berlni"})
    assert "**Nothing was changed.** There is no time zone called `Berlni`." in panel.text
    form = await room.moderator.click(panel.message, label="Change the time zone")
    await room.moderator.submit_modal(form, {"time_zone": "europe/berlin"})
    assert (await policy(room)).time_zone == "Europe/Berlin"


async def test_public_answers_are_in_the_servers_language_and_private_ones_in_their_readers(room: Room) -> None:
    assert [language_name(each) for each in languages()] == ["English", "Deutsch"], "each has a name for itself"
    await room.app.client.studio.preferences.change_policy(
        room.member.guild.id, lambda held: replace(held, language="de"), None, room.env.now()
    )
    room.replicate.end_gate.hold()
    public = await room.member.slash(room.channel, "imagine", prompt="a fox")
    private = await room.member.slash(room.channel, "imagine", prompt="a fox", private=True)
    assert "wünscht sich" in text_of(public.response)
    assert "asked for" in text_of(private.response)
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    assert "wünscht sich" in text_of(public.response)
    assert "asked for" in text_of(private.response)


async def test_a_panel_of_all_that_can_be_set_fits_into_a_message(room: Room) -> None:
    ids = tuple(1_000_000_000_000_000_000 + number for number in range(25))
    categories = [each for each in DEFAULTS if each not in FIXED]
    rules = Rules(
        open=False,
        role_ids=ids,
        membership_days=365,
        models=("openai/gpt-image-2", FURTHER),
        qualities=("low", "medium", "high"),
        review=Review(of=frozenset(ReviewOf), stages=frozenset(ReviewStage), role_ids=frozenset(ids)),
    )
    full = Policy(
        rules,
        dict.fromkeys(ids, rules),
        time_zone="America/Argentina/ComodRivadavia",
        language="de",
        summary_channel_id=ids[0],
        log_channel_id=ids[1],
        review_channel_id=ids[2],
        reviewer_role_ids=ids,
        screening=Screening(thresholds=dict.fromkeys(categories, Strictness.OFF.threshold), closed=True),
    )
    for language in languages():
        for channel_id in (None, ids[0]):
            shown = Shown(room.app.client.studio, None, full, channel_id)
            with speaking(language):
                views = [overview(shown, "said" * 50), *(page(shown, each, "said" * 50) for each in SECTIONS)]
            for view in views:
                assert view.content_length() <= 4_000
                assert view.total_children_count <= 40
