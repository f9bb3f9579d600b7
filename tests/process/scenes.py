"""What happens to a process until it dies at a call of a port: one scene for each way that leads there.

A scene starts a process, arms it, and makes it reach the call; what it ordered of the world holds until then. Where it
does something first that needs the process, it arms after that.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from bot.demo.replicate_faults import Hang, LoseAnswer, Reset, Respond, Wait, out_of_credit, throttled
from bot.domain.moderation import ReviewStage
from bot.service.dispatch import MOST_TRIES
from tests.process.commands import Command
from tests.process.deployment import NO_OPENAI, OPENAI_KEY, png
from tests.process.kill_points import LONGEST_SLEEP
from tests.process.stage import Stage
from tests.wire import faults
from tests.wire.discord_server import File, Message, Route
from tests.wire.places import EVERYDAY, Permission

Scene: TypeAlias = Callable[[Stage], Awaitable[None]]

CREATES = "*/predictions"
HURRIED = {LONGEST_SLEEP: "0.1"}
UNTOLD = {"PUBLIC_URL": ""}
"""Replicate sends no webhooks."""

HOUR = 3600.0
DAY = 25 * HOUR
"""Longer than a review waits."""


async def a_plain_request(stage: Stage) -> None:
    await stage.start()
    stage.arm()
    await stage.imagine("a plain heron")


async def a_start_with_a_run_in_flight(stage: Stage) -> None:
    await _in_flight(stage, "a heron in flight")
    stage.arm()
    await stage.start(connected=False)


async def a_wait(stage: Stage) -> None:
    """Whatever goes round while a run is in flight."""
    await stage.start(HURRIED)
    stage.replicate.end_gate.hold()
    await stage.created(await stage.imagine("a heron that takes its time"))
    stage.arm()


async def attached_pictures(stage: Stage) -> None:
    await stage.start()
    stage.arm()
    small, large = (File(f"{side}.png", png(side), "image/png") for side in (12, 320))
    await stage.imagine("these two herons", image=small, image_2=large)


async def a_picture_that_is_judged(stage: Stage) -> None:
    await stage.start({"OPENAI_MODERATION_KEY": OPENAI_KEY, "OPENAI_API_URL": NO_OPENAI})
    stage.arm()
    await stage.imagine("this heron", image=File("12.png", png(12), "image/png"))


async def _in_flight(stage: Stage, prompt: str) -> None:
    """A request that runs at Replicate, and whose process is no more."""
    await stage.start()
    stage.replicate.end_gate.hold()
    stage.die_at("submission.Submissions._started: Store.advance to running", "after")
    await stage.imagine(prompt)
    await stage.killed()


async def an_attachment_that_is_no_picture(stage: Stage) -> None:
    await stage.start()
    stage.arm()
    await stage.imagine("this heron", image=File("heron.png", b"this is text", "image/png"))


async def a_kept_picture_that_is_gone(stage: Stage) -> None:
    await _staged(stage, "a heron that was let go")
    for each in (stage.deployment.data / "blobs").glob("*.blob"):
        each.unlink()
    stage.arm()
    await stage.start(connected=False)


async def a_kept_picture_that_is_damaged(stage: Stage) -> None:
    """No repetition gets past it."""
    await _staged(stage, "a heron that was damaged")
    for each in (stage.deployment.data / "blobs").glob("*.blob"):
        each.write_bytes(each.read_bytes()[:-20])
    stage.arm()
    await stage.start(HURRIED, connected=False, well=False)


async def _staged(stage: Stage, prompt: str) -> None:
    """A request whose pictures are read, and whose process is no more."""
    await stage.start()
    stage.die_at("fulfilment.Fulfilment._stage: Store.advance to queued", "after")
    await stage.imagine(prompt, image=File("heron.png", png(), "image/png"))
    await stage.killed()


async def another_try_with_kept_pictures(stage: Stage) -> None:
    await stage.start()
    refused = Respond(422, {"title": "Input validation failed", "detail": "- input: no heron\n", "status": 422})
    stage.replicate.faults.order(refused, method="POST", path=CREATES)
    first = await stage.imagine("a heron at the second try", image=File("heron.png", png(), "image/png"))
    await stage.recorded(first, "failed")
    stage.arm()
    await stage.again(first)


async def a_refusal_by_the_safety_system(stage: Stage) -> None:
    await stage.start()
    stage.arm()
    await stage.imagine("a forbidden heron")


async def a_click(stage: Stage) -> None:
    await stage.start()
    command = await stage.imagine("a heron to look into")
    await command.interaction.until(lambda message: message.pictures)
    await stage.recorded(command, "succeeded")
    stage.arm()
    await stage.click(command, "details")


async def a_click_on_cancel(stage: Stage) -> None:
    await stage.start()
    stage.replicate.end_gate.hold()
    command = await stage.imagine("a heron that is called off")
    await command.interaction.answered()
    await stage.created(command)
    stage.arm()
    await stage.click(command, "cancel")


async def a_full_house(stage: Stage) -> None:
    """One run at a time: the second request waits for its turn, and for long."""
    await stage.start({"EASEL_MAX_IN_FLIGHT": "1"})
    stage.replicate.end_gate.hold()
    await stage.created(await stage.imagine("the first heron"))
    await (await stage.imagine("the second heron")).interaction.answered()
    stage.arm()
    stage.ahead(10)
    stage.replicate.end_gate.release()


async def a_line_that_moves(stage: Stage) -> None:
    """One run at a time: the second request is called off, and the third moves up."""
    await stage.start({"EASEL_MAX_IN_FLIGHT": "1"} | HURRIED)
    stage.replicate.end_gate.hold()
    await stage.created(await stage.imagine("the first heron"))
    second = await stage.imagine("the second heron")
    await second.interaction.until(lambda message: "Next in line" in message.text)
    third = await stage.imagine("the third heron")
    await third.interaction.until(lambda message: "1 request is ahead" in message.text)
    stage.arm()
    await stage.click(second, "cancel")


async def a_create_that_replicate_refuses(stage: Stage) -> None:
    await stage.start()
    stage.arm()
    refused = Respond(422, {"title": "Input validation failed", "detail": "- input: no heron\n", "status": 422})
    stage.replicate.faults.order(refused, method="POST", path=CREATES)
    await stage.imagine("a heron that is refused")


async def a_create_that_is_throttled(stage: Stage) -> None:
    await stage.start()
    stage.arm()
    stage.replicate.faults.order(throttled(1), method="POST", path=CREATES)
    await stage.imagine("a heron in its turn")


async def a_create_without_credit(stage: Stage) -> None:
    """Whoever starts after that does so a minute later, when it is tried again."""
    await stage.start(well=False)
    stage.arm()
    stage.replicate.faults.order(out_of_credit(), method="POST", path=CREATES)
    await stage.imagine("a heron on credit")
    await stage.killed()
    stage.ahead(70)


async def a_create_that_is_throttled_for_too_long(stage: Stage) -> None:
    await stage.start()
    stage.arm()
    stage.replicate.faults.order(throttled(1), method="POST", path=CREATES, times=2)
    await stage.imagine("a heron that waits too long")
    await stage.run.logged("Replicate took nothing; the job keeps its turn")
    stage.ahead(HOUR + 100)


async def a_create_whose_answer_is_lost(stage: Stage) -> None:
    await stage.start()
    stage.arm()
    stage.replicate.start_gate.hold()  # a webhook would bring the id that the answer didn't
    stage.replicate.faults.order(LoseAnswer(), method="POST", path=CREATES)
    await stage.imagine("a heron whose answer is lost")


async def a_create_that_never_arrives(stage: Stage) -> None:
    await stage.start()
    stage.arm()
    stage.replicate.faults.order(Reset(), method="POST", path=CREATES)
    await stage.imagine("a heron that never arrives")


async def a_create_that_can_not_be_told(stage: Stage) -> None:
    """Its answer is lost, and Replicate has forgotten its input by the time that it is looked for."""
    await stage.start(UNTOLD)
    stage.replicate.faults.order(Hang(done=True), method="POST", path=CREATES)
    command = await stage.imagine("a heron that is forgotten")
    await stage.created(command)
    await stage.kill()
    await stage.ended(command)
    stage.forget(command)
    stage.arm()
    await stage.start(connected=False)


async def a_run_without_an_end(stage: Stage) -> None:
    await _in_flight(stage, "a heron without end")
    stage.ahead(700)
    stage.arm()
    await stage.start(connected=False)


async def a_run_that_is_canceled(stage: Stage) -> None:
    await _in_flight(stage, "a heron on second thoughts")
    stage.cancel(stage.commands[-1])
    stage.arm()
    await stage.start(connected=False)


async def a_run_that_is_canceled_too_late(stage: Stage) -> None:
    await _in_flight(stage, "a heron on late thoughts")
    stage.replicate.end_gate.release()
    await stage.ended(stage.commands[-1])
    stage.cancel(stage.commands[-1])
    stage.arm()
    await stage.start(connected=False)


async def a_create_that_is_canceled_and_never_arrived(stage: Stage) -> None:
    await stage.start()
    stage.die_at("submission.Submissions._create: Predictions.create", "before")
    await stage.imagine("a heron on early thoughts")
    await stage.killed()
    stage.cancel(stage.commands[-1])
    stage.arm()
    await stage.start(connected=False)


async def a_wait_in_the_queue_that_is_too_long(stage: Stage) -> None:
    await stage.start()
    stage.die_at("admission.Admission._admit: Store.admit", "after")
    await stage.imagine("a heron whose turn never came")
    await stage.killed()
    stage.ahead(HOUR + 100)
    stage.arm()
    await stage.start(connected=False)


async def a_twin(stage: Stage) -> None:
    """The first create takes its time on the way, and arrives when the second is long done."""
    await stage.start()
    arrives = asyncio.Event()
    stage.replicate.faults.order(Wait(arrives), method="POST", path=CREATES)
    command = await stage.imagine("a heron and its twin")
    await stage.replicate.until(lambda: not stage.replicate.faults.pending)
    await stage.kill()
    await stage.start()
    await stage.settled()
    await stage.kill()
    stage.replicate.end_gate.hold()
    arrives.set()
    await stage.replicate.until(lambda: len(stage.replicate.runs) == 2)
    stage.twins.append(command)
    stage.ahead(100)
    stage.arm()
    await stage.start(HURRIED, connected=False, well=False)


async def a_stop(stage: Stage) -> None:
    await stage.start()
    stage.replicate.end_gate.hold()
    await stage.created(await stage.imagine("a heron to come back to"))
    stage.arm()
    stage.run.terminate()


async def a_webhook_that_comes_late(stage: Stage) -> None:
    await stage.start()
    command = await stage.imagine("a heron that is told of twice")
    await command.interaction.until(lambda message: message.pictures)
    await stage.recorded(command, "succeeded")
    stage.arm()
    await stage.repeat_webhook()


async def answers_that_make_no_sense(stage: Stage) -> None:
    """No repetition gets past them."""
    await stage.start(HURRIED, well=False)
    stage.arm()
    stage.discord.faults.inject(
        "PATCH", Route.WEBHOOK_MESSAGE, *[faults.Respond(200, {"id": "none", "channel_id": "none"})] * MOST_TRIES
    )
    await stage.imagine("a heron without an answer")


async def files_that_are_gone(stage: Stage) -> None:
    await stage.start()
    stage.arm()
    stage.replicate.faults.order(Respond(404), path="/delivery/*")
    await stage.imagine("a heron that flew away")


async def a_card_that_was_deleted(stage: Stage) -> None:
    await stage.start()
    stage.replicate.end_gate.hold()
    command = await stage.imagine("a heron on a card of its own")
    await stage.created(command)
    await command.interaction.answered()
    stage.discord.world.delete(command.message)
    stage.arm()
    stage.replicate.end_gate.release()


async def a_picture_that_is_too_large(stage: Stage) -> None:
    strict = stage.discord.world.guild(attachment_size_limit=8_000)
    await stage.start()
    stage.arm()
    await stage.imagine("a grainy heron", guild=strict, format="png")


async def nobody_to_answer(stage: Stage) -> None:
    await _out_of_reach(stage)
    stage.arm()
    stage.replicate.end_gate.release()


async def pictures_that_are_called_for(stage: Stage) -> None:
    """They could not be delivered, and their member finds them in `/jobs`."""
    command = await _out_of_reach(stage)
    stage.replicate.end_gate.release()
    job_id = await stage.recorded(command, "succeeded")
    listed = await stage.discord.slash(command.interaction.actor, command.channel, "jobs")
    message = await listed.until(lambda message: f"easel:kept:{job_id}" in message.controls)
    stage.arm()
    await stage.discord.click(command.interaction.actor, message, f"easel:kept:{job_id}")


async def _out_of_reach(stage: Stage) -> Command:
    """A request in a private message that is gone, of a member who takes no direct messages."""
    await stage.start()
    stage.replicate.end_gate.hold()
    command = await stage.imagine("a shy heron", private=True)
    await stage.created(command)
    await command.interaction.answered()
    command.interaction.user.accepts_direct_messages = False
    stage.discord.world.delete(command.message)
    stage.unreachable.append(command)
    return command


async def an_edit_that_stumbles(stage: Stage) -> None:
    await stage.start(HURRIED, well=False)
    stage.arm()
    stage.discord.faults.inject("PATCH", Route.WEBHOOK_MESSAGE, faults.Reset())
    await stage.imagine("a heron that stumbles")


async def a_run_without_webhooks(stage: Stage) -> None:
    await stage.start(UNTOLD | HURRIED)
    stage.arm()
    await stage.imagine("a heron that is asked for")


async def a_run_on_no_list(stage: Stage) -> None:
    await _in_flight(stage, "a heron on no list")
    stage.ahead(60)
    stage.arm()
    empty = Respond(200, {"previous": None, "next": None, "results": []})
    stage.replicate.faults.order(empty, method="GET", path="/v1/predictions")
    await stage.start(UNTOLD | HURRIED, connected=False)


async def a_request_to_review(stage: Stage) -> None:
    """Whoever starts after that comes when nobody has decided for long."""
    await stage.start()
    await stage.let_review(ReviewStage.REQUEST)
    stage.arm()
    await stage.imagine("a heron to look at first")
    await stage.killed()
    stage.ahead(DAY)


async def a_result_to_review(stage: Stage) -> None:
    await stage.start()
    await stage.let_review(ReviewStage.RESULT)
    stage.arm()
    await stage.imagine("a heron to look at afterwards")
    await stage.killed()
    stage.ahead(DAY)


async def a_review_that_expires(stage: Stage) -> None:
    await stage.start(HURRIED)
    await _under_review(stage, ReviewStage.RESULT, "a heron that nobody looks at")
    stage.arm()
    stage.ahead(DAY)


async def a_review_of_what_is_canceled(stage: Stage) -> None:
    await stage.start()
    await _under_review(stage, ReviewStage.REQUEST, "a heron that is called off in time")
    await stage.kill()
    stage.cancel(stage.commands[-1])
    stage.arm()
    await stage.start(connected=False)


async def a_click_on_approve(stage: Stage) -> None:
    await stage.start()
    card = await _under_review(stage, ReviewStage.REQUEST, "a heron that is let through")
    reviewer = stage.deployment.guild.member("mo", permissions=EVERYDAY | Permission.MANAGE_MESSAGES)
    (look,) = card.controls
    shown = await (await stage.discord.click(reviewer, card, look)).until(lambda message: len(message.controls) == 3)
    (approve,) = (each for each in shown.controls if ":approve:" in each)
    stage.arm()
    await stage.discord.click(reviewer, shown, approve)


async def _under_review(stage: Stage, at: ReviewStage, prompt: str) -> Message:
    """A request that waits for reviewers, and their card."""
    desk = await stage.let_review(at)
    await stage.imagine(prompt)
    await stage.run.logged("waiting for a reviewer")
    (card,) = desk.messages
    return card
