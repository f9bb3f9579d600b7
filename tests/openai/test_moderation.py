"""What is judged and how, asked over a real socket of a stand-in for OpenAI."""

import asyncio
from io import BytesIO
from typing import cast

import pytest
import structlog
from aiohttp.test_utils import unused_port
from PIL import Image
from pydantic import SecretStr

from bot.demo.openai_server import OpenAiServer
from bot.demo.replicate_faults import Fault, Hang, Reset, Respond
from bot.domain.account import OPERATOR, Vendor
from bot.domain.request import InputImage
from bot.openai import moderation
from bot.openai.moderation import LARGEST_PICTURE, OpenAiModeration
from bot.service.ports import CheckFailed, Keys, KeySet
from tests.replicate.receiver import Receiver

KEY = SecretStr("sk-proj-TheKeyThatMustNotBeSeen")
GUILDS = SecretStr("sk-guilds")


class OneGuildsKeys:
    """The guild 7 has brought a key of OpenAI's, as the account `guild`; 8 a token of Replicate's alone."""

    async def held(self, guild_id: int) -> object:
        held = {7: frozenset({Vendor.OPENAI}), 8: frozenset({Vendor.REPLICATE})}.get(guild_id)
        return type("Held", (), {"vendors": held}) if held else None

    async def of_account(self, account: str) -> KeySet | None:
        return KeySet(openai_api_key=GUILDS) if account == "guild" else None


KEYS = cast("Keys", OneGuildsKeys())


def picture(colour: str, size: int | None = None) -> tuple[InputImage, bytes]:
    output = BytesIO()
    Image.new("RGB", (8, 8), colour).save(output, "PNG")
    data = output.getvalue().ljust(size or 0, b"\0")
    return InputImage("k", "a.png", "image/png", len(data), 8, 8), data


async def test_prompt_and_each_picture_are_judged_and_the_highest_scores_count() -> None:
    async with OpenAiServer(KEY.get_secret_value(), GUILDS.get_secret_value()) as server:
        classifier = OpenAiModeration(KEY, KEYS, api_url=server.url)
        calm = await classifier.classify(OPERATOR, "a calm sea", [])
        assert max(calm.values()) < 0.1
        scores = await classifier.classify(OPERATOR, "a battle", [picture("blue"), picture("red")])
        assert (scores["violence"], scores["violence/graphic"], scores["sexual"]) == (0.6, 0.97, 0.01)
        assert sorted(tuple(part["type"] for part in parts) for parts in server.judged[1:]) == [
            ("image_url",),
            ("image_url",),
            ("text",),
        ]
        await classifier.classify("guild", "a calm sea", [])
        assert server.asked[-1] == GUILDS.get_secret_value(), "a guild's jobs are judged on its own key"
        await classifier.classify("another", "a calm sea", [])
        assert server.asked[-1] == KEY.get_secret_value()
        own = OpenAiModeration(None, KEYS, api_url=server.url)
        assert [await own.has_key(each) for each in (7, 8, 9, None)] == [True, False, False, False]
        assert await own.classify(OPERATOR, "a battle", []) == {}
        assert await classifier.has_key(None)


async def test_no_judgement_is_told_as_such_and_shows_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moderation, "SECONDS", 0.3)
    async with OpenAiServer(KEY.get_secret_value()) as server, Receiver() as elsewhere:
        classifier = OpenAiModeration(KEY, KEYS, api_url=server.url)
        redirect = Respond(307, headers={"Location": f"{elsewhere.url}/v1/moderations"})
        no_answer: list[Fault] = [Respond(200, {"results": []}), Respond(200, {"results": [{"categories": {}}]})]
        faults: list[Fault] = [Respond(429), Respond(503), Respond(401), redirect, Reset(), Hang(), *no_answer]
        with structlog.testing.capture_logs() as log:
            for fault in faults:
                server.faults.withdraw()
                server.faults.order(fault, times=None)
                with pytest.raises(CheckFailed) as failed:
                    await asyncio.wait_for(classifier.classify(OPERATOR, "a sea", []), 5)
                assert "MustNotBeSeen" not in repr(failed.value)
                assert failed.value.__cause__ is None
        nobody = OpenAiModeration(KEY, KEYS, api_url=f"http://127.0.0.1:{unused_port()}/v1")
        with pytest.raises(CheckFailed):
            await nobody.classify(OPERATOR, "a sea", [])
        with pytest.raises(CheckFailed):
            await classifier.classify(OPERATOR, "a sea", [picture("blue", LARGEST_PICTURE + 1)])
        with pytest.raises(CheckFailed):
            await OpenAiModeration(SecretStr("sk-\r\nHost: x"), KEYS).classify(OPERATOR, "a sea", [])
        assert "MustNotBeSeen" not in str(log)
        assert elsewhere.received == [], "no redirect is followed"

        server.faults.withdraw()
        server.faults.order(Respond(500))
        assert await classifier.classify(OPERATOR, "a sea", []), "the second try"
