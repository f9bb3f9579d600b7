"""`/moderate log`: all that was decided in a server, for its moderators, page by page and as a file."""

import csv
from io import StringIO
from typing import Any

from simcord.results import InteractionResult

from bot.chat.language import speaking
from bot.chat.moderate_log import KINDS, Filters
from bot.chat.trail_lines import entry_lines
from bot.chat.words.trail import name_of
from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from bot.domain.moderation import Policy, Review, Rules
from bot.domain.quota import Allowance, GuildLimits, UsageLimits
from bot.domain.trail import Action, TrailEntry
from bot.storage import records
from tests.chat.forms import restart
from tests.chat.test_buttons import press
from tests.storage.examples import NOON

BUTTON = 2  # Discord's component type


async def log(room: Room, **options: Any) -> InteractionResult:
    result = await room.moderator.slash(room.channel, "moderate log", **options)
    assert result.ephemeral
    return result


def labels(result: InteractionResult) -> list[str]:
    return [each["label"] for each in components_of(result.response, BUTTON)]


async def rows(result: InteractionResult) -> list[dict[str, str]]:
    assert result.ephemeral
    assert result.response is not None
    [file] = result.response.attachments
    return list(csv.DictReader(StringIO((await file.read()).decode(), newline="")))


async def test_what_moderators_do_is_told_in_sentences(room: Room) -> None:
    studio, guild_id = room.app.client.studio, room.moderator.guild.id
    assert "Nothing was decided here yet." in text_of((await log(room)).response)
    mod, member = f"<@{room.moderator.id}>", f"<@{room.member.id}>"
    await room.moderator.slash(room.channel, "studio settings", time_zone="Europe/Berlin")
    await room.moderator.slash(
        room.channel, "studio grant", to=room.member, pictures=20, until="3d", reason="the *fair*"
    )
    await room.moderator.slash(room.channel, "studio style save", name="Ink_1", suffix="in ink")
    await room.moderator.slash(room.channel, "studio style rename", name="ink_1", new_name="Oil")
    limits = GuildLimits(member=UsageLimits(day=Allowance(pictures=5)), roles={7: UsageLimits(cooldown=60)})
    await studio.budgets.change_limits(guild_id, lambda _: limits, room.moderator.id, studio.clock.now())
    made = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await room.app.dispatch.idle()
    await press(room.moderator, made, "Delete")
    own = await room.moderator.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await room.app.dispatch.idle()
    await press(room.moderator, own, "Delete")  # nobody else's affair
    await room.moderator.slash(room.channel, "studio export")

    text = text_of((await log(room)).response)
    assert [line for line in text.splitlines() if not line.startswith("-# <t:")] == [
        "### Log",
        f"{mod} exported the usage of {studio.clock.now():%Y-%m}.",
        f"{mod} deleted pictures of {member}.",
        f"{mod} changed the limits.",
        f"{mod} renamed the style **Ink\\_1** to **Oil**.",
        f"{mod} saved a new style, **Ink\\_1**.",
        f"{mod} granted {member} more pictures.",
        f"{mod} changed the settings.",
    ]
    for change in (
        "time zone: UTC → Europe/Berlin",
        "pictures: 20 · until: <t:",
        "because: the \\*fair\\*",
        "Each member: 5 pictures a day · <@&7>: 1 minute from one request to the next",
        "words: in ink",
    ):
        assert f" · {change}" in text
    assert "fox" not in text

    [entry] = await studio.trail.entries(guild_id, 5, actions=[Action.DELETE])
    assert f"request `{entry.job_id}`" in text
    only = text_of((await log(room, member=room.member, by=room.moderator, what="pictures", since="today")).response)
    assert f"-# Only: about {member} · done by {mod} · Reports, and pictures hidden or deleted · since <t:" in only
    assert only.count("-# <t:") == 1
    for nothing in ({"member": room.moderator}, {"by": room.member}, {"what": "reviews"}):
        assert "Nothing like that was decided here." in text_of((await log(room, **nothing)).response)
    assert "isn't a time in the past" in text_of((await log(room, since="tomorrow")).response)
    offered = await room.moderator.autocomplete(room.channel, "moderate log", "since", "7")
    assert [each["value"] for each in offered] == ["7d"]


