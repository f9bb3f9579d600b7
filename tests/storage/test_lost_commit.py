"""A connection that dies around the commit of an admission: the request is admitted, once, and held once."""

from collections.abc import AsyncIterator
from itertools import count

import pytest

from bot.chat.words.outcomes import sentence
from bot.domain.errors import LimitReached
from bot.domain.job import Job
from bot.domain.quota import Allowance, UsageLimits
from bot.domain.request import ImageRequest
from bot.service.admission import Admission, OperatorTerms
from bot.service.ports import CommitInDoubt, Terms
from bot.storage import postgres
from bot.storage.budgets import SqlBudgets
from bot.storage.cipher import Cipher
from bot.storage.store import SqlStore, open_store
from tests.clocks import LeapingClock
from tests.storage.dead_network import Network, network_to
from tests.storage.examples import MEMBER, a_job, outcome

REQUEST = ImageRequest("openai/gpt-image-2", "a fox in the snow", quality="high")

interactions = count(1)


ONE_PICTURE = OperatorTerms(member=UsageLimits(day=Allowance(pictures=1)))


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
async def network(database_url: str) -> AsyncIterator[tuple[Network, str]]:
    async with network_to(database_url) as (network, url):
        yield network, url


@pytest.fixture
async def admission(network: tuple[Network, str], cipher: Cipher) -> AsyncIterator[Admission]:
    """Over that network, where the quota leaves one picture."""
    store = await open_store(network[1], cipher)
    yield Admission(store, SqlBudgets(store.database), ONE_PICTURE, LeapingClock(), b"key")
    await store.close()


async def ask(admission: Admission) -> Job | Exception:
    asked = admission.admit(
        REQUEST, Terms(), interaction_id=next(interactions), member_id=MEMBER, guild_id=None, answer=a_job().answer
    )
    admitted = await outcome(asked)
    return admitted if isinstance(admitted, Exception) else admitted.job


@pytest.mark.parametrize("delivered", [True, False], ids=["its answer is lost", "it never arrives"])
async def test_a_commit(
    network: tuple[Network, str], admission: Admission, store: SqlStore, *, delivered: bool
) -> None:
    network[0].cut_at(b"COMMIT;", delivered=delivered)
    job = await ask(admission)
    assert network[0].met
    assert isinstance(job, Job), job
    usage = await store.usage(MEMBER, LeapingClock().now(), 5)
    assert [each.id for each in usage.last] == [job.id]
    assert (usage.today.jobs, usage.today.amount) == (1, job.hold)
    assert isinstance(await ask(admission), LimitReached)


async def test_where_the_database_stays_out_of_reach_the_member_is_told_that_it_may_run(
    network: tuple[Network, str], admission: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_CONNECT_TIMEOUT", 0.1)
    network[0].cut_at(b"COMMIT;", delivered=True, dying=True)
    trouble = await ask(admission)
    assert isinstance(trouble, CommitInDoubt)
    assert "I can't tell whether it runs" in sentence(trouble)
