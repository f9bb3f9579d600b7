"""Members are answered in their own language, each in theirs at the same time; Discord is told of the commands so."""

from typing import Any

import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.chat.localization import CatalogTranslator
from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from tests.chat.conftest import Speak
from tests.chat.forms import offered, restart

BUTTON, GALLERY = 2, 12  # Discord's component types


async def imagine(room: Room, who: MemberActor, **options: Any) -> InteractionResult:
    return await who.slash(room.channel, "imagine", **options)


def labels(result: InteractionResult) -> list[str]:
    return [button["label"] for button in components_of(result.response, BUTTON)]


async def test_a_refusal_a_failure_and_usage(room: Room, speak: Speak) -> None:
    speak(room.member, "de")
    refused = await imagine(room, room.member, prompt="a fox", background="transparent", format="jpeg")
    assert text_of(refused.response) == (
        "JPEG kann keinen transparenten Hintergrund speichern. Wähle PNG oder WebP als Format oder einen anderen "
        "Hintergrund."
    )
    failed = await imagine(room, room.member, prompt="something forbidden")
    await room.app.dispatch.idle()
    assert "**Diesmal kein Bild.** Das Sicherheitssystem des Modells hat das abgelehnt." in text_of(failed.response)
    usage = await room.member.slash(room.channel, "usage")
    assert "**Heute**  0 Bilder, 0,00 $" in text_of(usage.response)


async def test_the_card_and_the_pictures_speak_as_their_member_and_others_as_they_do(room: Room, speak: Speak) -> None:
    speak(room.member, "de")
    room.replicate.end_gate.hold()
    german = await imagine(room, room.member, prompt="a fox", quality="high", count=2)
    english = await imagine(room, room.other_member, prompt="a fox", quality="high", count=2)
    assert f"<@{room.member.id}> wünscht sich\n> a fox" in text_of(german.response)
    assert "Qualität: Hoch · Quadrat 1:1 · 2 Bilder · WebP" in text_of(german.response)
    assert "kostet höchstens 0,26 $" in text_of(german.response)
    assert labels(german) == ["Abbrechen"]
    assert "may cost up to $0.26" in text_of(english.response)
    assert labels(english) == ["Cancel"]

    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    (gallery,) = components_of(german.response, GALLERY)
    assert gallery["items"][1]["description"] == "Bild 2 von 2. KI-generiertes Bild zum Prompt: a fox"
    assert "Löschen" in labels(german)
    (gallery,) = components_of(english.response, GALLERY)
    assert gallery["items"][0]["description"].startswith("Picture 1 of 2. AI-generated picture")
    assert "Delete" in labels(english)


async def test_who_presses_a_button_is_answered_in_their_language(room: Room, speak: Speak) -> None:
    speak(room.other_member, "de")
    result = await imagine(room, room.member, prompt="a fox", quality="low")
    await room.app.dispatch.idle()
    assert result.response is not None
    pressed = await room.other_member.click(result.response, label="Delete")
    assert text_of(pressed.response) == "Löschen kann das nur, wer darum gebeten hat, oder die Moderation."
    form = await room.other_member.click(result.response, label="Report")
    assert next(iter(offered(form, "reason"))) == "Sexuell"
    reported = await room.other_member.submit_modal(form, {"reason": ["violence"]})
    assert text_of(reported.response).startswith("Danke. Die Moderation weiß Bescheid")
    (report,) = room.log_channel.history()
    assert "Reported result" in text_of(report), "moderators read in the language of their own channel"


async def test_forms_and_panels_speak_to_who_opened_them_after_a_restart_too(room: Room, speak: Speak) -> None:
    result = await imagine(room, room.member, prompt="a fox", quality="low")
    await room.app.dispatch.idle()
    assert result.response is not None
    speak(room.other_member, "de")
    panel = await room.other_member.slash(room.channel, "defaults")
    assert panel.response is not None
    await restart(room)
    form = await room.other_member.click(result.response, label="Edit")
    assert "Querformat 3:2" in offered(form, "aspect_ratio")
    refused = await room.other_member.submit_modal(form, {"prompt": "  "})
    assert text_of(refused.response) == "Dein Prompt ist leer. Schreib, was du sehen möchtest."
    await room.other_member.select(panel.response, ["3"], custom_id="easel:default:count")
    assert "Deine Vorgaben" in text_of(panel.response)


async def test_what_discord_is_told_of_the_commands(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = room.app.client.tree
    payloads = {
        each["name"]: each
        for each in [await each.get_translated_payload(tree, CatalogTranslator()) for each in tree.get_commands()]
    }
    imagine = payloads["imagine"]
    assert imagine["description_localizations"] == {"de": "Mach Bilder mit GPT Image 2."}
    assert not imagine.get("name_localizations"), "commands are typed as the documents spell them"
    quality = next(each for each in imagine["options"] if each["name"] == "quality")
    assert not quality.get("name_localizations")
    high = next(each for each in quality["choices"] if each["value"] == "high")
    assert high["name"] == "High: about $0.13 a picture"
    assert high["name_localizations"] == {"de": "Hoch: etwa 0,13 $ pro Bild"}
    assert payloads["Edit image"]["name_localizations"] == {"de": "Bild bearbeiten"}
    for command in payloads.values():
        for name, text, limit in _texts(command):
            assert 0 < len(text) <= limit, (name, text)

    client = room.app.client
    assert not await client.sync_commands(), "nothing has changed since the start"

    async def shout(*args: Any) -> str:
        return "anders"

    monkeypatch.setattr(CatalogTranslator, "translate", shout)
    assert await client.sync_commands(), "a translation has"


def _texts(node: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Every description and choice in every language, with the characters that Discord takes."""
    found: list[tuple[str, str, int]] = []
    name: str = node["name"]
    if node.get("description"):
        found.append((name, node["description"], 100))
    found += [(name, each, 100) for each in (node.get("description_localizations") or {}).values()]
    is_menu = node.get("type") == 3 and "options" not in node and "description" not in node
    found += [(name, each, 32 if is_menu else 100) for each in (node.get("name_localizations") or {}).values()]
    for child in (*node.get("options", ()), *node.get("choices", ())):
        found += _texts(child)
    return found
