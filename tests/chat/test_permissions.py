"""Who may do what: every person, every way in, every rule; what is expected is worked out here, from plain facts.

Nothing is run: whoever passes all rules meets the server's limits, by which all are told that they got that far.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import discord
import pytest
from simcord.actors import MemberActor
from simcord.backend.errors import SetupError
from simcord.builders import ChannelHandle, RoleHandle
from simcord.results import InteractionResult

from bot.chat.controls import Control
from bot.demo.reading import text_of
from bot.demo.room import Room, open_room
from bot.domain.job import JobStatus
from bot.domain.moderation import Policy, Review, ReviewOf, ReviewStage, Rules
from bot.domain.quota import Allowance, UsageLimits
from tests.chat.conftest import paint_small
from tests.chat.pictures import png
from tests.chat.places import age_restrict, thread_in
from tests.storage.migrated import move_in

FIRST, FURTHER = "openai/gpt-image-2", "openai/gpt-image-1.5"


@dataclass(frozen=True)
class Who:
    """A person: what Discord lets them do in the server, and since when they are there."""

    permissions: discord.Permissions = discord.Permissions()  # noqa: RUF009 # it isn't changed
    painter: bool = False  # has that role
    days: int = 30
    timed_out: bool = False


PEOPLE: Mapping[str, Who] = {
    "a bystander": Who(),
    "a new member": Who(days=0),
    "a painter": Who(painter=True),
    "one who may manage messages": Who(discord.Permissions(manage_messages=True)),
    "one who may manage the server": Who(discord.Permissions(manage_guild=True)),
    "an administrator": Who(discord.Permissions(administrator=True)),
    "a painter who is timed out": Who(painter=True, timed_out=True),
}


class People:
    """The people of the table, in a room of theirs, and the result that stands there."""

    def __init__(self, room: Room) -> None:
        self.room = room
        guild = room.member.guild
        self.painters = guild.create_role("Painters")
        self.elsewhere = guild.create_text_channel("elsewhere")
        self.actors = {name: self._join(name, who, number) for number, (name, who) in enumerate(PEOPLE.items())}
        self.result: Any = None

    def _join(self, name: str, who: Who, number: int) -> MemberActor:
        room = self.room
        guild = room.member.guild
        role = guild.create_role(name, permissions=who.permissions)
        roles: list[RoleHandle] = [role, *([self.painters] if who.painter else [])]
        actor = guild.add_member(room.env.create_user(f"person-{number}"), roles=roles)
        kept = room.env.backend.get_guild(guild.id).members[actor.id]
        kept.joined_at = (room.env.now() - timedelta(days=who.days)).isoformat()
        return actor

    def time_out(self) -> None:
        backend = self.room.env.backend
        for name, who in PEOPLE.items():
            if who.timed_out:
                kept = backend.get_guild(self.room.member.guild.id).members[self.actors[name].id]
                kept.timed_out_until = (self.room.env.now() + timedelta(days=1)).isoformat()

    async def policy(self, policy: Policy) -> None:
        preferences = self.room.app.client.studio.preferences
        await preferences.change_policy(self.room.member.guild.id, lambda _: policy, None, self.room.env.now())


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    overrides: dict[str, Any] = {"easel_models": (FURTHER,), "easel_member_daily_pictures": 1_000}
    async with open_room(move_in(tmp_path), seconds=lambda _: 0.0, paint=paint_small, **overrides) as room:
        people = People(room)
        await room.env.settle()
        yield people
    assert not room.env.errors, "nothing failed inside the bot"


@pytest.fixture
def room(people: People) -> Room:
    """For the fixture that puts the test on its clock."""
    return people.room


# --------------------------------------------------------------------------------- which commands are offered

OFFERED: Mapping[str, tuple[str | None, bool]] = {
    "imagine": (None, True),
    "edit": (None, True),
    "usage": (None, True),
    "jobs": (None, True),
    "defaults": (None, True),
    "privacy": (None, True),
    "Edit image": (None, True),
    "Show settings": (None, True),
    "Report picture": (None, True),
    "studio": ("manage_guild", False),
    "moderate": ("manage_messages", False),
}
"""Of each command, the permission that Discord asks for, and whether it is offered in direct messages."""


async def test_each_command_is_offered_to_those_whom_it_is_for(people: People) -> None:
    room = people.room
    names = {each.name for each in room.app.client.tree.walk_commands() if each.parent is None} | {
        *room.app.client.menu_names
    }
    assert names == OFFERED.keys(), "each has a line above"
    backend = room.env.backend

    def offered(actor: Any, channel: ChannelHandle) -> set[str]:
        there = {"user_id": actor.id, "channel_id": channel.id}
        kinds = (discord.AppCommandType.chat_input, discord.AppCommandType.message)
        return {each["name"] for kind in kinds for each in backend.visible_commands(**there, type=kind.value)}

    people.time_out()

    for name, who in PEOPLE.items():
        actor = people.actors[name]
        for channel in (room.channel, people.elsewhere):
            expected = {
                command
                for command, (permission, _) in OFFERED.items()
                if not who.timed_out
                and (permission is None or who.permissions.administrator or getattr(who.permissions, permission))
            }
            assert offered(actor, channel) == expected, name
        in_dm = {command for command, (_, anywhere) in OFFERED.items() if anywhere}
        assert offered(actor, actor.user.dm_channel) == in_dm, name

    # A server's own settings go before Discord's defaults: whom it lets in gets in, and whom it keeps out stays out.
    studio = next(each for each in backend.commands[None].values() if each["name"] == "studio")
    painter, manager = people.actors["a painter"], people.actors["one who may manage the server"]
    room.member.guild.set_command_permissions(int(studio["id"]), {people.painters: True, manager: False})
    assert "Settings of this server" in text_of((await painter.slash(room.channel, "studio settings")).response)
    with pytest.raises(SetupError, match="not visible"):
        await manager.slash(room.channel, "studio settings")


# ------------------------------------------------------------------------------------------ requests, by rules

LOW, HIGH, PICTURES = "low", "high", 2


@dataclass(frozen=True)
class Way:
    """A way in: what a request that comes by it has chosen for itself."""

    quality: bool = False  # high
    count: bool = False  # two pictures
    model: bool = False  # the first that is offered
    lax: bool = False  # low moderation
    command: bool = False  # and so not for those whom Discord lets use none


WAYS: Mapping[str, Way] = {
    "/imagine": Way(quality=True, count=True, lax=True, command=True),
    "/edit": Way(quality=True, count=True, lax=True, command=True),
    "Again": Way(quality=True, model=True, lax=True),
    "Variations": Way(),
    "the form of Edit": Way(quality=True),
    "the form of Edit image": Way(quality=True),
}
"""Again is for the very same: a picture by the first model, moderated less. Elsewhere what wasn't chosen gives way."""


