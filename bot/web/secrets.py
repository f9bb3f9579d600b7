"""The secrets that deliveries are verified with: each account at Replicate signs with its own."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from pydantic import SecretStr

from bot.domain.account import OPERATOR
from bot.domain.errors import EaselError
from bot.service.ports import AnswerLost, Clock, NeverSent

FAILED_FOR = timedelta(seconds=10)
"""How long a secret that could not be had isn't asked for again: deliveries come from anyone, and cost no calls."""


class WebhookSecrets:
    """`account_of` tells the account of a job, None where there is no such job; `fetch` asks Replicate for an account's
    secret, once, however many deliveries wait for it."""

    def __init__(
        self,
        account_of: Callable[[str], Awaitable[str | None]],
        fetch: Callable[[str], Awaitable[SecretStr]],
        clock: Clock,
    ) -> None:
        self._account_of = account_of
        self._fetch = fetch
        self._clock = clock
        self._secrets: dict[str, SecretStr] = {}
        self._failures: dict[str, tuple[Exception, datetime]] = {}
        self._asking = defaultdict[str, asyncio.Lock](asyncio.Lock)

    async def of_job(self, job_id: str) -> SecretStr:
        """The secret that a delivery about the job must be signed with. For a job that isn't known it is the
        operator's, so that a stranger's delivery meets with the same refusal.

        Raises what `fetch` does, and `StoreUnavailable` of `bot.domain.errors`.
        """
        return await self._of_account(await self._account_of(job_id) or OPERATOR)

    async def _of_account(self, account: str) -> SecretStr:
        if known := self._secrets.get(account):
            return known
        async with self._asking[account]:
            if known := self._secrets.get(account):
                return known
            error, until = self._failures.get(account, (None, self._clock.now()))
            if error is not None and self._clock.now() < until:
                raise error
            try:
                self._secrets[account] = await self._fetch(account)
            except (NeverSent, AnswerLost, EaselError) as error:
                self._failures[account] = error, self._clock.now() + FAILED_FOR
                raise
            self._failures.pop(account, None)
            return self._secrets[account]
