"""Whether Replicate takes a token that nothing runs on yet."""

import asyncio

import structlog
from pydantic import SecretStr

from bot.domain.errors import BadToken, EaselError
from bot.domain.hosts import AllowedHosts
from bot.replicate.client import Credentials, ReplicateClient
from bot.service.ports import AnswerLost, Clock, KeyFinding, NeverSent

_log = structlog.get_logger(__name__)

CHECK_SECONDS = 30.0


class ReplicateTokenCheck:
    """The port `KeyCheck` for Replicate. Each check has a client of its own: what a stranger's token meets with
    throttles nobody else."""

    def __init__(self, clock: Clock, *, api_url: str) -> None:
        self._clock = clock
        self._api_url = api_url

    async def check(self, key: SecretStr) -> KeyFinding:
        async def credentials(_: str) -> Credentials:
            return Credentials(key)

        nowhere = AllowedHosts.parse("")
        try:
            async with (
                asyncio.timeout(CHECK_SECONDS),
                ReplicateClient(credentials, nowhere, self._clock, api_url=self._api_url) as client,
            ):
                await client.check_account("to be checked")
        except BadToken:
            return KeyFinding.REFUSED
        except (NeverSent, AnswerLost, EaselError, TimeoutError) as error:
            _log.warning("Replicate could not be asked about a server's token", error=repr(error))
            return KeyFinding.UNKNOWN
        return KeyFinding.HOLDS
