"""Every rung of the ladder, on every error that calls for it, and on every trouble that doesn't."""

import asyncio
import gc
import sys
import traceback
import tracemalloc
from dataclasses import replace
from itertools import product

import aiohttp
import discord
import pytest

from bot.chat import filling
from bot.domain.errors import OutOfCredit, VendorBusy
from bot.service.ports import FilesTooLarge, OutputPicture, Place, TryLater, Undeliverable
from tests.delivery.stage import IMPATIENCE, JOB, PICTURES, RUNGS, Rung, Stage
from tests.wire import rules
from tests.wire.clients import PNG
from tests.wire.discord_server import Message, Route
from tests.wire.faults import KINDS, Respond, Scope, rate_limited, refused
from tests.wire.rules import MEBIBYTE, MEDIA_GALLERY, Refusal, walk
from tests.wire.timing import PATIENCE

OUT_OF_REACH = [
    Refusal.UNKNOWN_CHANNEL,
    Refusal.UNKNOWN_MESSAGE,
    Refusal.UNKNOWN_WEBHOOK,
    Refusal.UNKNOWN_INTERACTION,
    Refusal.TOO_MANY_OLD_EDITS,
    Refusal.MISSING_ACCESS,
    Refusal.CLOSED_DIRECT_MESSAGES,
    Refusal.MISSING_PERMISSIONS,
    Refusal.INVALID_TOKEN,
    Refusal.INVALID_RECIPIENT,
    Refusal.INVALID_FORM,
    Refusal.NO_MUTUAL_GUILDS,
]

WAITED_OUT = {"429", "429 of a shared resource"}
"""What discord.py repeats by itself, soon enough."""


def name(value: object) -> str | None:
    return value.name.lower() if isinstance(value, Rung | Refusal) else None


def place_of(message: Message) -> Place:
    return Place(message.channel.id, message.id)


async def persist(stage: Stage) -> tuple[Place, int]:
    """Deliver as a job's task does: again after `TryLater`. Answers how often it was tried, too.

    Each try is twice as patient as the one before, so that a slow machine passes, too."""
    for tries in range(1, 9):
        try:
            announcer = stage.waiting_for(IMPATIENCE * 2 ** (tries - 1))
            return await announcer.deliver(stage.job, PICTURES), tries
        except TryLater:
            pass
    raise AssertionError(f"never delivered: {stage.calls}")


@pytest.mark.parametrize(("rung", "refusal"), [*product(RUNGS, OUT_OF_REACH)], ids=name)
async def test_a_refusal_leads_to_the_next_rung(stage: Stage, rung: Rung, refusal: Refusal) -> None:
    stage.close_below(rung)
    stage.strike(rung, refused(refusal), times=9)
    delivery = stage.announcer.deliver(stage.job, PICTURES)
    match rung:
        case Rung.TOKEN:
            assert stage.assert_delivered(await delivery) is stage.card
        case Rung.AUTHOR:
            message = stage.assert_delivered(await delivery)
            assert message in stage.channel.messages
            assert message.nonce == stage.job.id
            assert stage.card.deleted is (refusal is Refusal.TOO_MANY_OLD_EDITS), "a card that can't be changed goes"
        case Rung.NEW_MESSAGE:
            assert stage.assert_delivered(await delivery) in stage.mailbox.messages
        case _:
            with pytest.raises(Undeliverable):
                await delivery
            assert stage.shown == []


@pytest.mark.parametrize(("rung", "kind"), [*product(RUNGS, KINDS)], ids=name)
async def test_trouble_is_waited_out_or_left_for_later_and_the_rung_holds(stage: Stage, rung: Rung, kind: str) -> None:
    stage.close_below(rung)
    stage.strike(rung, KINDS[kind])
    place, tries = await persist(stage)
    if kind not in WAITED_OUT:
        assert tries > 1
    message = stage.assert_delivered(place)
    assert [each for each in stage.channel.messages if each is not stage.card] == (
        [message] if rung is Rung.NEW_MESSAGE else []
    )
    assert stage.mailbox.messages == ([message] if rung in {Rung.DIRECT_MESSAGES, Rung.DIRECT_MESSAGE} else [])
    if rung in {Rung.TOKEN, Rung.AUTHOR}:
        assert message is stage.card


