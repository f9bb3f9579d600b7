"""Modals by bare calls: what they take, and what their submit can do to the message that they were opened from."""

from typing import Any

import pytest

from tests.wire.clients import Api
from tests.wire.discord_server import DiscordServer, File, Interaction
from tests.wire.interactions import Impossible
from tests.wire.payloads import buttons, callback, card, text
from tests.wire.rules import JSON
from tests.wire.world import Member


def labelled(component: JSON) -> JSON:
    return {"type": 18, "label": "Label", "component": component}


def options(*values: str) -> list[JSON]:
    return [{"label": value.title(), "value": value} for value in values]


PICK: JSON = {"type": 3, "custom_id": "pick", "options": options("one", "two", "three"), "max_values": 2}
RATIO: JSON = {"type": 21, "custom_id": "ratio", "options": options("wide", "tall"), "required": False}
PARTS: JSON = {"type": 22, "custom_id": "parts", "options": options("sky", "sea"), "required": False}
UPLOAD: JSON = {"type": 19, "custom_id": "more", "required": False, "min_values": 0, "max_values": 2}
PROMPT: JSON = {"type": 4, "custom_id": "prompt", "style": 2, "value": "a fox"}
MODAL: JSON = {
    "custom_id": "edit:1",
    "title": "Edit",
    "components": [labelled(each) for each in (PROMPT, PICK, RATIO, PARTS, UPLOAD)],
}


@pytest.fixture
async def opened(server: DiscordServer, bare: Api, interaction: Interaction, ann: Member) -> Interaction:
    """A click on a card's button, answered by the modal."""
    await bare("POST", callback(interaction), {"type": 4, "data": card(text("one"), buttons("go"))})
    assert interaction.original is not None
    click = await server.click(ann, interaction.original, "go")
    assert (await bare("POST", callback(click), {"type": 9, "data": MODAL}))[0] == 200
    return click


async def test_what_is_submitted_is_what_was_filled_in(server: DiscordServer, opened: Interaction) -> None:
    files = [File("a.png", b"a", "image/png"), File("b.png", b"bb")]
    submitted = await server.submit_modal(opened, prompt="bluer", pick=["One", "three"], ratio="tall", more=files)
    parts = {each["component"]["custom_id"]: each["component"] for each in submitted.data["components"]}
    assert parts["prompt"]["value"] == "bluer"
    assert parts["pick"]["values"] == ["one", "three"]
    assert parts["ratio"]["value"] == "tall"
    assert parts["parts"]["values"] == []
    attachments = submitted.data["resolved"]["attachments"]
    assert [attachments[each]["filename"] for each in parts["more"]["values"]] == ["a.png", "b.png"]
    assert submitted.payload()["message"]["id"] == str(opened.original.id if opened.original else opened.source.id)  # pyright: ignore[reportOptionalMemberAccess] # it was opened from one


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"pick": ["four"]}, id="no such option"),
        pytest.param({"pick": ["one", "two", "three"]}, id="too many"),
        pytest.param({"pick": ["one", "one"]}, id="one of them twice"),
        pytest.param({"pick": ["one"], "ratio": "square"}, id="no such radio button"),
        pytest.param({"pick": ["one"], "more": [File(f"{n}.png", b"") for n in range(3)]}, id="too many files"),
        pytest.param({}, id="a required one left empty"),
    ],
)
async def test_a_client_submits_no_such_thing(
    server: DiscordServer, opened: Interaction, values: dict[str, Any]
) -> None:
    with pytest.raises(Impossible):
        await server.submit_modal(opened, prompt="bluer", **values)


async def test_a_submit_may_change_the_message_that_the_modal_was_opened_from(
    server: DiscordServer, bare: Api, opened: Interaction
) -> None:
    submitted = await server.submit_modal(opened, prompt="bluer", pick=["one"])
    assert (await bare("POST", callback(submitted), {"type": 7, "data": card(text("two"))}))[0] == 200
    assert submitted.original is opened.source
    assert submitted.original is not None
    assert submitted.original.text == "two"


async def test_a_submit_has_no_message_to_change_where_a_command_opened_the_modal(
    server: DiscordServer, bare: Api, interaction: Interaction
) -> None:
    assert (await bare("POST", callback(interaction), {"type": 9, "data": MODAL}))[0] == 200
    submitted = await server.submit_modal(interaction, prompt="bluer", pick=["one"])
    assert await bare.refusal("POST", callback(submitted), {"type": 7, "data": card(text())}) == (400, 50035)
    assert await bare.refusal("POST", callback(submitted), {"type": 9, "data": MODAL}) == (400, 50035)
    assert (await bare("POST", callback(submitted), {"type": 4, "data": card(text())}))[0] == 200


@pytest.mark.parametrize(
    "component",
    [
        pytest.param(PICK | {"options": []}, id="no option"),
        pytest.param(PICK | {"options": options(*map(str, range(26)))}, id="26 options"),
        pytest.param(PICK | {"options": options("one", "one")}, id="a value twice"),
        pytest.param(PICK | {"max_values": 4}, id="more values than options"),
        pytest.param(
            PICK | {"options": [each | {"default": True} for each in PICK["options"]]}, id="too many chosen at first"
        ),
        pytest.param(PICK | {"options": [{"label": "x" * 101, "value": "x"}], "max_values": 1}, id="a long label"),
        pytest.param(RATIO | {"options": options("wide")}, id="one radio button"),
        pytest.param(PROMPT | {"value": "x" * 4001}, id="a value over 4,000 characters"),
        pytest.param(UPLOAD | {"max_values": 11}, id="eleven files"),
    ],
)
async def test_a_modal_that_discord_would_not_take(bare: Api, interaction: Interaction, component: JSON) -> None:
    modal = MODAL | {"components": [labelled(component)]}
    assert await bare.refusal("POST", callback(interaction), {"type": 9, "data": modal}) == (400, 50035)
