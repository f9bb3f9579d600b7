"""A connection that dies around the commit of an admission: the member hears what came of it, and it is held once."""

from collections.abc import AsyncIterator

import pytest

from bot.chat.words import sentence
from bot.domain.errors import MemberPicturesSpent, StoreUnavailable
from bot.domain.job import Job
from bot.domain.quota import Quota
from bot.domain.request import ImageRequest
from bot.service.admission import Admission
from bot.service.ports import CommitInDoubt
from bot.storage import postgres
from bot.storage.cipher import Cipher
from bot.storage.store import SqlStore, open_store
from tests.clocks import LeapingClock
from tests.storage.dead_network import Network, network_to
from tests.storage.examples import MEMBER, a_job, outcome

REQUEST = ImageRequest("openai/gpt-image-2", "a fox in the snow", quality="high")
QUOTA = Quota(1, 2**60)


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
async def network(database_url: str) -> AsyncIterator[tuple[Network, str]]:
    async with network_to(database_url) as (network, url):
        yield network, url


@pytest.fixture
async def remote(network: tuple[Network, str], cipher: Cipher) -> AsyncIterator[SqlStore]:
    """The store over that network."""
    store = await open_store(network[1], cipher)
    yield store
    await store.close()


async def ask(admission: Admission) -> Job | Exception:
    return await outcome(admission.admit(REQUEST, member_id=MEMBER, guild_id=None, answer=a_job().answer))


async def test_a_commit_whose_answer_is_lost_has_admitted(
    network: tuple[Network, str], remote: SqlStore, store: SqlStore
) -> None:
    admission = Admission(remote, QUOTA, LeapingClock())
    network[0].cut_at(b"COMMIT;", delivered=True)
    job = await ask(admission)
    assert isinstance(job, Job), job
    assert [each.id for each in (await store.usage(MEMBER, LeapingClock().now(), 5)).last] == [job.id]
    assert isinstance(await ask(admission), MemberPicturesSpent), "its pictures are held"


async def test_a_commit_that_never_arrives_has_not(
    network: tuple[Network, str], remote: SqlStore, store: SqlStore
) -> None:
    admission = Admission(remote, QUOTA, LeapingClock())
    network[0].cut_at(b"COMMIT;", delivered=False)
    refusal = await ask(admission)
    assert isinstance(refusal, StoreUnavailable)
    assert not isinstance(refusal, CommitInDoubt)
    assert (await store.usage(MEMBER, LeapingClock().now(), 5)).last == ()
    assert not isinstance(await ask(admission), Exception), "nothing is held"


async def test_where_the_database_stays_out_of_reach_the_member_is_told_that_it_may_run(
    network: tuple[Network, str], remote: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_CONNECT_TIMEOUT", 0.1)
    network[0].cut_at(b"COMMIT;", delivered=True, dying=True)
    trouble = await ask(Admission(remote, QUOTA, LeapingClock()))
    assert isinstance(trouble, CommitInDoubt)
    assert "I can't tell whether it runs" in sentence(trouble)
