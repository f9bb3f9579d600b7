"""Forms, menus and buttons over the wire, held to Discord's own rules for each component and each answer."""

import pytest

from bot.demo.replicate_runs import Run
from tests.process.deployment import Deployment, png
from tests.process.program import EaselRun
from tests.wire import rules
from tests.wire.discord_server import File, Interaction
from tests.wire.messages import Message
from tests.wire.places import EVERYDAY, Permission
from tests.wire.world import Channel, Member

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_from_a_members_picture_to_an_edit_of_the_edit(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member
) -> None:
    discord = deployment.discord
    posted = discord.say(ann, channel, "look", *(File(f"{name}.png", png(), "image/png") for name in ("fox", "hen")))
    menu = await (await discord.message_command(ann, posted, "Edit image")).answered()
    card = menu.original
    assert card is not None
    assert card.ephemeral
    for option, value in (("count", "3"), ("output_format", '"png"')):
        await (await discord.select(ann, card, f"easel:option:{option}", value)).answered()
    write = await (await discord.click(ann, card, "easel:write")).answered()
    keys = offered(write, "pictures")
    upload = File("owl.png", png(side=320), "image/png")
    edited = await discord.submit_modal(
        write, prompt="all three of them at night", pictures=keys, more=[upload], quality=["low"]
    )
    result = await edited.until(lambda message: len(message.pictures) == 3 or None)
    run = run_of(deployment, "all three of them at night")
    assert [each.data for each in result.pictures] == list(run.files.values())
    assert len(run.input["input_images"]) == 3

    (delete,) = (each for each in result.controls if each.startswith("easel:delete:"))
    before = [each.data for each in result.pictures]
    form = await (await discord.click(ann, result, delete)).answered()
    _everything, _first, second, _third = offered(form, "pictures")
    await (await discord.submit_modal(form, pictures=[second])).answered()
    assert [each.data for each in result.pictures] == [before[0], before[2]]
    assert "1 of 3 pictures was deleted." in result.text

    (edit,) = (each for each in result.controls if each.startswith("easel:edit:"))
    form = await (await discord.click(ann, result, edit)).answered()
    again = await discord.submit_modal(form, prompt="by day once more", pictures=offered(form, "pictures"))
    await again.until(lambda message: len(message.pictures) == 3 or None)
    assert len(run_of(deployment, "by day once more").input["input_images"]) == 2
    await deployment.settled(easel, channel, 2)


async def test_limits_a_grant_and_settings(deployment: Deployment, easel: EaselRun, channel: Channel) -> None:
    discord = deployment.discord
    moderator = deployment.guild.member("mo", permissions=EVERYDAY | Permission.MANAGE_GUILD)

    async def told(used: Interaction, words: str) -> Message:
        """The message that it changes or answers with, once it says this."""
        return await used.until(lambda message: words in message.text)

    panel = await told(await discord.slash(moderator, channel, "studio limits"), "Limits of this server")
    assert panel.ephemeral
    await told(await discord.select(moderator, panel, "easel:limits-of", "server"), "Limits: All members together")
    form = await (await discord.click(moderator, panel, "easel:limits-sheet:server:pictures")).answered()
    entered = {"pictures-day": "unlimited", "pictures-week": "a few"}
    await told(await discord.submit_modal(form, **entered), "`a few` isn't a number of pictures")
    (correct,) = (each for each in panel.controls if "a few" in each)
    form = await (await discord.click(moderator, panel, correct)).answered()
    await told(await discord.submit_modal(form, **entered | {"pictures-week": "1000000"}), "1,000,000 pictures a week")
    removed = await discord.click(moderator, panel, "easel:limits-remove:server")
    await told(removed, "**Removed:** the limits of All members together.")

    await told(await discord.slash(moderator, channel, "studio grants"), "There are no grants.")
    changed = await discord.slash(moderator, channel, "studio settings", time_zone="Europe/Berlin")
    await told(changed, "**Europe/Berlin**, where it is ")
    await told(await discord.slash(moderator, channel, "studio settings", time_zone="UTC"), "**UTC**, where it is ")


def run_of(deployment: Deployment, prompt: str) -> Run:
    (run,) = (each for each in deployment.replicate.runs if each.input["prompt"] == prompt)
    return run


def offered(opened: Interaction, part: str) -> list[str]:
    """The values of a menu in the modal that answered."""
    assert opened.modal is not None
    (menu,) = (each for each in rules.walk(opened.modal["components"]) if each.get("custom_id") == part)
    return [each["value"] for each in menu["options"]]
