"""What members and guilds choose for good, on panels that work after a restart, and what comes of it."""

import json
from dataclasses import replace
from typing import Any

from simcord.results import InteractionResult

from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from bot.domain.catalog import CATALOG
from bot.domain.moderation import Policy, Rules
from bot.domain.options import Options
from bot.domain.style import Style
from tests.clocks import NOON

SELECT = 3  # Discord's component type


def chosen(panel: InteractionResult) -> dict[str, str]:
    """What each menu of a panel shows, by the last part of its id."""
    shown: dict[str, str] = {}
    for menu in components_of(panel.response, SELECT):
        (label,) = (option["label"] for option in menu["options"] if option.get("default"))
        shown[menu["custom_id"].rpartition(":")[2]] = label
    return shown


async def choose(room: Room, panel: InteractionResult, field: str, value: str) -> None:
    assert panel.response is not None
    await room.member.select(panel.response, [value], custom_id=f"easel:default:{field}")


async def imagine(room: Room, prompt: str, **options: Any) -> tuple[InteractionResult, dict[str, Any]]:
    """The answer, and the input that Replicate received."""
    result = await room.member.slash(room.channel, "imagine", prompt=prompt, **options)
    await room.app.dispatch.idle()
    creates = [each for each in room.replicate.requests if each.path.endswith("gpt-image-2/predictions")]
    return result, json.loads(creates[-1].body)["input"]


async def test_defaults_are_chosen_one_by_one_and_used_where_an_option_is_left_open(room: Room) -> None:
    panel = await room.member.slash(room.channel, "defaults")
    assert panel.ephemeral
    assert chosen(panel) == {
        "quality": "No default: Automatic",
        "aspect_ratio": "No default: Square 1:1",
        "background": "No default: Automatic",
        "output_format": "No default: WebP",
        "count": "No default: 1 picture",
        "private": "No default: Everyone in the channel",
    }
    await choose(room, panel, "quality", "low")
    await choose(room, panel, "aspect_ratio", "2048x1152")
    await room.env.restart_bot()
    await choose(room, panel, "count", "3")
    await choose(room, panel, "output_format", "jpeg")
    await choose(room, panel, "private", "private")
    assert chosen(panel) == {
        "quality": "Low: about $0.012 a picture",
        "aspect_ratio": "2048 × 1152 pixels, wide",
        "background": "No default: Automatic",
        "output_format": "JPEG",
        "count": "3 pictures",
        "private": "You alone",
    }
    assert chosen(await room.other_member.slash(room.channel, "defaults"))["quality"] == "No default: Automatic"

    result, sent = await imagine(room, "a fox", aspect_ratio="3:2")
    assert result.ephemeral
    assert [sent[name] for name in ("quality", "aspect_ratio", "number_of_images")] == ["low", "3:2", 3]
    assert sent["output_format"] == "jpeg"
    # What is chosen wins over a default that it doesn't go together with.
    result, sent = await imagine(room, "a fox", background="transparent", private=False, count=1)
    assert not result.ephemeral
    assert (sent["background"], sent["output_format"], sent["number_of_images"]) == ("transparent", "webp", 1)
    # A style's choices go between the two.
    style = {"suffix": "in ink", "quality": "medium", "aspect_ratio": "16:9", "background": "transparent"}
    await room.moderator.slash(room.channel, "studio style save", name="Ink", **style)
    _, sent = await imagine(room, "a fox", style="ink", aspect_ratio="1:1", count=1)
    assert [sent[name] for name in ("quality", "aspect_ratio", "number_of_images")] == ["medium", "1:1", 1]
    assert (sent["background"], sent["output_format"]) == ("transparent", "webp")

    await choose(room, panel, "background", "transparent")
    assert chosen(panel)["output_format"] == "No default: WebP", "JPEG can't hold that, and the later choice wins"
    await choose(room, panel, "quality", "-")
    assert chosen(panel)["quality"] == "No default: Automatic"
    assert panel.response is not None
    await room.env.restart_bot()
    await room.member.click(panel.response, label="Reset all")
    assert all(label.startswith("No default") for label in chosen(panel).values())
    assert await room.app.client.studio.preferences.defaults(room.member.id) == Options()


