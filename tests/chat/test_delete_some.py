"""Delete under a batch: a choice of pictures, the rest left as they are."""

from simcord.results import InteractionResult

from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from tests.chat.forms import chosen, offered, restart
from tests.chat.test_buttons import made, press
from tests.chat.test_imagine import GALLERY

ALL = "All pictures, with the message"


def shown_files(result: InteractionResult) -> list[str]:
    """The file names of the gallery, by their numbers in the batch."""
    (gallery,) = components_of(result.response, GALLERY)
    return [item["media"]["url"].rpartition("-")[2] for item in gallery["items"]]


async def test_some_of_a_batch(room: Room) -> None:
    result = await made(room, count=4, format="png")
    assert result.response is not None
    kept = await result.response.attachments[2].read()
    await restart(room)
    shown = await press(room.member, result, "Delete")
    assert chosen(shown, "pictures") == [], "nothing is deleted by a form that was only opened and sent"
    menu = offered(shown, "pictures")
    assert list(menu) == [ALL, "Picture 1", "Picture 2", "Picture 3", "Picture 4"]
    await restart(room)
    await room.member.submit_modal(shown, {"pictures": [menu["Picture 1"], menu["Picture 4"]]})
    assert [each.filename[-5] for each in result.response.attachments] == ["2", "3"]
    assert await result.response.attachments[1].read() == kept
    assert shown_files(result) == ["2.png", "3.png"]
    (gallery,) = components_of(result.response, GALLERY)
    assert gallery["items"][0]["description"].startswith("Picture 2 of 4.")
    text = text_of(result.response)
    assert "2 of 4 pictures were deleted." in text
    assert "> a fox" in text

    # By a moderator, one more: what is said is brought up to date, not said twice.
    await restart(room)
    shown = await press(room.moderator, result, "Delete")
    menu = offered(shown, "pictures")
    assert list(menu) == [ALL, "Picture 2", "Picture 3"]
    await room.moderator.submit_modal(shown, {"pictures": [menu["Picture 2"]]})
    assert shown_files(result) == ["3.png"]
    assert "3 of 4 pictures were deleted." in text_of(result.response)
    assert "2 of 4" not in text_of(result.response)

    # The last one goes with its message, without a question; and the buttons still do what they did.
    again = await press(room.other_member, result, "Again")
    await room.app.dispatch.idle()
    assert again.response is not None
    assert len(again.response.attachments) == 4
    await press(room.member, result, "Delete")
    assert result.response is None


async def test_all_of_a_batch(room: Room) -> None:
    for everything in (True, False):
        result = await made(room, count=2)
        shown = await press(room.member, result, "Delete")
        await restart(room)
        menu = offered(shown, "pictures")
        values = [menu[ALL]] if everything else [menu["Picture 1"], menu["Picture 2"]]
        await room.member.submit_modal(shown, {"pictures": values})
        assert result.response is None


async def test_of_what_is_private(room: Room) -> None:
    result = await made(room, count=2, private=True)
    shown = await press(room.member, result, "Delete")
    await restart(room)
    await room.member.submit_modal(shown, {"pictures": [offered(shown, "pictures")["Picture 2"]]})
    assert "1 of 2 pictures was deleted." in text_of(result.response)
    assert result.response is not None
    assert len(result.response.attachments) == 1


async def test_two_forms_that_were_opened_at_once(room: Room) -> None:
    result = await made(room, count=3)
    first, second = await press(room.member, result, "Delete"), await press(room.moderator, result, "Delete")
    menu = offered(first, "pictures")
    await room.member.submit_modal(first, {"pictures": [menu["Picture 1"]]})
    late = await room.moderator.submit_modal(second, {"pictures": [menu["Picture 1"]]})
    assert late.ephemeral
    assert "deleted already" in text_of(late.response)
    assert shown_files(result) == ["2.webp", "3.webp"]


async def test_by_somebody_else(room: Room) -> None:
    result = await made(room, count=2)
    refused = await press(room.other_member, result, "Delete")
    assert refused.ephemeral
    assert "Only the member who asked for this, or a moderator" in text_of(refused.response)
    assert shown_files(result) == ["1.webp", "2.webp"]
