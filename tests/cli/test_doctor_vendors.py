"""What `easel doctor` finds at Replicate and OpenAI, and of the clock."""

from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.demo.openai_server import OpenAiServer
from bot.demo.replicate_server import ReplicateServer
from bot.doctor.clock_check import check_clock
from bot.doctor.findings import Finding, State
from bot.doctor.replicate_check import check_openai, check_replicate
from bot.service.clock import SystemClock
from bot.settings import GivenSettings

TOKEN = "r8_thetokenthatmustnotleak"
KEY = "sk-thekeythatmustnotleak"
GPT_IMAGE_2, GPT_IMAGE_1_5 = "openai/gpt-image-2", "openai/gpt-image-1.5"


@pytest.fixture
async def replicate() -> AsyncIterator[ReplicateServer]:
    async with ReplicateServer(token=TOKEN) as server:
        yield server


async def told(findings: AsyncGenerator[Finding]) -> list[tuple[str, State, str]]:
    found = [each async for each in findings]
    assert TOKEN not in str(found)
    assert KEY not in str(found)
    return [(each.check, each.state, f"{each.finding}. {each.advice}") for each in found]


async def test_what_the_models_take_now(replicate: ReplicateServer) -> None:
    """One that drifted in every way, one that is gone, and one that is as it was; and nothing ran."""
    schemas = replicate.schemas[GPT_IMAGE_2]["components"]["schemas"]
    schemas["quality"]["enum"] = ["low", "medium", "auto", "ultra"]
    properties = schemas["Input"]["properties"]
    properties["number_of_images"] |= {"maximum": 4}
    properties["output_compression"] |= {"default": 80}
    properties["seed"] = {"type": "integer"}
    del properties["background"]
    del replicate.schemas[GPT_IMAGE_1_5]
    settings = GivenSettings(
        replicate_api_token=SecretStr(TOKEN),
        replicate_api_url=replicate.url,
        easel_models=(GPT_IMAGE_1_5, "openai/gpt-image-2.5-flare"),
    )
    token, *found = await told(check_replicate(settings))
    assert token == ("token", State.OK, "is of the account easel-demo. ")
    drifts = {words.partition(".")[0]: (state, words) for check, state, words in found if check == GPT_IMAGE_2}
    assert {what: state for what, (state, _) in drifts.items()} == {
        "quality can no longer be high": State.ERROR,
        "quality can be ultra now": State.WARNING,
        "no longer takes background": State.ERROR,
        "the default of output_compression is 80 now, no longer 90": State.WARNING,
        "number_of_images must be at most 4 now, no longer at most 10": State.ERROR,
        "has a new input, seed (integer)": State.WARNING,
    }
    assert all(("Nothing breaks" in words) is (state is State.WARNING) for state, words in drifts.values())
    assert all(("Update Easel" in words) is (state is State.ERROR) for state, words in drifts.values())
    assert [(check, state) for check, state, _ in found[len(drifts) :]] == [
        (GPT_IMAGE_1_5, State.ERROR),
        ("openai/gpt-image-2.5-flare", State.OK),
    ]
    assert {each.method for each in replicate.requests} == {"GET"}


async def test_a_model_whose_schema_is_not_published(replicate: ReplicateServer) -> None:
    replicate.schemas[GPT_IMAGE_2] = {}
    settings = GivenSettings(replicate_api_token=SecretStr(TOKEN), replicate_api_url=replicate.url)
    assert (await told(check_replicate(settings)))[1][:2] == (GPT_IMAGE_2, State.SKIPPED)
    replicate.schemas[GPT_IMAGE_2] = {"openapi": "4.0"}
    assert (await told(check_replicate(settings)))[1][:2] == (GPT_IMAGE_2, State.WARNING)


async def test_keys_of_openai() -> None:
    async with OpenAiServer(KEY, restricted=("sk-restricted",)) as openai:

        async def states(key: str | None, moderation: str | None = None) -> list[tuple[str, State]]:
            settings = GivenSettings(
                openai_api_key=SecretStr(key) if key else None,
                openai_moderation_key=SecretStr(moderation) if moderation else None,
                openai_api_url=openai.url,
            )
            return [(check, state) for check, state, _ in await told(check_openai(settings))]

        assert await states(None) == [("keys", State.SKIPPED)]
        assert await states(KEY, "sk-no") == [("OPENAI_API_KEY", State.OK), ("OPENAI_MODERATION_KEY", State.ERROR)]
        assert await states("sk-restricted") == [("OPENAI_API_KEY", State.ERROR)]
    assert await states(KEY) == [("OPENAI_API_KEY", State.WARNING)]


class Ahead(SystemClock):
    def __init__(self, seconds: float) -> None:
        self._by = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._by


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (0, State.OK, "has the same time"),
        (20, State.WARNING, "s ahead of it"),
        (-20, State.WARNING, "s behind it"),
        (90, State.ERROR, "s ahead of it"),
        (-90, State.ERROR, "s behind it"),
    ],
)
async def test_the_clock(replicate: ReplicateServer, tmp_path: Path, ahead: float, state: State, words: str) -> None:
    settings = GivenSettings(
        discord_api_url="http://127.0.0.1:9/api", replicate_api_url=replicate.url, easel_data_dir=tmp_path
    )
    discord, vendor = await told(check_clock(settings, Ahead(ahead)))
    assert discord[:2] == ("Discord", State.SKIPPED)
    assert vendor[:2] == ("Replicate", state)
    assert words in vendor[2]
    assert not any(each.with_token for each in replicate.requests)
