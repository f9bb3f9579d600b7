"""What each account's calls are made with: the operator's credentials, and those that guilds have brought."""

from datetime import datetime, timedelta

from bot.domain.account import OPERATOR
from bot.domain.errors import BadToken, StoreUnavailable
from bot.replicate.client import Credentials
from bot.service.ports import Clock, Keys, NeverSent

KEPT = timedelta(seconds=60)
"""How long a guild's credentials stay in memory. They never change, but they are deleted once no job needs them."""


class StoredAccounts:
    """`Accounts` of `bot.replicate.client`. Without `keys` there is the operator's account alone."""

    def __init__(self, operator: Credentials, keys: Keys | None, clock: Clock) -> None:
        self._operator = operator
        self._keys = keys
        self._clock = clock
        self._known: dict[str, tuple[Credentials, datetime]] = {}

    async def __call__(self, account: str) -> Credentials:
        if account == OPERATOR:
            return self._operator
        now = self._clock.now()
        self._known = {name: known for name, known in self._known.items() if now < known[1]}
        if account in self._known:
            return self._known[account][0]
        found = await self._look_up(account)
        self._known[account] = found, now + KEPT
        return found

    async def _look_up(self, account: str) -> Credentials:
        try:
            keys = await self._keys.of_account(account) if self._keys is not None else None
        except StoreUnavailable as error:
            raise NeverSent("the account's keys can't be read now") from error
        if keys is None:
            raise BadToken(of_guild=True)
        if keys.replicate_api_token is None:
            return Credentials(self._operator.token, keys.openai_api_key)
        # Not with the operator's key of OpenAI's, which would pay for the guild.
        return Credentials(keys.replicate_api_token, keys.openai_api_key, of_guild=True)
