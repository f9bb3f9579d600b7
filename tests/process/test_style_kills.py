"""kill -9 while a style is kept, replaced and removed: it is there with all of its pictures, or not at all."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.process.deployment import Deployment, open_deployment, png
from tests.process.stage import Stage
from tests.wire.discord_server import File, Interaction
from tests.wire.places import EVERYDAY, Permission


@pytest.fixture
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Deployment]:
    async with open_deployment(tmp_path_factory.mktemp("styles")) as deployment:
        yield deployment


def kept(data: Path) -> int:
    """How many reference pictures are kept."""
    return len([*data.glob("blobs/styles.*.blob")])


async def test_a_style_is_there_with_its_pictures_or_not_at_all(deployment: Deployment) -> None:
    stage = Stage(deployment)
    channel = deployment.guild.channel()
    moderator = deployment.guild.member("mo", permissions=EVERYDAY | Permission.MANAGE_GUILD)

    async def command(what: str, /, **options: object) -> Interaction:
        return await stage.discord.slash(moderator, channel, f"studio style {what}", **options)

    async def save(suffix: str) -> Interaction:
        pictures = {name: File(f"{name}.png", png(), "image/png") for name in ("image", "image_2")}
        return await command("save", name="Ink", suffix=suffix, **pictures)

    async def killed_at(boundary: str) -> None:
        stage.die_at(boundary, "after")
        await save("in pencil")
        await stage.killed()
        await stage.start()

    async def shown(*texts: str) -> None:
        interaction = await command("show", name="ink")
        await interaction.until(lambda message: all(text in message.text for text in texts))

    try:
        await stage.start()
        await killed_at("styles.Styles._keep: Blobs.put")
        await shown("There is no style called")
        await killed_at("styles.Styles.save: Preferences.save_style")
        await shown("in pencil", "2 reference pictures")
        before = kept(deployment.data)
        saved = await save("in ink")
        await saved.until(lambda message: "is replaced" in message.text)
        assert kept(deployment.data) == before, "two came, and two went"
        await killed_at("styles.Styles._let_go: Blobs.delete")
        interaction = await command("show", name="ink")
        message = await interaction.until(lambda message: "in pencil" in message.text)
        assert len(message.pictures) == 2
    finally:
        await stage.stop()