@dataclass(frozen=True)
class Held:
    """What holds in the channel of a request."""

    closed: bool = False
    painters: bool = False
    days: int = 0
    qualities: tuple[str, ...] = ()
    most: int = 10
    lax: bool = True
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """A policy, and what it comes to: in the channel of the requests, in a thread there, in another channel."""

    server: Mapping[str, Any]
    channel: Mapping[str, Any]
    here: Held
    thread: Held
    elsewhere: Held


def same(held: Held, **server: Any) -> Case:
    return Case(server, {}, held, held, held)


PAINTERS = "the painters' role"
"""Stands for its id."""

CASES: Mapping[str, Case] = {
    "nothing": same(Held()),
    "closed": same(Held(closed=True), open=False),
    "closed but for the channel": Case({"open": False}, {"open": True}, Held(), Held(), Held(closed=True)),
    "closed in the channel": Case({}, {"open": False}, Held(closed=True), Held(closed=True), Held()),
    "for painters": same(Held(painters=True), role_ids=(PAINTERS,)),
    "for painters, in the channel": Case(
        {}, {"role_ids": (PAINTERS,)}, Held(painters=True), Held(painters=True), Held()
    ),
    "for painters, but for the channel": Case(
        {"role_ids": (PAINTERS,)}, {"role_ids": ()}, Held(), Held(), Held(painters=True)
    ),
    "after a week": same(Held(days=7), membership_days=7),
    "after two months": same(Held(days=60), membership_days=60),
    "low quality": same(Held(qualities=(LOW,)), qualities=(LOW,)),
    "one picture": same(Held(most=1), most_pictures=1),
    "another model": same(Held(models=(FURTHER,)), models=(FURTHER,)),
    "no laxer moderation": same(Held(lax=False), low_moderation=None),
    "all at once": Case(
        {"membership_days": 7, "most_pictures": 1},
        {"role_ids": (PAINTERS,), "qualities": (LOW, HIGH)},
        Held(painters=True, days=7, most=1),
        Held(painters=True, days=7, most=1),
        Held(days=7, most=1),
    ),
}


