"""The wheel holds what runs, and runs where nothing else is."""

import asyncio
import socket
import tarfile
import zipfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.deploy.wheels import build, install, packages, tool
from tests.process.deployment import open_deployment
from tests.process.program import PATIENCE, Ended

TRACKED = set(tool("git", "ls-files", "--cached", "--others", "--exclude-standard", "bot").splitlines())


def files(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_it_holds_the_program_with_all_its_data_and_nothing_else(wheel: Path) -> None:
    assert files(wheel) == TRACKED
    kinds = {Path(name).suffix for name in TRACKED}
    assert {".mo", ".mako", ".typed", ".css", ".jpg"} <= kinds, "catalogues, migrations, types, the demo's page"


def test_the_source_distribution_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path)) as archive:
        archive.extractall(tmp_path, filter="data")
    [source] = (path for path in tmp_path.iterdir() if path.is_dir())
    assert {path.name for path in source.iterdir()} == {
        "bot", "CHANGELOG.md", "LICENSE", "PKG-INFO", "pyproject.toml", "README.md", ".gitignore"
    }  # fmt: skip
    again = build("wheel", tmp_path / "dist", source)
    assert again.name == wheel.name
    assert files(again) == files(wheel)


@pytest.mark.timeout(300)  # on a busy machine it takes a while until all is compiled
async def test_it_serves_a_command_with_nothing_else_installed(wheel: Path, tmp_path: Path) -> None:
    """In an empty environment without extras, from another directory, on a read-only root: up to the picture, and to a
    chart, which a process of its own draws; systemd and health checks get their answers."""
    installed = await asyncio.to_thread(install, tmp_path, wheel)
    assert installed.names() <= packages("run.txt") | {"easel"}
    installed.check()
    ended, _ = await asyncio.gather(installed.answer("--help", settings={}), installed.load("bot.charts.painter"))
    assert (ended.code, ended.stderr) == (0, "")
    assert "Run the bot until it is told to stop." in ended.stdout

    async with open_deployment(installed.writable, webhooks=False, new=True) as deployment, AsyncExitStack() as stack:
        discord, ann, channel = deployment.discord, deployment.guild.member("ann"), deployment.guild.channel()
        news = await stack.enter_async_context(_news(installed.writable / "notify"))
        port = _free_port()
        settings = {
            **deployment.settings,
            "EASEL_LOG_FORMAT": "json", "HTTP_HOST": "127.0.0.1", "HTTP_PORT": str(port),
            "NOTIFY_SOCKET": str(installed.writable / "notify"), "WATCHDOG_USEC": "100000",
        }  # fmt: skip
        async with installed.running(settings) as run:
            assert await run.meanwhile(news.get()) == "READY=1"
            assert await run.meanwhile(news.get()) == "WATCHDOG=1"
            await run.meanwhile(discord.until(lambda: discord.gateway.identifies, PATIENCE))
            await run.logged("ready")

            interaction = await discord.slash(ann, channel, "imagine", prompt="far from home", quality="low", count=2)
            message = await interaction.until(lambda message: message.pictures)
            deployment.assert_made(interaction, message)
            usage = await discord.slash(ann, channel, "usage")
            await usage.until(lambda message: message.attachments)

            for arguments, words in ((("health",), "alive\n"), (("health", "--ready"), "ready\n")):
                assert await installed.answer(*arguments, settings=settings) == Ended(0, words, "")
            assert await run.stop() == 0, run.output
            while (last := await news.get()) == "WATCHDOG=1":
                pass
            assert last == "STOPPING=1"
        deployment.check_output(run.output)
        assert not [each for each in run.log if each["level"] in {"error", "critical"}]
    assert sorted(path.name for path in installed.writable.iterdir()) == ["data", "notify", "tmp"]
    assert list((installed.writable / "tmp").iterdir()) == [], "what was temporary is gone"


@asynccontextmanager
async def _news(path: Path) -> AsyncGenerator[asyncio.Queue[str]]:
    """What is said at a socket as systemd's."""
    news, loop = asyncio.Queue[str](), asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        loop.add_reader(listener, lambda: news.put_nowait(listener.recv(100).decode()))
        yield news
        loop.remove_reader(listener)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
