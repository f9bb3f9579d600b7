"""`easel run` without tokens: in a terminal it walks its operator through it, elsewhere it tells what to do."""

import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.cli.env_file import values_of, write_values
from tests.cli.conftest import Command
from tests.cli.terminal import in_terminal
from tests.process.deployment import REPLICATE_TOKEN, Deployment
from tests.wire.discord_server import Route
from tests.wire.faults import Respond

pytestmark = pytest.mark.asyncio(loop_scope="package")

HELD = """\
# What I had
EASEL_LOG_LEVEL=INFO

# The bot's token
#DISCORD_TOKEN=
export PUBLIC_NAME='x y'
"""
CTRL_C = b"\x03"


@pytest.fixture
def without_tokens(deployment: Deployment, tmp_path: Path) -> Mapping[str, str]:
    """The deployment's settings, but for what the operator is to bring."""
    theirs = {name: value for name, value in deployment.settings.items() if not name.endswith("_TOKEN")}
    return theirs | {"EASEL_DATA_DIR": str(tmp_path / "data")}


def files(directory: Path) -> list[str]:
    return sorted(each.name for each in directory.iterdir())


async def test_the_walk_from_nothing_to_ready(
    deployment: Deployment, without_tokens: Mapping[str, str], tmp_path: Path
) -> None:
    env = tmp_path / ".env"
    env.write_text(HELD)
    env.chmod(0o644)
    deployment.discord.faults.inject("GET", Route.MY_GUILDS, Respond(200, []))
    async with in_terminal("run", directory=tmp_path, settings=without_tokens) as terminal:
        await terminal.sees("https://discord.com/developers/applications")
        await terminal.answers_hidden("The bot's token (it stays hidden)", "two words")
        await terminal.sees("That is no token")
        await terminal.answers_hidden("The bot's token (it stays hidden)", "mistyped.discord.token")
        await terminal.sees("Discord refuses it.")
        await terminal.answers_hidden("The bot's token (it stays hidden)", deployment.discord.token)
        await terminal.sees("This is the bot of the application")
        await terminal.sees(f"https://discord.com/oauth2/authorize?client_id={deployment.discord.world.application_id}")
        await terminal.sees("permissions=274877942784")
        await terminal.answers("Press Enter once it is invited", "")
        await terminal.sees("The bot is in no server yet.")
        await terminal.answers("Press Enter once it is invited", "")
        await terminal.sees(f"The bot is in {deployment.guild.name}")
        await terminal.sees("https://replicate.com/account/api-tokens")
        await terminal.answers_hidden("The API token (it stays hidden)", "r8_mistyped")
        await terminal.sees("Replicate refuses it.")
        await terminal.answers_hidden("The API token (it stays hidden)", REPLICATE_TOKEN)
        await terminal.sees("Runs are billed to the account")
        await terminal.answers("US dollars a day (10):", "-3")
        await terminal.sees("That is no amount")
        assert env.read_text() == HELD, "nothing is written before the end"
        await terminal.answers("US dollars a day (10):", "2.50")
        await terminal.sees(f"Written to {env}")
        await terminal.sees("user=easel")  # which the log says with "ready"
        terminal.presses(CTRL_C)
        assert await terminal.ended() == 0
    deployment.check_output(terminal.seen)
    assert "mistyped" not in terminal.seen, "what is typed isn't shown, whatever it is"
    written = f"DISCORD_TOKEN={deployment.discord.token}"
    assert env.read_text() == HELD.replace("#DISCORD_TOKEN=", written) + (
        f"REPLICATE_API_TOKEN={REPLICATE_TOKEN}\nEASEL_DAILY_SPEND_USD=2.50\n"
    )
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert files(tmp_path) == [".env", "data"]


async def test_only_what_is_missing_is_asked_and_breaking_it_off_leaves_nothing(
    without_tokens: Mapping[str, str], deployment: Deployment, tmp_path: Path
) -> None:
    settings = {**without_tokens, "DISCORD_TOKEN": deployment.discord.token}
    async with in_terminal("run", directory=tmp_path, settings=settings) as terminal:
        await terminal.answers_hidden("The API token (it stays hidden)", REPLICATE_TOKEN)
        await terminal.sees("US dollars a day")
        terminal.presses(CTRL_C)
        await terminal.sees("Nothing was written.")
        assert await terminal.ended() == 130
    assert "Discord" not in terminal.seen
    assert files(tmp_path) == []


async def test_where_nobody_can_be_asked_the_same_is_a_list(easel: Command) -> None:
    ended = await easel("run", DISCORD_TOKEN="", REPLICATE_API_TOKEN="")
    assert (ended.code, ended.stdout) == (1, "")
    numbers = [line.partition(".")[0] for line in ended.stderr.splitlines() if line[:1].isdigit()]
    assert numbers == ["1", "2", "3", "4", "5", "6"]
    for words in (
        "https://discord.com/developers/applications",
        "press Reset Token",
        "turn Public Bot off",
        "client_id=CLIENT_ID&scope=bot+applications.commands&permissions=274877942784",
        "https://replicate.com/account/api-tokens",
        "6. Set DISCORD_TOKEN and REPLICATE_API_TOKEN",
    ):
        assert words in ended.stderr
    ended = await easel("run", REPLICATE_API_TOKEN="")
    assert ended.code == 1
    assert "2. Set REPLICATE_API_TOKEN, in the environment or in .env" in ended.stderr
    assert "discord.com" not in ended.stderr


async def test_the_file_keeps_what_it_held(tmp_path: Path) -> None:
    linked, link = tmp_path / "elsewhere", tmp_path / ".env"
    linked.write_text('# one\nA=1\na=old\n#B=2\nEMPTY=\nQUOTED="q"\nlast')
    link.symlink_to(linked)
    assert values_of(link, ("A", "B", "EMPTY", "QUOTED", "NONE")) == {"A": "old", "QUOTED": "q"}
    write_values(link, {"A": "new", "B": "3", "EMPTY": "4", "C": "5"})
    assert link.is_symlink()
    assert linked.read_text() == '# one\nA=1\nA=new\nB=3\nEMPTY=4\nQUOTED="q"\nlast\nC=5\n'
    assert values_of(tmp_path / "none", ("A",)) == {}
