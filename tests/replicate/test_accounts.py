"""What each account's calls are made with."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from pydantic import SecretStr

from bot.demo.replicate_faults import Respond, throttled
from bot.demo.replicate_server import OWNER, ReplicateServer
from bot.domain.account import OPERATOR
from bot.domain.errors import BadToken, OutOfCredit, StoreUnavailable
from bot.domain.hosts import AllowedHosts
from bot.replicate.accounts import KEPT, StoredAccounts
from bot.replicate.client import Credentials, ReplicateClient
from bot.replicate.token_check import ReplicateTokenCheck
from bot.service.ports import Clock, KeyFinding, KeySet, KeysHeld, NeverSent, Retirement, Throttled
from tests.clocks import LeapingClock, ManualClock
from tests.replicate.support import OPENAI_KEY, TOKEN, submission

GUILDS_TOKEN = "r8_theguildstoken"
OPERATORS_KEY = "sk-theoperators"


class GivenKeys:
    """`Keys` of which only the look-up is there."""

    def __init__(self, **known: KeySet) -> None:
        self.known = known
        self.asked: list[str] = []
        self.trouble: StoreUnavailable | None = None

    async def of_account(self, account: str) -> KeySet | None:
        self.asked.append(account)
        if self.trouble is not None:
            raise self.trouble
        return self.known.get(account)

    async def bring(self, guild_id: int, keys: KeySet, by: int, now: datetime) -> Retirement | None:
        raise NotImplementedError

    async def retire(self, guild_id: int, by: int | None, now: datetime) -> Retirement | None:
        raise NotImplementedError

    async def held(self, guild_id: int) -> KeysHeld | None:
        raise NotImplementedError

    async def accounts(self) -> Sequence[str]:
        raise NotImplementedError

    async def forget_retired(self) -> int:
        raise NotImplementedError


@pytest.fixture
def keys() -> GivenKeys:
    token, key = SecretStr(GUILDS_TOKEN), SecretStr(OPENAI_KEY)
    return GivenKeys(token=KeySet(token), key=KeySet(None, key), both=KeySet(token, key))


def stored(keys: GivenKeys, clock: Clock) -> StoredAccounts:
    return StoredAccounts(Credentials(SecretStr(TOKEN), SecretStr(OPERATORS_KEY)), keys, clock)


def secrets(credentials: Credentials) -> tuple[str, str | None]:
    key = credentials.openai_api_key
    return credentials.token.get_secret_value(), key.get_secret_value() if key else None


async def test_whose_token_and_whose_key(keys: GivenKeys) -> None:
    accounts = stored(keys, LeapingClock())
    assert secrets(await accounts(OPERATOR)) == (TOKEN, OPERATORS_KEY)
    assert secrets(await accounts("token")) == (GUILDS_TOKEN, None), "never with the operator's key"
    assert secrets(await accounts("key")) == (TOKEN, OPENAI_KEY)
    assert secrets(await accounts("both")) == (GUILDS_TOKEN, OPENAI_KEY)
    assert [(await accounts(each)).of_guild for each in (OPERATOR, "token", "key", "both")] == [
        False,
        True,
        False,
        True,
    ]


async def test_they_are_kept_for_a_minute_and_let_go(keys: GivenKeys) -> None:
    clock = ManualClock()
    accounts = stored(keys, clock)
    await accounts("token")
    await accounts("token")
    assert keys.asked == ["token"]
    del keys.known["token"]
    clock.advance(KEPT.total_seconds())
    for account in ("token", "never there"):
        with pytest.raises(BadToken) as refused:
            await accounts(account)
        assert refused.value.of_guild
    keys.trouble = StoreUnavailable()
    with pytest.raises(NeverSent):
        await accounts("both")


async def test_a_refusal_says_whose_account_it_is_and_a_throttle_holds_for_its_token_alone(
    keys: GivenKeys, replicate: ReplicateServer
) -> None:
    replicate.open_account("guild", GUILDS_TOKEN)
    clock = LeapingClock()
    async with ReplicateClient(stored(keys, clock), AllowedHosts(()), clock, api_url=replicate.url) as client:
        no_credit = Respond(402, {"title": "Insufficient credit", "detail": "no", "status": 402})
        for account, of_guild in ((OPERATOR, False), ("token", True), ("key", False)):
            replicate.faults.order(no_credit)
            with pytest.raises(OutOfCredit) as refused:
                await client.create(account, submission())
            assert refused.value.of_guild is of_guild

        replicate.faults.order(throttled(60), account="guild")
        with pytest.raises(Throttled):
            await client.create("token", submission())
        before = len(replicate.requests)
        with pytest.raises(Throttled):
            await client.create("both", submission())
        assert len(replicate.requests) == before, "it has the same token"
        await client.create(OPERATOR, submission())
        await client.create("key", submission())
        assert [run.account for run in replicate.runs] == [OWNER, OWNER]


async def test_a_token_is_checked_before_anything_runs_on_it(replicate: ReplicateServer) -> None:
    check = ReplicateTokenCheck(LeapingClock(), api_url=replicate.url)
    assert await check.check(SecretStr(TOKEN)) is KeyFinding.HOLDS
    assert await check.check(SecretStr("r8_unknown")) is KeyFinding.REFUSED
    assert await check.check(SecretStr("r8_two\r\nlines")) is KeyFinding.REFUSED
    replicate.faults.order(Respond(503), times=3)
    assert await check.check(SecretStr(TOKEN)) is KeyFinding.UNKNOWN
    assert {each.path for each in replicate.requests} == {"/v1/account"}
