"""Troubles of a PostgreSQL server, met by a living process: it says what is the matter, waits, and goes on."""

from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager

import asyncpg
import pytest
import pytest_asyncio

from tests.process.deployment import LOW, open_deployment
from tests.process.troubled import REFUSED, Site, Trouble, live_through
from tests.storage.dead_network import network_to
from tests.storage.postgres_server import postgres_server, why_not
from tests.wire.discord_server import Message

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Site]:
    if reason := why_not():
        pytest.skip(reason)
    with postgres_server() as server:
        database = server.make_database()
        directory = tmp_path_factory.mktemp("troubled")
        async with open_deployment(directory, DATABASE_URL=server.url(database)) as deployment:
            async with deployment.running(well=False) as run:
                await run.logged("ready")
                yield Site(deployment, run, server, database)
            assert "Traceback" not in run.output


@contextmanager
def stopped(site: Site) -> Generator[None]:
    assert site.server is not None
    site.server.stop()
    try:
        yield
    finally:
        site.server.start()


@contextmanager
def read_only(site: Site) -> Generator[None]:
    """As a primary is that became a standby."""
    assert site.server is not None
    site.server.query("ALTER SYSTEM SET default_transaction_read_only = on")
    site.server.query("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        site.server.query("ALTER SYSTEM RESET default_transaction_read_only")
        site.server.query("SELECT pg_reload_conf()")


@contextmanager
def migrated_by_another(site: Site) -> Generator[None]:
    assert site.server is not None
    [[revision]] = site.server.query("SELECT version_num FROM alembic_version", site.database)
    site.server.query("UPDATE alembic_version SET version_num = '9999'", site.database)
    try:
        yield
    finally:
        site.server.query(f"UPDATE alembic_version SET version_num = '{revision}'", site.database)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        pytest.param(stopped, "the server can't be reached: see that it runs", id="stopped"),
        pytest.param(read_only, "it takes no writes: it is a standby, or was made read-only", id="read-only"),
        pytest.param(migrated_by_another, "The database was migrated by a newer version of Easel", id="newer"),
    ],
)
async def test_what_was_admitted_waits_and_is_delivered_once(
    site: Site, trouble: Trouble, words: str, request: pytest.FixtureRequest
) -> None:
    await live_through(site, trouble, words, request.node.name)


async def test_connections_that_are_cut_off_are_replaced_and_nobody_notices(site: Site) -> None:
    assert site.server is not None
    deployment, run = site.deployment, site.run
    channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
    deployment.replicate.end_gate.hold()
    interaction = await deployment.discord.slash(ann, channel, "imagine", prompt="cut off", quality="low")
    await deployment.replicate.until(
        lambda: [each for each in deployment.replicate.runs if each.input["prompt"] == "cut off"]
    )
    since = len(run.log)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'easel'"
    assert len(site.server.query(cut)) > 1
    deployment.replicate.end_gate.release()
    deployment.assert_made(interaction, await interaction.until(lambda message: message.pictures))
    books = await run.until(lambda: (books := site.books(channel)).jobs[0]["finished_at"] and books)
    assert books.ledger == [("hold", LOW, 1), ("capture", LOW, 1)]
    await site.told("listening to other processes again", since)


async def test_every_command_and_button_says_that_the_records_are_out_of_reach(site: Site) -> None:
    deployment, run = site.deployment, site.run
    discord = deployment.discord
    channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
    interaction = await discord.slash(ann, channel, "imagine", prompt="to be deleted", quality="low")
    message = await interaction.until(lambda message: message.pictures)
    books = await run.until(lambda: (books := site.books(channel)).jobs[0]["finished_at"] and books)
    job_id = books.jobs[0]["id"]
    with stopped(site):
        typed = await discord.autocomplete(ann, channel, "imagine", focused="style", style="in", prompt="a fox")
        assert (await typed.answered()).choices == [], "no suggestions rather than an error"
        for asked in (
            await discord.slash(ann, channel, "usage"),
            await discord.slash(ann, channel, "defaults"),
            await discord.click(ann, message, f"easel:delete:{job_id}"),
            await discord.click(ann, message, f"easel:report:{job_id}"),
        ):
            answer = await asked.until(lambda message: REFUSED in message.text)
            assert answer.ephemeral
        assert not message.deleted
    while not message.deleted:  # for as long as the server takes to be there again
        told = (await discord.click(ann, message, f"easel:delete:{job_id}")).messages
        await discord.until(lambda told=told: message.deleted or [each for each in told if REFUSED in each.text])


async def test_a_claim_whose_answer_is_lost_leaves_no_job_behind(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The job is the process's then, which lives, so that no other would ever adopt it."""
    assert site.server is not None
    database = site.server.make_database()
    directory = tmp_path_factory.mktemp("in-doubt")
    async with (
        network_to(site.server.url(database)) as (network, url),
        open_deployment(directory, webhooks=False, DATABASE_URL=url) as deployment,
        deployment.running(well=False),
    ):
        channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
        network.cut_at(b"COMMIT;", delivered=True, after=b"UPDATE jobs SET owner=")
        interaction = await deployment.discord.slash(ann, channel, "imagine", prompt="in doubt", quality="low")
        deployment.assert_made(interaction, await interaction.until(lambda message: message.pictures))
        assert network.met


async def test_while_it_is_not_known_who_may_see_an_answer_nobody_else_does(site: Site) -> None:
    assert site.server is not None
    discord = site.deployment.discord
    channel, ann = site.deployment.guild.channel(), site.deployment.guild.member("ann")
    panel = await discord.slash(ann, channel, "defaults")
    message = await panel.until(lambda message: message.controls)
    await discord.select(ann, message, "easel:default:private", "private")
    await panel.until(lambda message: "You alone" in chosen(message))
    connection = await asyncpg.connect(site.server.url(site.database))
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE member_defaults, styles IN ACCESS EXCLUSIVE MODE")
            left_open = await discord.slash(ann, channel, "imagine", prompt="a slow fox", quality="low")
            typed = await discord.autocomplete(
                ann, channel, "imagine", focused="style", style="in", prompt="a slow fox"
            )
            said = await discord.slash(ann, channel, "imagine", prompt="a slow hare", quality="low", private=False)
            for interaction in (left_open, said):
                await interaction.answered()
                assert interaction.original is not None
                assert interaction.original.text.endswith("Checking whether this can run …")
                assert "a slow" not in interaction.original.text, "what the guild's words may not allow"
            assert (await typed.answered()).choices == []
    finally:
        await connection.close()
    for interaction, ephemeral in ((left_open, True), (said, False)):
        message = await interaction.until(lambda message: message.pictures)
        assert message.ephemeral == ephemeral
    latest = "SELECT private FROM jobs ORDER BY created_at DESC LIMIT 2"
    assert sorted(site.server.query(latest, site.database)) == [["f"], ["t"]], "each goes on as it began"


def chosen(message: Message) -> list[str]:
    """What the menus of a message show."""
    menus = [each for each in message.controls.values() if "options" in each]
    return [option["label"] for menu in menus for option in menu["options"] if option.get("default")]
