"""Limits that moderators set on panels and forms, which work after a restart, and what members hear of them."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from simcord import SetupError
from simcord.actors import MemberActor
from simcord.builders import RoleHandle
from simcord.results import InteractionResult

from bot.chat.limits_panel import InForce, overview, spans_now
from bot.chat.words.outcomes import sentence
from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from bot.domain.account import Account
from bot.domain.errors import CoolingDown, LimitReached, OverLimit, RequestOverLimit
from bot.domain.quota import MOST_ROLES, UNLIMITED, Allowance, GuildLimits, UsageLimits
from bot.service.ports import Terms
from tests.chat.conftest import Speak
from tests.chat.forms import parts, restart
from tests.storage.examples import NOON

SELECT = 3  # Discord's component type


@pytest.fixture
def room_overrides() -> dict[str, Any]:
    return {"easel_guild_daily_spend_usd": 5}


async def limits(room: Room) -> InteractionResult:
    panel = await room.moderator.slash(room.channel, "studio limits")
    assert panel.ephemeral
    return panel


async def show(room: Room, panel: InteractionResult, party: str | RoleHandle) -> None:
    assert panel.response is not None
    custom_id = "easel:limits-of" if isinstance(party, str) else "easel:limits-of-role"
    await room.moderator.select(panel.response, [party], custom_id=custom_id)


async def press(room: Room, panel: InteractionResult, label: str) -> InteractionResult:
    assert panel.response is not None
    return await room.moderator.click(panel.response, label=label)


def fields(form: InteractionResult) -> dict[str, str]:
    """What stands in the fields of a form as it opens."""
    return {name: part.get("value", "") for name, part in parts(form).items()}


async def enter(
    room: Room, panel: InteractionResult, party: str | RoleHandle, sheet: str, values: Mapping[str, str]
) -> str:
    """What the panel says after these were entered on the sheet, beside what it held."""
    await show(room, panel, party)
    form = await press(room, panel, sheet)
    await room.moderator.submit_modal(form, {**fields(form), **values})
    text = text_of(panel.response)
    await press(room, panel, "Back")
    return text


async def held(room: Room) -> GuildLimits:
    return (await room.app.client.studio.budgets.terms(room.moderator.guild.id)).limits


async def imagine(room: Room, who: MemberActor, **options: Any) -> str:
    """What a member is told, who asks for a picture of low quality: "" where it is made."""
    result = await who.slash(room.channel, "imagine", prompt="a fox", quality="low", **options)
    await room.app.dispatch.idle()
    return text_of(result.response) if result.ephemeral else ""


async def test_limits_are_set_after_a_restart_and_members_meet_them(room: Room) -> None:
    panel = await limits(room)
    text = text_of(panel.response)
    assert "200 pictures a day (set by whoever runs this bot)" in text
    assert "All servers that share this bot's account have together: $10.00 a day." in text
    assert "**All members together**\n- $5.00 a day (set by whoever runs this bot)" in text
    assert "Today: 0 pictures, $0.00 of $5.00 (starts anew <t:" in text
    assert await imagine(room, room.member, count=1) == ""

    await restart(room)
    await show(room, panel, "member")
    await restart(room)
    form = await press(room, panel, "Pictures")
    assert parts(form)["pictures-day"]["placeholder"] == "200 pictures a day (set by whoever runs this bot)"
    await restart(room)
    await room.moderator.submit_modal(form, {"pictures-day": "3", "pictures-week": "unlimited"})
    assert "**Saved.**" in text_of(panel.response)
    assert (await held(room)).member == UsageLimits(day=Allowance(3), week=Allowance(UNLIMITED))

    said = await imagine(room, room.member, count=3)
    assert said.startswith(
        "You have 2 of 3 pictures left today, and asked for 3. That is the limit for everyone. There is"
    )
    assert re.search(r"more again from <t:\d+:f> \(<t:\d+:R>\)\. Fewer pictures may still fit\.$", said)
    assert await imagine(room, room.member, count=2) == ""
    said = await imagine(room, room.member)
    assert said.startswith("You have used your 3 pictures for today.")
    assert said.endswith("In a server, you can ask its moderators for a grant.")

    await press(room, panel, "Back")
    saved = await enter(room, panel, "server", "Money", {"amount-month": "$0,08"})
    assert "This month: 3 pictures, $0.04 of $0.08 (starts anew <t:" in saved
    assert "Each request" not in str(components_of(panel.response)), "which all together have no limits for"
    assert await imagine(room, room.other_member, count=3) == ""
    said = await imagine(room, room.other_member)
    assert said.startswith("This server has $0.008 of $0.08 left this month, and this may cost $0.012. There is more")
    assert "A lower quality or fewer pictures may still fit." in said


async def test_a_roles_limits_hold_in_place_of_everyones_and_can_be_taken_away(room: Room) -> None:
    panel = await limits(room)
    guild = room.channel.guild
    assert guild is not None
    artists, gone = guild.create_role("Artists"), guild.create_role("Gone")
    artist = guild.add_member(room.env.create_user("zoe"), roles=[artists])
    await enter(room, panel, "member", "Pictures", {"pictures-day": "1"})
    await enter(room, panel, artists, "Pictures", {"pictures-day": "2"})
    saved = await enter(room, panel, artists, "Each request", {"pictures-request": "2", "pause-request": "none"})
    assert f"### Limits: <@&{artists.id}>" in saved
    assert "2 pictures a day\n- 2 pictures a request\n- no pause between requests" in saved
    await enter(room, panel, gone, "Money", {"amount-week": "2.50"})
    assert f"**<@&{artists.id}>**: 2 pictures a day · 2 pictures a request" in text_of(panel.response)

    assert "One request may be for 2 pictures here, and you asked for 3." in await imagine(room, artist, count=3)
    assert await imagine(room, artist, count=2) == ""
    said = await imagine(room, artist)
    assert f"You have used your 2 pictures for today. That is the limit of the role <@&{artists.id}>." in said
    assert "That is the limit for everyone" in await imagine(room, room.member, count=2)

    await show(room, panel, guild.default_role)
    assert "### Limits: Each member" in text_of(panel.response), "whose role everyone has"
    room.env.backend.delete_role(guild.id, gone.id)
    panel = await limits(room)
    dead = f"A role that no longer exists ({gone.id})"
    assert f"**{dead}**: $2.50 a week" in text_of(panel.response)
    (menu,) = components_of(panel.response, SELECT)
    assert [each["label"] for each in menu["options"]] == ["All members together", "Each member", "Artists", dead]
    await show(room, panel, str(gone.id))
    await restart(room)
    await press(room, panel, "Remove these limits")
    assert f"**Removed:** the limits of {dead}." in text_of(panel.response)
    assert set((await held(room)).roles) == {artists.id}


async def test_what_cannot_be_read_changes_nothing_and_is_not_lost(room: Room) -> None:
    panel = await limits(room)
    await enter(room, panel, "member", "Each request", {"pictures-request": "4"})
    cases = [
        ({"amount-request": "1.000"}, "`1.000` isn't a sum. Write dollars and cents such as `$2.50`, or `unlimited`."),
        ({"pictures-request": "-1"}, "`-1` isn't a number of pictures."),
        ({"pause-request": "90"}, "`90` isn't a pause of up to a week."),
        ({"pause-request": "8d"}, "`8d` isn't a pause of up to a week."),
    ]
    for entered, words in cases:
        said = await enter(room, panel, "member", "Each request", {"pictures-request": "9", **entered})
        assert f"**Nothing was changed.** {words}" in said
    assert (await held(room)).member == UsageLimits(request=Allowance(4))

    await show(room, panel, "member")
    form = await press(room, panel, "Each request")
    wrong = {"pictures-request": "4", "amount-request": "a|lot of dol", "pause-request": "2m"}
    await room.moderator.submit_modal(form, wrong)
    await restart(room)
    again = await press(room, panel, "Correct it")
    assert fields(again) == wrong | {"amount-request": "a lot of dol"}
    await restart(room)
    await room.moderator.submit_modal(again, {**fields(again), "amount-request": ".5"})
    assert "`.5` isn't a sum" in text_of(panel.response)
    again = await press(room, panel, "Correct it")
    await room.moderator.submit_modal(again, {**fields(again), "amount-request": "0.5"})
    assert (await held(room)).member == UsageLimits(request=Allowance(4, 500_000), cooldown=120)


async def test_of_two_moderators_at_one_sheet_neither_takes_back_what_the_other_has_set(room: Room) -> None:
    panels = [await limits(room), await limits(room), await limits(room)]
    forms: list[InteractionResult] = []
    for panel in panels:
        await show(room, panel, "server")
        forms.append(await press(room, panel, "Pictures"))
    await room.moderator.submit_modal(forms[0], {"pictures-day": "10"})
    await room.moderator.submit_modal(forms[1], {"pictures-week": "20", "pictures-month": "x"})
    again = await press(room, panels[1], "Correct it")
    assert fields(again) == {"pictures-day": "10", "pictures-week": "20", "pictures-month": "x"}
    await room.moderator.submit_modal(forms[2], {"pictures-month": "30"})
    await room.moderator.submit_modal(again, {"pictures-day": "10", "pictures-week": "20", "pictures-month": "31"})
    assert (await held(room)).guild == UsageLimits(Allowance(10), Allowance(20), Allowance(31))


async def test_as_many_roles_as_can_have_limits_fit_on_the_panel(room: Room) -> None:
    guild = room.channel.guild
    assert guild is not None
    roles = [guild.create_role(f"Role {number} {'x' * 80}") for number in range(MOST_ROLES + 1)]
    sheets = Allowance(UNLIMITED, 999_999_990_000)
    limit = UsageLimits(sheets, sheets, sheets, sheets, 7 * 86_399)
    all_of_them = GuildLimits(limit, limit, {each.id: limit for each in roles[:-1]})
    await room.app.client.studio.budgets.change_limits(guild.id, lambda _: all_of_them, None, NOON)
    panel = await limits(room)
    text = text_of(panel.response)
    assert len(text) <= 4_000
    assert re.search(r"-# \d+ more roles have limits; choose them below\.", text)
    (menu,) = components_of(panel.response, SELECT)
    assert len(menu["options"]) == MOST_ROLES + 2
    said = await enter(room, panel, roles[-1], "Pictures", {"pictures-day": "unlimited"})
    assert f"Only {MOST_ROLES} roles can have limits of their own." in said
    said = await enter(room, panel, roles[0], "Money", {"amount-month": "999999.98"})
    assert "**Saved.**" in said


async def test_what_the_operator_lets_a_server_spend_bounds_what_its_moderators_set(room: Room) -> None:
    panel = await limits(room)
    saved = await enter(room, panel, "server", "Money", {"amount-day": "9", "amount-week": "6"})
    assert "- $5.00 a day (set by whoever runs this bot)\n- $6.00 a week" in saved
    assert "- $4.00 a day\n- $6.00 a week" in await enter(room, panel, "server", "Money", {"amount-day": "4"})
    assert (await held(room)).guild == UsageLimits(Allowance(amount=4_000_000), Allowance(amount=6_000_000))


async def test_on_a_servers_own_key_only_its_own_limits_hold(room: Room) -> None:
    studio = room.app.client.studio
    terms = Terms(account=Account("guild-1"), limits=GuildLimits(member=UsageLimits(day=Allowance(3))))
    shown = InForce(
        terms=terms,
        operator_member=studio.operator.member_in(terms),
        operator_guild=studio.operator.guild_in(terms),
        deployment=studio.operator.deployment_in(terms),
        role_names={},
        spans=spans_now(terms, studio.clock.now()),
        used={},
    )
    text = "\n".join(overview(shown))
    assert "nothing but its own limits holds" in text
    assert "- 3 pictures a day\n" in text
    assert "whoever runs this bot" not in text
    assert "share this bot's account" not in text


async def test_nobody_else_may_look_or_change(room: Room) -> None:
    for name in ("studio limits", "studio grants"):
        with pytest.raises(SetupError, match="not visible"):
            await room.member.slash(room.channel, name)
    panel = await limits(room)
    assert panel.response is not None
    with pytest.raises(SetupError):
        await room.member.select(panel.response, ["member"], custom_id="easel:limits-of")


async def test_limits_in_german(room: Room, speak: Speak) -> None:
    speak(room.moderator, "de")
    speak(room.member, "de")
    panel = await limits(room)
    assert "200 Bilder am Tag (vom Betreiber dieses Bots gesetzt)" in text_of(panel.response)
    await show(room, panel, "member")
    form = await press(room, panel, "Geld")
    await room.moderator.submit_modal(form, {"amount-day": "0,02 $", "amount-week": "unbegrenzt"})
    assert "- 0,02 $ am Tag\n- ein beliebiger Betrag in der Woche" in text_of(panel.response)
    assert fields(await press(room, panel, "Geld")) == {
        "amount-day": "0.02",
        "amount-week": "unbegrenzt",
        "amount-month": "",
    }
    said = await imagine(room, room.member, count=2)
    assert said.startswith("Du hast heute noch 0,02 $ von 0,02 $ übrig, und das kann 0,024 $ kosten.")
    assert "Wieder mehr gibt es ab <t:" in said


SENTENCES: list[tuple[OverLimit, str]] = [
    (
        LimitReached("member", "week", "pictures", limit=1, used=0, asked=2, resets_at=1),
        "You have 1 of 1 picture left this week, and asked for 2. That is the limit for everyone. ",
    ),
    (
        LimitReached("member", "day", "pictures", 0, 0, 1, 1, role_id=7),
        (
            "No pictures are allowed for you today. That is the limit of the role <@&7>. "
            "In a server, you can ask its moderators for a grant."
        ),
    ),
    (
        LimitReached("member", "month", "amount", 1_000_000, 900_000, 200_000, 1, granted=1),
        (
            "You have $0.10 of $1.00 left this month, and this may cost $0.20. That is the limit for everyone. "
            "There is more again from <t:1:f> (<t:1:R>). "
            "A grant leaves you 1 picture beyond that: ask for no more than that at a time."
        ),
    ),
    (
        LimitReached("guild", "month", "pictures", 40, 41, 1, 1),
        (
            "This server has used its 40 pictures for this month. There is more again from <t:1:f> (<t:1:R>). "
            "You can ask a moderator to allow more."
        ),
    ),
    (
        LimitReached("deployment", "day", "amount", 500_000, 600_000, 1_000_000, 1),
        (
            "All who use this bot have $0.00 of $0.50 left today, and this may cost $1.00. "
            "There is more again from <t:1:f> (<t:1:R>). Whoever runs this bot can allow more."
        ),
    ),
    (RequestOverLimit("pictures", 1, 3), "One request may be for 1 picture here, and you asked for 3."),
    (RequestOverLimit("amount", 100_000, 200_000), "One request may cost $0.10 here, and this may cost $0.20."),
    (RequestOverLimit("amount", 0, 200_000), "You may not make pictures here."),
    (
        CoolingDown(90, 5),
        ("Your requests must be 90 seconds apart here. You can send this one again <t:5:R> (<t:5:T>)."),
    ),
]


def test_refusals_are_whole_sentences() -> None:
    wrong = {outcome: sentence(outcome) for outcome, said in SENTENCES if not sentence(outcome).startswith(said)}
    assert wrong == {}