@pytest.mark.parametrize("rung", [rung for rung in RUNGS if rung is not Rung.DIRECT_MESSAGES], ids=name)
async def test_where_discord_finds_a_file_too_large_a_limit_is_told(stage: Stage, rung: Rung) -> None:
    stage.close_below(rung)
    stage.strike(rung, refused(Refusal.TOO_LARGE))
    with pytest.raises(FilesTooLarge) as caught:
        await stage.announcer.deliver(stage.job, [*PICTURES, OutputPicture(3, "larger.png", b"x" * 100_000)])
    assert caught.value.limit == 50_000
    assert stage.shown == []


@pytest.mark.parametrize(("boosted", "heard"), [(False, False), (True, True), (True, False)])
async def test_what_the_token_takes_by_nitro_the_bot_may_not_send(stage: Stage, *, boosted: bool, heard: bool) -> None:
    """Nothing is sent that is known to be too large. What a process doesn't hear of the guild it asks, once."""
    large = [OutputPicture(1, "large.png", b"x" * (11 * MEBIBYTE))]
    stage.interaction.attachment_size_limit = 50 * MEBIBYTE
    stage.job = replace(stage.job, answer=replace(stage.job.answer, file_limit=50 * MEBIBYTE))
    assert await stage.announcer.deliver(stage.job, large) == place_of(stage.card)
    stage.expire()
    calls = len(stage.calls)
    if boosted:
        stage.guild.attachment_size_limit = 50 * MEBIBYTE
        if heard:
            stage.client._connection._add_guild_from_data(stage.guild.payload())  # pyright: ignore[reportArgumentType] # as the gateway would
        assert await stage.announcer.deliver(stage.job, large) == place_of(stage.card)
        assert await stage.announcer.deliver(stage.job, large) == place_of(stage.card)
    else:
        with pytest.raises(FilesTooLarge) as caught:
            await stage.announcer.deliver(stage.job, large)
        assert caught.value.limit == 10 * MEBIBYTE
    asked = [method for method, route, _ in stage.calls[calls:] if route == Route.GUILD]
    assert asked == ([] if heard else ["GET"])
    assert boosted or len(stage.calls) == calls + 1


@pytest.mark.parametrize("rung", [Rung.TOKEN, Rung.NEW_MESSAGE], ids=name)
async def test_ten_pictures_of_4_mb_fill_one_message_in_two_requests(stage: Stage, rung: Rung) -> None:
    """Together they are more than Discord takes at once."""
    stage.close_below(rung)
    ten = [OutputPicture(each, f"easel-{JOB}-{each}.png", PNG + bytes([each]) * 4_000_000) for each in range(1, 11)]
    place = await stage.announcer.deliver(stage.job, ten)
    (message,) = stage.shown
    assert place == place_of(message)
    assert [each.data == picture.data for each, picture in zip(message.pictures, ten, strict=True)] == [True] * 10
    filled = {Route.WEBHOOK_MESSAGE, Route.MESSAGES, Route.MESSAGE}
    assert len([call for call in stage.server.requests if call.status == 200 and call.route in filled]) == 2
    (gallery,) = (each for each in rules.walk(message.components) if "items" in each)
    told = [item["description"].partition(".")[0] for item in gallery["items"]]
    assert told == [f"Picture {each} of 10" for each in range(1, 11)]


@pytest.mark.parametrize("rung", [Rung.TOKEN, Rung.NEW_MESSAGE], ids=name)
async def test_what_was_sent_is_let_go_of_at_once(stage: Stage, rung: Rung) -> None:
    """And not when the garbage collector comes by: until then ten results of ten pictures can be on their way."""
    stage.close_below(rung)
    picture = OutputPicture(1, f"easel-{JOB}-1.png", PNG + bytes(MEBIBYTE))
    held = sys.getrefcount(picture.data)
    gc.disable()
    try:
        await stage.announcer.deliver(stage.job, [picture])
        left = sys.getrefcount(picture.data)
    finally:
        gc.enable()
    assert left == held


def test_a_form_takes_no_copy_of_what_is_sent() -> None:
    picture = OutputPicture(1, f"easel-{JOB}-1.png", bytes(10 * MEBIBYTE))
    content = filling.Content(lambda _: discord.ui.LayoutView(), [picture])
    tracemalloc.start()
    try:
        with content.files(content.pictures) as files:
            form = aiohttp.FormData()
            form.add_field("files[0]", files[0].fp, filename=files[0].filename)
            form()
            assert tracemalloc.get_traced_memory()[1] < MEBIBYTE
    finally:
        tracemalloc.stop()


