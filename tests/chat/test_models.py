"""Where the operator enables several models: what members are offered, what it costs, and what one can't do."""

from dataclasses import replace
from typing import Any

import pytest

from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.domain.catalog import CATALOG
from tests.chat.forms import offered, restart
from tests.chat.pictures import png

FLARE, OLDER = "openai/gpt-image-2.5-flare", "openai/gpt-image-1.5"


@pytest.fixture
def room_overrides() -> dict[str, Any]:
    return {"easel_models": (OLDER, FLARE)}


def choices(room: Room, command: str) -> dict[str, dict[str, Any]]:
    """What is offered for each option: values by their words."""
    tree = room.app.client.tree
    found: Any = tree.get_command(command)
    return {
        option["name"]: {each["name"]: each["value"] for each in option["choices"]}
        for option in found.to_dict(tree)["options"]
        if option.get("choices")
    }


async def test_the_choices_are_the_union_and_priced_where_the_models_agree(room: Room) -> None:
    for command in ("imagine", "edit"):
        offered = choices(room, command)
        assert list(offered["model"].values()) == ["openai/gpt-image-2", OLDER, FLARE]
        assert offered["quality"] == {
            "Low: from $0.012 a picture": "low",
            "Medium: from $0.05 a picture": "medium",
            "High: from $0.13 a picture": "high",
            "Extra high: about $0.25 a picture": "xhigh",
            "Maximum: about $0.50 a picture": "max",
            "Automatic: up to $0.25 a picture": "auto",
        }
        assert len(offered["aspect_ratio"]) == 18


async def test_the_model_that_was_chosen_runs_and_the_first_one_unless_one_was(room: Room) -> None:
    chosen = await room.member.slash(room.channel, "imagine", prompt="a fox", model=FLARE, quality="max")
    await room.app.dispatch.idle()
    assert "GPT Image 2.5 Flare · " in text_of(chosen.response)
    assert "$0.50" in text_of(chosen.response)
    await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await room.app.dispatch.idle()
    asked = [each.path.removeprefix("/v1/models/") for each in room.replicate.requests if "/models/" in each.path]
    assert asked == [f"{FLARE}/predictions", "openai/gpt-image-2/predictions"]


async def test_what_the_chosen_model_can_not_do_is_refused_with_what_to_change(room: Room) -> None:
    async def refused(**options: Any) -> str:
        result = await room.member.slash(room.channel, "imagine", prompt="a fox", **options)
        assert result.ephemeral
        return text_of(result.response)

    assert await refused(quality="xhigh") == (
        "GPT Image 2 can't do **Extra high**. Choose Low, Medium, High or Automatic; "
        "or keep it, and choose GPT Image 2.5 Flare as the model."
    )
    assert await refused(model=OLDER, aspect_ratio="16:9") == (
        "GPT Image 1.5 can't do **Wide 16:9**. Choose Square 1:1, Landscape 3:2 or Portrait 2:3; "
        "or keep it, and choose GPT Image 2 or GPT Image 2.5 Flare as the model."
    )
    both = await refused(model=OLDER, aspect_ratio="16:9", quality="max")
    assert "choose GPT Image 2.5 Flare as the model" in both, "one that can do all that was asked"
    await room.app.dispatch.idle()
    assert not room.replicate.runs


async def test_discord_takes_the_commands_with_every_model_there_is(room: Room) -> None:
    """At most 25 choices an option, 100 characters a choice, and 8,000 in all."""
    client = room.app.client
    client.tree.clear_commands(guild=None)
    client.studio = _with_all_models(client.studio)
    client.open_studio(client.studio)
    assert await client.sync_commands(force=True)
    for command in ("imagine", "edit"):
        found: Any = client.tree.get_command(command)
        told = found.to_dict(client.tree)
        texts = [told["name"], told["description"]]
        for option in told["options"]:
            texts += [option["name"], option["description"]]
            assert len(option.get("choices", [])) <= 25
            texts += [str(choice[key]) for choice in option.get("choices", []) for key in ("name", "value")]
        assert all(1 <= len(text) <= 100 for text in texts)
        assert sum(map(len, texts)) <= 8_000


def _with_all_models(studio: Any) -> Any:
    return replace(studio, models=tuple(CATALOG.values()))


async def test_the_card_and_form_of_edit_image_offer_the_union_until_a_model_is_chosen(room: Room) -> None:
    message = await room.member.send(room.channel, attachments=[("fox.png", png())])
    card = await room.member.context_menu(room.channel, "Edit image", message)
    assert card.response is not None
    form = await room.member.click(card.response, label="Write the prompt")
    assert (len(offered(form, "quality")), len(offered(form, "aspect_ratio"))) == (6, 18)
    await restart(room)
    await room.member.select(card.response, [f'"{OLDER}"'], custom_id="easel:option:model")
    form = await room.member.click(card.response, label="Write the prompt")
    assert (len(offered(form, "quality")), len(offered(form, "aspect_ratio"))) == (4, 3)
    edited = await room.member.submit_modal(form, {"prompt": "make it night", "pictures": ["1"]})
    await room.app.dispatch.idle()
    assert "GPT Image 1.5 · " in text_of(edited.response)