def outcome(who: Who, way: Way, held: Held) -> str:
    """What such a person is told, who asks by such a way where that holds."""
    if who.timed_out:
        return "not offered" if way.command else "timed out"
    if held.closed:
        return "closed"
    if held.painters and not who.painter:
        return "role"
    if who.days < held.days:
        return "too new"
    if held.models and way.model and FIRST not in held.models:
        return "model"
    if way.quality and held.qualities and HIGH not in held.qualities:
        return "quality"
    if way.count and held.most < PICTURES:
        return "count"
    if way.lax and not held.lax:
        return "moderation"
    return "let through"


TOLD = {
    "doesn't let me paint in this channel": "closed",
    "lets me paint for those who have been members": "too new",
    "lets me paint for <@&": "role",
    "as the model here": "model",
    "as the quality here": "quality",
    "in one request here": "count",
    "as the moderation level here": "moderation",
    "You are timed out": "timed out",
    "You may not make pictures here": "let through",
}


def told(result: InteractionResult) -> str:
    said = text_of(result.followups[-1] if result.followups else result.response)
    (found,) = {meaning for words, meaning in TOLD.items() if words in said} or {said}
    return found


class Asking:
    """One person, who asks by each of the ways. Forms are opened before: what holds is looked at when they are sent."""

    def __init__(self, people: People, actor: MemberActor) -> None:
        self.people, self.actor, self.channel = people, actor, people.room.channel
        self.forms: dict[str, InteractionResult] = {}

    async def open_forms(self) -> None:
        self.forms["the form of Edit"] = await self.actor.click(self.people.result, label="Edit")
        card = await self.actor.context_menu(self.channel, "Edit image", self.people.result)
        assert card.response is not None
        self.forms["the form of Edit image"] = await self.actor.click(card.response, custom_id="easel:write")

    async def ask(self, way: str) -> str:
        options: dict[str, Any] = {"prompt": "a fox", "quality": HIGH, "count": PICTURES, "moderation": LOW}
        try:
            match way:
                case "/imagine":
                    return told(await self.actor.slash(self.channel, "imagine", **options))
                case "/edit":
                    return told(await self.actor.slash(self.channel, "edit", image=("fox.png", png()), **options))
                case "Again" | "Variations":
                    return told(await self.actor.click(self.people.result, label=way))
                case _:
                    form = self.forms[way]
                    form._interaction.modal_consumed = False  # pyright: ignore[reportPrivateUsage] # as another process would see it
                    values = {"prompt": "a fox", "quality": [HIGH]}
                    return told(await self.actor.submit_modal(form, values))
        except SetupError as error:
            assert "not visible" in str(error)  # noqa: PT017 # anything else is a mistake here
            return "not offered"


def rules_of(given: Mapping[str, Any], painters: int, **defaults: Any) -> Rules:
    values = {**defaults, **given}
    if values.get("role_ids"):
        values["role_ids"] = (painters,)
    return Rules(**values)


async def test_who_may_ask_by_which_way_under_which_rule(people: People) -> None:
    room = people.room
    guild_id, painters = room.member.guild.id, people.painters.id
    age_restrict(room)
    age_restrict(room, people.elsewhere.id)
    await people.policy(Policy(Rules(low_moderation=True)))
    made = await room.member.slash(room.channel, "imagine", prompt="a fox", quality=HIGH, moderation=LOW)
    await room.app.dispatch.idle()
    people.result = made.response
    studio = room.app.client.studio
    nothing = UsageLimits(request=Allowance(pictures=0))
    await studio.budgets.change_limits(guild_id, lambda held: replace(held, member=nothing), None, room.env.now())

    asking = {name: Asking(people, actor) for name, actor in people.actors.items()}
    for each in asking.values():
        await each.open_forms()
    people.time_out()
    thread = thread_in(room, room.channel, "sketches")
    await room.env.settle()
    found: dict[tuple[str, ...], str] = {}
    expected: dict[tuple[str, ...], str] = {}
    for case, rule in CASES.items():
        server = rules_of(rule.server, painters, low_moderation=True)
        own = rules_of(rule.channel, painters)
        await people.policy(Policy(server, {} if own == Rules() else {room.channel.id: own}))
        for (name, who), (way, facts) in product(PEOPLE.items(), WAYS.items()):
            found[case, name, way] = await asking[name].ask(way)
            expected[case, name, way] = outcome(who, facts, rule.here)
        for name, (place, channel, held) in product(
            ("a bystander", "a painter"),
            (("a thread", thread, rule.thread), ("elsewhere", people.elsewhere, rule.elsewhere)),
        ):
            there = Asking(people, people.actors[name])
            there.channel = channel
            found[case, name, place] = await there.ask("/imagine")
            expected[case, name, place] = outcome(PEOPLE[name], WAYS["/imagine"], held)
    assert {key: value for key, value in found.items() if value != expected[key]} == {}
    assert {*found.values()} == {*TOLD.values(), "not offered"}, "all of it was seen"


