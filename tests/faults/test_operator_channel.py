"""What the operator is told in their channel: as it begins, as it is over, and not again by whoever starts next."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.typing import EventDict

from bot.chat.operator_channel import SHOWN, TITLES, DiscordOperatorChannel, notices_card
from bot.demo.replicate_faults import Respond, out_of_credit
from bot.demo.replicate_runs import Ending
from bot.domain.incident import SETTLED, Incident, IncidentKind
from bot.service.incidents import ROUND_SECONDS, IncidentWatch
from bot.service.ports import Notice, NoticePost
from bot.service.soundings import UNHEARD
from bot.storage.incidents import FIRST_PAUSE, WINDOW, SqlIncidents
from tests.chat.pictures import png
from tests.clocks import NOON, ManualClock
from tests.faults.scenes import ROUTES
from tests.faults.stage import Stage, open_stage
from tests.faults.test_discord import STRUCK
from tests.wire.discord_server import File, Message, Route
from tests.wire.faults import KINDS


@pytest.fixture
def name() -> str:
    """Of the scene."""
    return "create"


@pytest.fixture
async def stage(stage: Stage) -> Stage:
    """Easel, with an operator channel."""
    await with_operator_channel(stage)
    return stage


async def with_operator_channel(stage: Stage) -> None:
    await stage.stop()
    channel = stage.guild.channel()
    stage.settings = stage.settings.model_copy(update={"easel_operator_channel_id": channel.id})
    await stage.start()


def cards(stage: Stage) -> list[Message]:
    return [each for each in stage.left if each.channel.id == stage.settings.easel_operator_channel_id]


def told(stage: Stage) -> list[str]:
    """The titles of what stands in the channel, oldest first."""
    return [
        f"{over}{title}"
        for card in cards(stage)
        for title in TITLES.values()
        for over in ("Over: ", "")
        if f"**{over}{title}**" in str(card.components)
    ]


def operator_channel(stage: Stage) -> DiscordOperatorChannel:
    assert stage.settings.easel_operator_channel_id is not None
    return DiscordOperatorChannel(stage.app.client, stage.settings.easel_operator_channel_id)


async def until_told(stage: Stage, *titles: str) -> None:
    async with asyncio.timeout(1_200):
        while told(stage) != list(titles):
            await stage.clock.sleep(5)  # which takes no time


CREDIT, TOKEN = TITLES[IncidentKind.NO_CREDIT], TITLES[IncidentKind.REPLICATE_TOKEN]


async def test_without_credit_as_it_begins_and_as_it_is_over_whoever_starts_meanwhile(stage: Stage) -> None:
    stage.replicate.faults.order(out_of_credit(), method="POST", path=ROUTES["create"][1], times=None)
    await stage.imagine()
    await until_told(stage, CREDIT)
    (card,) = cards(stage)
    assert card.allowed_mentions == {"parse": []}, "nobody is called"
    assert "https://replicate.com/account/billing" in str(card.components)
    await stage.stop()
    await stage.start()
    await stage.clock.sleep(2 * SETTLED.total_seconds())
    assert told(stage) == [CREDIT], "it goes on, and was told"
    stage.replicate.faults.withdraw()
    await stage.ended()
    await until_told(stage, CREDIT, f"Over: {CREDIT}")


async def test_a_token_that_is_refused_until_it_is_taken_again(stage: Stage) -> None:
    stage.replicate.faults.order(Respond(401, {"detail": "Unauthenticated"}), method="POST", times=None)
    await stage.imagine()
    await stage.ended()
    await until_told(stage, TOKEN)
    assert stage.settings.replicate_api_token.get_secret_value() not in str(cards(stage)[0].components)
    stage.replicate.faults.withdraw()
    await stage.imagine()
    await stage.ended()
    await until_told(stage, TOKEN, f"Over: {TOKEN}")


@pytest.mark.parametrize("settings", [{"easel_daily_spend_usd": 0.03}])
async def test_a_ceiling_that_is_near_and_reached(stage: Stage) -> None:
    spending = TITLES[IncidentKind.SPENDING]
    await stage.imagine()
    await stage.ended()
    await stage.clock.sleep(2 * ROUND_SECONDS)
    assert told(stage) == []
    await stage.imagine()  # 0.024, and nothing costs less than 0.012
    await stage.ended()
    await until_told(stage, spending)
    words = str(cards(stage)[0].components)
    assert "$0.02 of the day's $0.03" in words
    assert words.count("refused until midnight (UTC)") == 1, "all of it at once, so of 80 % nothing is told"


@pytest.mark.parametrize("settings", [{"openai_api_key": SecretStr("sk-thekeythatmustnotleak")}])
async def test_runs_that_fail_since_openai_refuses_the_operators_key(stage: Stage) -> None:
    for code in ("E002", "E002", "E001"):
        stage.replicate.endings.append(Ending("failed", error=f"Prediction failed: the key ({code})"))
        await stage.imagine()
        await stage.ended()
    title = TITLES[IncidentKind.OPENAI_KEY]
    await until_told(stage, title, title)
    words = " ".join(str(each.components) for each in cards(stage))
    assert words.count("OpenAI refuses the key in OPENAI_API_KEY") == 1
    assert words.count("no credit left") == 1
    assert "sk-" not in words


async def test_a_job_that_is_given_up_over_a_mistake_of_ours(data: Path, log: list[EventDict]) -> None:
    async with open_stage(data, log) as stage:
        await with_operator_channel(stage)
        stage.replicate.faults.order(out_of_credit(), method="POST", path=ROUTES["create"][1], times=None)
        await stage.imagine(prompt="a secret fox", image=File("fox.png", png(), "image/png"))
        await until_told(stage, CREDIT)
        for each in (data / "blobs").glob("*.blob"):
            each.write_bytes(each.read_bytes()[:-20])  # so that it can never be read again
        stage.replicate.faults.withdraw()
        await stage.ended()
        (job,) = stage.rows()
        await until_told(stage, CREDIT, TITLES[IncidentKind.MISTAKE])
        words = str(cards(stage)[1].components)
        assert f"`{job.id}`" in words
        assert "secret fox" not in words


async def test_webhooks_that_never_arrive(data: Path, log: list[EventDict]) -> None:
    async with open_stage(data, log, webhooks=True) as stage:
        await with_operator_channel(stage)
        stage.relay_webhooks(on=False)
        for number in range(UNHEARD):
            assert told(stage) == [], number
            await stage.imagine()
            await stage.ended()
        await until_told(stage, TITLES[IncidentKind.WEBHOOKS])
        assert f"{stage.settings.public_url}/webhooks/replicate/" in str(cards(stage)[0].components)
        stage.relay_webhooks(on=True)
        await stage.imagine()
        await stage.ended()
        await until_told(stage, TITLES[IncidentKind.WEBHOOKS], f"Over: {TITLES[IncidentKind.WEBHOOKS]}")


async def test_a_post_that_discord_stumbles_over_is_made_once(stage: Stage) -> None:
    incidents, clock = SqlIncidents(stage.app.store.database), ManualClock()
    channel = operator_channel(stage)
    watch = IncidentWatch(incidents, channel, clock)
    for number, kind in enumerate(STRUCK, 1):
        watch.report(Incident(IncidentKind.MISTAKE, kind, subject=kind, passing=True))
        await watch.look()
        stage.discord.faults.inject("POST", Route.MESSAGES, KINDS[kind])
        for _ in range(3):
            await watch.tell()
            clock.advance(FIRST_PAUSE.total_seconds())
        assert stage.discord.faults.left == [], "it struck"
        assert len(cards(stage)) == number, kind
        clock.advance(WINDOW.total_seconds())


async def test_who_dies_with_the_card_out_is_followed_by_one_who_makes_no_second(stage: Stage) -> None:
    incidents, clock = SqlIncidents(stage.app.store.database), ManualClock()
    channel = operator_channel(stage)
    await incidents.seen([Incident(IncidentKind.QUEUE, "Look at the log.")], clock.now())
    post = await incidents.claim_post(clock.now())
    assert post is not None
    await channel.post(post)
    clock.advance(FIRST_PAUSE.total_seconds())
    for _ in range(2):
        await IncidentWatch(incidents, channel, clock).tell()
    assert len(cards(stage)) == 1
    assert await incidents.claim_post(clock.now() + timedelta(hours=1)) is None, "it counts as posted now"


async def test_a_channel_that_is_gone_is_left_to_the_log(stage: Stage) -> None:
    incidents, clock = SqlIncidents(stage.app.store.database), ManualClock()
    watch = IncidentWatch(incidents, DiscordOperatorChannel(stage.app.client, 1), clock)
    watch.report(Incident(IncidentKind.QUEUE, "Look at the log."))
    for _ in range(3):
        await watch.look(settles=False)
        await watch.tell()
        clock.advance(FIRST_PAUSE.total_seconds())
    events = [each["event"] for each in stage.log]
    assert events.count("the operator channel can't be written to") == 1
    assert events.count("this needs the operator") == 1


def test_the_largest_card_fits_into_a_message() -> None:
    words = "w" * 2_000
    notices = [
        Notice(kind, f"{'s' * 60}{number}", words, NOON, NOON + timedelta(hours=3), over=over)
        for kind in IncidentKind
        for number in range(SHOWN + 5)
        for over in (False, True)
    ]
    view = notices_card(notices)
    assert view.content_length() <= 4_000
    one = notices_card(NoticePost("id", notices[:1]).notices)
    assert f"**{TITLES[notices[0].kind]}**" in str(one.to_components())