async def test_no_file_is_larger_than_a_request(stage: Stage) -> None:
    stage.job = replace(stage.job, answer=replace(stage.job.answer, file_limit=100 * MEBIBYTE))
    with pytest.raises(FilesTooLarge) as caught:
        await stage.announcer.deliver(stage.job, [OutputPicture(1, "huge.png", b"x" * (25 * MEBIBYTE))])
    assert caught.value.limit == 24 * MEBIBYTE
    assert stage.calls == []


async def test_a_new_message_that_was_filled_and_is_sent_again_is_filled_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "REQUEST_LIMIT", len(PICTURES[0].data))
    stage.close_below(Rung.NEW_MESSAGE)
    gone = refused(Refusal.UNKNOWN_MESSAGE)
    stage.strike(Rung.AUTHOR, gone, KINDS["reset after its effect"], gone)
    place, tries = await persist(stage)
    assert tries > 1
    stage.assert_delivered(place)


async def test_a_failure_that_is_refused_for_its_size_goes_up_the_ladder(stage: Stage) -> None:
    """It has no files to make smaller."""
    stage.strike(Rung.TOKEN, refused(Refusal.TOO_LARGE))
    assert await stage.announcer.announce_failure(stage.job, VendorBusy()) == place_of(stage.card)
    assert "too busy" in stage.card.text


async def test_a_bot_token_that_was_reset_ends_no_job(stage: Stage) -> None:
    """The next process has another one."""
    stage.expire()
    stage.strike(Rung.AUTHOR, refused(Refusal.UNAUTHORIZED))
    with pytest.raises(TryLater):
        await stage.announcer.deliver(stage.job, PICTURES)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WAITED_OUT])
async def test_no_trouble_brings_a_secret_into_the_log(stage: Stage, kind: str) -> None:
    """What keeps a delivery waiting is logged; what aiohttp raises may show the request, and that the tokens."""
    stage.strike(Rung.TOKEN, KINDS[kind])
    with pytest.raises(TryLater) as caught:
        await stage.impatient.deliver(stage.job, PICTURES)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__cause__)
    assert stage.interaction.token not in told
    assert stage.server.token not in told


async def test_a_page_where_json_should_be_holds_up_nothing(stage: Stage) -> None:
    """A 429 that looks as if it came from Discord itself."""
    stage.strike(Rung.TOKEN, Respond(429, "<h1>Slow down</h1>", {"Via": "1.1 google"}))
    with pytest.raises(TryLater):
        await stage.announcer.deliver(stage.job, PICTURES)


async def test_a_letter_is_edited_where_it_is(stage: Stage) -> None:
    """Even for a private answer, which the bot can't edit without its token."""
    stage.close_below(Rung.DIRECT_MESSAGE)
    place = await stage.announcer.announce_failure(stage.job, VendorBusy())
    stage.job = replace(
        stage.job,
        message_id=place.message_id,
        message_channel_id=place.channel_id,
        answer=replace(stage.job.answer, private=True),
    )
    stage.expire()
    assert stage.assert_delivered(await stage.announcer.deliver(stage.job, PICTURES)) is stage.mailbox.messages[0]
    assert len(stage.mailbox.messages) == 1


# --------------------------------------------------------------------------------------------------- other places


@pytest.mark.parametrize("late", [False, True])
async def test_an_archived_thread_is_opened_again_and_its_card_edited(stage: Stage, *, late: bool) -> None:
    thread = stage.guild.thread(stage.channel)
    await stage.ask(thread)
    if late:
        stage.expire()
    await stage.server.archive(thread)
    assert stage.assert_delivered(await stage.announcer.deliver(stage.job, PICTURES)) is stage.card
    assert not thread.archived


async def test_from_a_thread_that_was_locked_the_pictures_come_by_direct_message(stage: Stage) -> None:
    thread = stage.guild.thread(stage.channel)
    await stage.ask(thread)
    await stage.server.archive(thread, locked=True)
    assert stage.assert_delivered(await stage.announcer.deliver(stage.job, PICTURES)) in stage.mailbox.messages
    assert thread.archived, "that is for its moderators to change"


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("group", [False, True])
async def test_where_the_bot_is_no_member_there_is_the_token_and_then_a_direct_message(
    stage: Stage, *, group: bool, private: bool
) -> None:
    world = stage.server.world
    if group:
        await stage.ask(world.group(world.user("bob"), stage.ann.user))
    else:
        elsewhere = world.guild()
        elsewhere.installed = False
        stage.ann = elsewhere.member(stage.ann.user)
        await stage.ask(elsewhere.channel())
    stage.job = replace(stage.job, answer=replace(stage.job.answer, private=private))
    assert stage.assert_delivered(await stage.announcer.deliver(stage.job, PICTURES)) is stage.card
    world.delete(stage.card)
    stage.expire()
    message = stage.assert_delivered(await stage.announcer.deliver(stage.job, PICTURES))
    assert message in stage.mailbox.messages, "the member's own, whoever else is in the group"