async def test_defaults_that_are_no_longer_offered_refuse_nothing(room: Room) -> None:
    held = Options("openai/gone", "xhigh", "5:7", "plaid", 99, "tiff")
    await room.app.client.studio.preferences.change_defaults(room.member.id, lambda _: held)
    panel = await room.member.slash(room.channel, "defaults")
    assert chosen(panel)["quality"] == "No default: Automatic"
    _, sent = await imagine(room, "a fox")
    assert [sent[name] for name in ("quality", "aspect_ratio", "number_of_images")] == ["auto", "1:1", 1]


async def test_what_a_servers_rules_do_not_allow_gives_way_in_defaults_and_is_refused_where_it_was_chosen(
    room: Room,
) -> None:
    preferences, guild_id = room.app.client.studio.preferences, room.member.guild.id
    rules = Rules(qualities=("low", "medium"), most_pictures=2)
    await preferences.change_policy(guild_id, lambda _: Policy(rules), None, NOON)
    _, sent = await imagine(room, "a fox")
    assert (sent["quality"], sent["number_of_images"]) == ("medium", 1), "automatic quality is none of them"
    held = Options(quality="high", count=4, moderation="low")
    await preferences.change_defaults(room.member.id, lambda _: held)
    style = Style("Bold", "in bold", options=Options(quality="high", count=9))
    await preferences.save_style(guild_id, style, None, NOON)
    for options in ({}, {"style": "Bold"}):
        _, sent = await imagine(room, "a fox", **options)
        assert (sent["quality"], sent["number_of_images"], sent["moderation"]) == ("medium", 2, "auto")
    for options, said in (
        ({"quality": "high"}, "This server doesn't allow `high` as the quality here. Choose `low` or `medium`."),
        ({"count": 3}, "This server allows 2 pictures in one request here. Please ask for fewer."),
    ):
        result = await room.member.slash(room.channel, "imagine", prompt="a fox", **options)
        assert result.ephemeral
        assert text_of(result.response) == said
    assert await preferences.defaults(room.member.id) == held, "which hold in other servers"


async def test_a_default_model_brings_its_own_choices_and_gives_way_to_what_it_cannot_do(room: Room) -> None:
    client = room.app.client
    slugs = ("openai/gpt-image-2", "openai/gpt-image-2.5-flare", "openai/gpt-image-1.5")
    client.studio = replace(client.studio, models=tuple(CATALOG[slug] for slug in slugs))
    panel = await room.member.slash(room.channel, "defaults")
    assert chosen(panel)["model"] == "No default: GPT Image 2"
    await choose(room, panel, "model", "openai/gpt-image-2.5-flare")
    await choose(room, panel, "quality", "max")
    assert chosen(panel)["quality"].startswith("Maximum")

    async def model_and_quality(**options: Any) -> tuple[str, str]:
        result = await room.member.slash(room.channel, "imagine", prompt="a fox", **options)
        await room.app.dispatch.idle()
        assert result.response is not None
        (job,) = (await room.app.store.usage(room.member.id, client.studio.clock.now(), 1)).last
        return job.request.model.rpartition("/")[2], job.request.quality

    assert await model_and_quality() == ("gpt-image-2.5-flare", "max")
    assert await model_and_quality(quality="low") == ("gpt-image-2.5-flare", "low")
    await choose(room, panel, "model", "openai/gpt-image-1.5")
    assert chosen(panel)["quality"] == "No default: Automatic", "which can't do that"
    assert await model_and_quality() == ("gpt-image-1.5", "auto")
    assert await model_and_quality(aspect_ratio="16:9") == ("gpt-image-2", "auto"), "the one that can"
