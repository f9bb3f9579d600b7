"""Whether a key holds, asked over a real socket of a stand-in for OpenAI."""

import structlog
from aiohttp.test_utils import unused_port
from pydantic import SecretStr

from bot.demo.openai_server import OpenAiServer
from bot.demo.replicate_faults import Fault, Hang, Reset, Respond
from bot.openai.key_check import OpenAiKeyCheck
from bot.service.ports import KeyFinding
from tests.replicate.receiver import Receiver

KEY = SecretStr("sk-proj-TheKeyThatMustNotBeSeen")
MODEL = "gpt-image-2"


async def test_what_openai_says_of_a_key() -> None:
    async with OpenAiServer(KEY.get_secret_value(), restricted=("sk-restricted",)) as server:
        check = OpenAiKeyCheck(MODEL, api_url=server.url)
        assert await check.check(KEY) is KeyFinding.HOLDS
        assert await check.check(SecretStr("sk-unknown")) is KeyFinding.REFUSED
        assert await check.check(SecretStr("sk-restricted")) is KeyFinding.NO_ACCESS
        server.faults.order(Respond(403, {"error": {"message": "Missing scopes: api.model.read"}}))
        assert await check.check(KEY) is KeyFinding.NO_ACCESS
        assert server.asked == [KEY.get_secret_value(), "sk-unknown", "sk-restricted", KEY.get_secret_value()]
        for no_header in ("sk-\r\nHost: elsewhere", "sk-ümlaut"):
            assert await check.check(SecretStr(no_header)) is KeyFinding.REFUSED
        assert len(server.asked) == 4, "it is not even sent"


async def test_no_answer_is_no_refusal_and_shows_no_key() -> None:
    async with OpenAiServer(KEY.get_secret_value()) as server, Receiver() as elsewhere:
        check = OpenAiKeyCheck(MODEL, api_url=server.url, seconds=0.2)
        redirect = Respond(307, headers={"Location": f"{elsewhere.url}/v1/models/{MODEL}"})
        faults: list[Fault] = [Respond(429), Respond(500), Respond(400), redirect, Reset(), Hang(), Respond(204)]
        with structlog.testing.capture_logs() as log:
            for fault in faults:
                server.faults.withdraw()
                server.faults.order(fault, times=None)  # aiohttp repeats a GET whose connection was reset
                assert await check.check(KEY) is KeyFinding.UNKNOWN, fault
            nobody = OpenAiKeyCheck(MODEL, api_url=f"http://127.0.0.1:{unused_port()}/v1")
            assert await nobody.check(KEY) is KeyFinding.UNKNOWN
        assert len(log) == len(faults) + 1
        assert "MustNotBeSeen" not in str(log)
        assert elsewhere.received == [], "no redirect is followed"