async def test_what_was_made_in_a_channel_for_adults_is_veiled_outside_of_it(stage: Stage) -> None:
    stage.job = replace(stage.job, answer=replace(stage.job.answer, age_restricted=True))
    await stage.announcer.deliver(stage.job, PICTURES)
    assert veiled(stage.card) == [False, False], "its guild's policy was not to"
    stage.close_below(Rung.DIRECT_MESSAGE)
    stage.expire()
    place = await stage.announcer.deliver(stage.job, PICTURES)
    (letter,) = stage.mailbox.messages
    assert veiled(letter) == [True, True]
    stage.job = replace(stage.job, message_id=place.message_id, message_channel_id=place.channel_id)
    await stage.announcer.deliver(stage.job, PICTURES)
    assert veiled(letter) == [True, True], "edited, too"


@pytest.mark.parametrize("rung", [rung for rung in RUNGS if rung is not Rung.DIRECT_MESSAGES], ids=name)
async def test_what_is_veiled_is_so_on_every_rung(stage: Stage, rung: Rung, monkeypatch: pytest.MonkeyPatch) -> None:
    """In several edits, too."""
    monkeypatch.setattr(filling, "REQUEST_LIMIT", len(PICTURES[0].data))
    stage.job = replace(stage.job, answer=replace(stage.job.answer, spoiler=True))
    stage.close_below(rung)
    await stage.announcer.deliver(stage.job, PICTURES)
    (message,) = stage.shown
    assert veiled(message) == [True, True]


def veiled(message: Message) -> list[bool]:
    """Of each picture, whether it is a spoiler, in the gallery and as a file."""
    (gallery,) = [each for each in walk(message.components) if each["type"] == MEDIA_GALLERY]
    shown = [bool(item.get("spoiler")) for item in gallery["items"]]
    assert [each.filename.startswith("SPOILER_") for each in message.attachments] == shown
    return shown


# -------------------------------------------------------------------------------------------------- how it stands


async def test_a_card_says_why_its_job_waits_and_can_be_canceled(stage: Stage) -> None:
    await stage.announcer.show_waiting(stage.job, None)
    assert "Waiting for its turn" in stage.card.text
    assert list(stage.card.controls) == [f"easel:cancel:{stage.job.id}"]
    await stage.announcer.show_waiting(stage.job, OutOfCredit())
    assert "no credit left at Replicate" in stage.card.text
    stage.expire()
    await stage.announcer.show_waiting(stage.job, VendorBusy())
    assert "very busy" in stage.card.text, "edited by its author, for want of a token"
    await stage.announcer.show_progress(stage.job, stage.server.clock.now(), stage.job.hold)
    assert "Painting with GPT Image 2" in stage.card.text
    assert list(stage.card.controls) == [f"easel:cancel:{stage.job.id}"]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_keeps_a_card_from_changing_is_no_trouble(stage: Stage, kind: str) -> None:
    stage.strike(Rung.TOKEN, KINDS[kind])
    await stage.impatient.show_waiting(stage.job, None)
    await stage.announcer.show_progress(stage.job, stage.server.clock.now(), stage.job.hold)
    assert "Painting" in stage.card.text
    assert [*stage.channel.messages, *stage.mailbox.messages] == [stage.card]


async def test_a_card_out_of_reach_is_left_as_it_is(stage: Stage) -> None:
    stage.server.world.delete(stage.card)
    await stage.announcer.show_waiting(stage.job, None)
    assert [status for _, _, status in stage.calls] == [404, 404]
    assert stage.channel.messages == [stage.card]


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("rung", [Rung.TOKEN, Rung.AUTHOR], ids=name)
async def test_a_long_limit_is_told_at_once_and_holds_up_no_later_call(stage: Stage, rung: Rung, scope: Scope) -> None:
    """discord.py would sleep it out; and after a global one that was canceled, let no call of the process pass."""
    if rung is Rung.AUTHOR:
        stage.expire()
    stage.strike(rung, rate_limited(600, scope=scope))
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(TryLater):
            await stage.announcer.deliver(stage.job, PICTURES)
    stage.strike(rung, rate_limited(0.05, scope=scope))
    place, _ = await persist(stage)
    stage.assert_delivered(place)