async def test_no_rule_of_a_server_holds_in_direct_messages(people: People) -> None:
    await people.policy(Policy(Rules(open=False, most_pictures=1, qualities=(LOW,))))
    result = await people.actors["a bystander"].user.slash("imagine", prompt="a fox", quality=HIGH, count=2)
    await people.room.app.dispatch.idle()
    assert result.response is not None
    assert len(result.response.attachments) == 2


async def test_moderators_own_requests_wait_for_nobody(people: People) -> None:
    room = people.room
    people.time_out()
    review = Review(of=frozenset({ReviewOf.EVERYONE}), stages=frozenset(ReviewStage))
    await people.policy(Policy(Rules(review=review), log_channel_id=room.log_channel.id))
    waits: dict[str, bool] = {}
    for name, actor in people.actors.items():
        if not PEOPLE[name].timed_out:
            result = await actor.slash(room.channel, "imagine", prompt="a fox")
            await room.app.dispatch.idle()
            assert result.response is not None
            waits[name] = not result.response.attachments
    moderators = {
        name for name, who in PEOPLE.items() if who.permissions.manage_messages or who.permissions.administrator
    }
    assert {name for name, waiting in waits.items() if not waiting} == moderators


# -------------------------------------------------------------------------------------- what hangs on messages

PUBLIC = {
    "bot.chat.appeals.AppealButton",
    "bot.chat.buttons.JobButton",
    "bot.chat.case_cards.CaseButton",
    "bot.chat.review_cards.ReviewButton",
}
"""On messages that others see: who may press them is looked at as they are pressed."""

PRIVATE = (
    "bot.chat.defaults.",
    "bot.chat.edit_menu.",
    "bot.chat.moderate_",
    "bot.chat.privacy.",
    "bot.chat.settings.",
    "bot.chat.studio_",
    "bot.chat.styles.",
)
"""Modules whose items hang on answers to one person alone, whom Discord let use the command."""

OWN = {Control.DELETE: "Only the member who asked for this, or a moderator, can", Control.CANCEL: "Only the member who"}
"""The buttons of a card that aren't for everybody in the channel, and what others are told."""


async def test_each_button_on_a_public_card_is_for_those_whom_it_is_for(people: People) -> None:
    room = people.room
    store = room.app.client._connection._view_store  # pyright: ignore[reportPrivateUsage] # there is no other list of them
    items = {f"{each.__module__}.{each.__name__}" for each in store._dynamic_items.values()}  # pyright: ignore[reportPrivateUsage]
    assert {each for each in items if not each.startswith(PRIVATE)} == PUBLIC, "each is told of above"

    moderators = [
        name for name, who in PEOPLE.items() if who.permissions.manage_messages or who.permissions.administrator
    ]
    others = [name for name in PEOPLE if name not in moderators]
    people.time_out()
    for control, refusal in OWN.items():
        for moderator in moderators:
            if control is Control.CANCEL:
                room.replicate.end_gate.hold()
            made = await room.member.slash(room.channel, "imagine", prompt="a fox")
            if control is Control.DELETE:
                await room.app.dispatch.idle()
            assert made.response is not None
            for name in others:
                result = await people.actors[name].click(made.response, label=control.value.title())
                assert refusal in text_of(result.response), (control, name)
            result = await people.actors[moderator].click(made.response, label=control.value.title())
            assert refusal not in text_of(result.response), (control, moderator)
            room.replicate.end_gate.release()
            await room.app.dispatch.idle()
            (job,) = (await room.app.store.usage(room.member.id, room.env.now(), 1)).last
            assert job.status is (JobStatus.CANCELED if control is Control.CANCEL else JobStatus.SUCCEEDED)