async def test_pages_and_the_file_outlast_a_restart_and_keep_their_filters(room: Room) -> None:
    studio, guild_id, now = room.app.client.studio, room.moderator.guild.id, room.app.client.studio.clock.now()
    for number in range(25):
        entry = TrailEntry(guild_id, Action.WARN, 5, now, room.member.id, reason=f"=reason {number:02} {'x' * 300}")
        await studio.trail.enter(entry)
    await studio.trail.enter(TrailEntry(guild_id, Action.WARN, 5, now, room.other_member.id))
    await studio.trail.enter(TrailEntry(guild_id + 1, Action.WARN, 5, now, room.member.id, reason="another's"))
    page = await log(room, member=room.member)
    assert page.response is not None
    seen: list[str] = []
    while True:
        text = text_of(page.response)
        seen += [line.partition("=reason ")[2][:2] for line in text.splitlines() if "=reason" in line]
        assert f"Only: about <@{room.member.id}>" in text
        if "Older" not in labels(page):
            break
        await restart(room)
        await room.moderator.click(page.response, label="Older")
    assert seen == [f"{number:02}" for number in range(24, -1, -1)]
    assert labels(page) == ["Newest", "As a CSV file"]
    await room.moderator.click(page.response, label="As a CSV file")
    table = await rows(page)
    assert [each["reason"][:11] for each in table] == [f"'=reason {number:02}" for number in range(24, -1, -1)]
    assert {each["actor"] for each in table} == {"5"}
    assert "25 entries" in text_of(page.response)
    await room.moderator.click(page.response, label="Newest")
    assert labels(page) == ["Older", "As a CSV file"]
    assert "exported this log." in text_of((await log(room, what="data")).response)


def test_every_action_is_of_one_kind_and_has_a_sentence() -> None:
    actions = [action for kind in KINDS.values() for action in kind]
    assert sorted(actions) == sorted(Action)
    for action in Action:
        text = entry_lines(TrailEntry(1, action, 2, NOON, subject_id=3))
        assert text.partition("\n")[0].endswith(".")
        assert "{" not in text


def test_what_an_entry_changed_is_read_as_moderators_call_it() -> None:
    entry = TrailEntry(
        1,
        Action.POLICY,
        None,
        NOON,
        before={"rules": {"open": None, "review": {"of": None, "stages": None}}, "log_channel_id": 5},
        after={
            "rules": {"open": False, "review": {"of": ["new_members", "edits"], "stages": ["request"]}},
            "channels": {"7": {"spoilers": "always"}},
            "log_channel_id": None,
            "reviewer_role_ids": [8, 9],
        },
    )
    assert entry_lines(entry) == (
        "Easel changed the settings.\n"
        f"-# <t:{int(NOON.timestamp())}:f> · Easel may be used: no · reviewed: new members, edits of pictures · "
        "reviewed before: it is made · in <#7>, spoilers: Always · log channel: <#5> → not set · "
        "roles that may review: <@&8>, <@&9>"
    )
    many = TrailEntry(1, Action.WORDS, 0, NOON, 0, after={f"list_{n}": ["word" * 30] * 40 for n in range(50)})
    assert len(entry_lines(many)) < 600
    assert "and 4" in entry_lines(many)
    assert "someone whose data was deleted" in entry_lines(many)


def test_every_setting_has_a_name_of_its_own() -> None:
    def fields(values: dict[str, Any]) -> set[str]:
        return {
            each for name, value in values.items() for each in (fields(value) if isinstance(value, dict) else {name})
        }

    settings = fields(records.POLICY.dump(Policy(rules=Rules(review=Review()))))
    assert {"spoilers", "review_hours", "stages"} <= settings
    with speaking("de"):
        assert [each for each in settings if name_of(each) == each.replace("_", " ")] == []


def test_what_other_decisions_say() -> None:
    def said(action: Action, **rest: Any) -> str:
        return entry_lines(TrailEntry(1, action, 2, NOON, 3, **rest)).partition(":f>")[2]

    assert said(Action.BLOCK, after={"ends_at": None}) == " · for good"
    assert (
        said(Action.BLOCK, after={"ends_at": "2026-11-23T12:00:00+00:00"}) == f" · until: <t:{int(NOON.timestamp())}:f>"
    )
    assert said(Action.LOWER, after={"day": {"pictures": 0}}) == " · 0 pictures a day"
    assert said(Action.APPROVE, after={"stage": "result"}) == " · reviewed before: it is shown"
    assert said(Action.LIFT, before={"sanction": "block"}) == " · sanction: a block"
    assert said(Action.REVOKE, before={"pictures": 20}) == " · pictures: 20"
    changed = said(Action.WORDS, before={"entries": 1, "removed": ["b*d"]}, after={"entries": 1, "added": []})
    assert changed == " · removed: b\\*d"


def test_filters_fit_into_a_custom_id() -> None:
    most = 2**64 - 1
    filters = Filters(most, most, max(KINDS, key=len), NOON)
    assert Filters.unpack(filters.pack()) == filters
    assert Filters.unpack(Filters().pack()) == Filters()
    assert len(f"easel:log:export:{2**63:x}:{filters.pack()}") <= 100
