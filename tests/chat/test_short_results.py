"""Results with fewer pictures than were asked for: what there is comes, and the card says what is missing and why."""

import base64

from bot.demo.reading import components_of, text_of
from bot.demo.replicate_faults import Respond
from bot.demo.replicate_runs import Ending
from bot.demo.room import Room
from tests.chat.pictures import png


async def test_the_other_pictures_come_where_one_can_not_be_fetched(room: Room) -> None:
    room.replicate.faults.order(Respond(404), path="/delivery/*-1.png", times=9)
    result = await room.member.slash(room.channel, "imagine", prompt="foxes", quality="low", count=3, format="png")
    await room.app.dispatch.idle()
    message = result.response
    assert message is not None
    (run,) = room.replicate.runs
    first, _, third = run.files.values()
    assert [await each.read() for each in message.attachments] == [first, third]
    assert [each.filename[-6:] for each in message.attachments] == ["-1.png", "-3.png"]
    assert "Picture 2 was made and paid for, but its file could not be fetched whole." in text_of(message)
    [gallery] = components_of(message, 12)
    told = [item["description"].partition(".")[0] for item in gallery["items"]]
    assert told == ["Picture 1 of 3", "Picture 3 of 3"]
    usage = await room.app.store.usage(room.member.id, room.app.client.studio.clock.now(), 1)
    assert usage.today.amount == 36_000  # what Replicate bills, which has made them all
    assert usage.last[0].pictures == 2


async def test_the_card_says_that_the_model_made_fewer(room: Room) -> None:
    room.replicate.endings.append(Ending(output=[f"data:image/png;base64,{base64.b64encode(png()).decode()}"]))
    result = await room.member.slash(room.channel, "imagine", prompt="foxes", quality="low", count=2)
    await room.app.dispatch.idle()
    assert result.response is not None
    assert len(result.response.attachments) == 1
    assert "The model made 1 picture of the 2 asked for." in text_of(result.response)
