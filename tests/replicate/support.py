"""What the tests around Replicate share."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from bot.demo.replicate_server import ReplicateServer
from bot.domain.errors import BadToken
from bot.domain.hosts import AllowedHosts
from bot.domain.prediction import Prediction, Submission
from bot.replicate.client import Accounts, Credentials, ReplicateClient
from bot.service.ports import Clock

TOKEN = "r8_thetokenthatmustnotleak"
OPENAI_KEY = "sk-thekeythatmustnotleak"
ACCOUNT = "operator"
KEYED_ACCOUNT = "keyed"  # with its own OpenAI key
REVOKED_ACCOUNT = "revoked"
MISTYPED_ACCOUNT = "mistyped"
MODEL = "openai/gpt-image-2"
PREDICTIONS_PATH = f"/v1/models/{MODEL}/predictions"


JPEG = b"\xff\xd8\xff"
"""What a file begins with that passes for a picture."""


def paint(values: Mapping[str, Any], inputs: Sequence[bytes]) -> list[bytes]:
    """A painter whose pictures tell what it was given."""
    if b"not a picture" in inputs:
        raise ValueError("an input is no picture")
    return [JPEG + f"{values['prompt']} {n}".encode() + b"".join(inputs) for n in range(values["number_of_images"])]


def server(**options: Any) -> ReplicateServer:
    defaults: dict[str, Any] = {"token": TOKEN, "seconds": lambda _: 0, "paint": paint}
    return ReplicateServer(**(defaults | options))


def accounts_of(known: Mapping[str, Credentials]) -> Accounts:
    async def credentials(account: str) -> Credentials:
        if account not in known:
            raise BadToken
        return known[account]

    return credentials


def client(api_url: str, clock: Clock, **options: Any) -> ReplicateClient:
    accounts = {
        ACCOUNT: Credentials(SecretStr(TOKEN)),
        KEYED_ACCOUNT: Credentials(SecretStr(TOKEN), SecretStr(OPENAI_KEY)),
        REVOKED_ACCOUNT: Credentials(SecretStr("r8_revoked")),
        MISTYPED_ACCOUNT: Credentials(SecretStr("r8_with\r\na-second-line")),
    }
    return ReplicateClient(accounts_of(accounts), AllowedHosts.parse("127.0.0.1"), clock, api_url=api_url, **options)


def submission(prompt: str = "a lighthouse", *, webhook: str | None = None, **values: Any) -> Submission:
    return Submission(MODEL, {"prompt": prompt} | values, webhook, cancel_after=300)


async def ended(replicate: ReplicateServer, client: ReplicateClient, prediction: Prediction) -> Prediction:
    """The prediction as the client sees it after its end."""
    await replicate.until(lambda: all(run.ended for run in replicate.runs if run.id == prediction.id))
    return await client.get(ACCOUNT, prediction.id)
