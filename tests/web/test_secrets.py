"""Deliveries come from anyone: an account's secret is asked for once, whoever knocks, and only now and then in vain."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.demo.replicate_faults import Respond
from bot.demo.replicate_server import ReplicateServer
from bot.domain.account import OPERATOR
from bot.domain.errors import BadToken
from bot.domain.hosts import AllowedHosts
from bot.replicate.client import Credentials, ReplicateClient
from bot.web.secrets import FAILED_FOR, WebhookSecrets
from tests.clocks import LeapingClock
from tests.replicate.support import TOKEN, accounts_of, server

JOBS = {"ours": OPERATOR, "theirs": "guild:1", "revoked": "guild:2"}


@pytest.fixture
def clock() -> LeapingClock:
    return LeapingClock()


@pytest.fixture
async def replicate() -> AsyncIterator[ReplicateServer]:
    async with server() as replicate:
        replicate.open_account("guild", "r8_guild")
        yield replicate


@pytest.fixture
async def secrets(replicate: ReplicateServer, clock: LeapingClock) -> AsyncIterator[WebhookSecrets]:
    tokens = {OPERATOR: TOKEN, "guild:1": "r8_guild", "guild:2": "r8_revoked"}
    accounts = accounts_of({name: Credentials(SecretStr(token)) for name, token in tokens.items()})

    async def account_of(job_id: str) -> str | None:
        return JOBS.get(job_id)

    async with ReplicateClient(accounts, AllowedHosts(()), clock, api_url=replicate.url) as client:
        yield WebhookSecrets(account_of, client.webhook_secret, clock)


async def test_each_account_has_its_own_and_a_job_that_is_not_known_the_operators(
    secrets: WebhookSecrets, replicate: ReplicateServer
) -> None:
    asked = ["ours", "theirs", "unknown"] * 10
    found = await asyncio.gather(*(secrets.of_job(each) for each in asked))
    ours, theirs = replicate.webhook_secret, replicate.webhook_secret_of("guild")
    assert [each.get_secret_value() for each in found] == [ours, theirs, ours] * 10
    assert len(replicate.requests) == 2


async def test_a_secret_that_can_not_be_had_costs_no_call_a_delivery(
    secrets: WebhookSecrets, replicate: ReplicateServer, clock: LeapingClock
) -> None:
    for _ in range(10):
        with pytest.raises(BadToken):
            await secrets.of_job("revoked")
    assert len(replicate.requests) == 1
    assert await secrets.of_job("theirs")
    clock.advance(FAILED_FOR.total_seconds())
    replicate.faults.order(Respond(200, {"key": "whsec_bmV3"}))
    assert (await secrets.of_job("revoked")).get_secret_value() == "whsec_bmV3"
