"""The documents' pictures are those that the script takes, and it takes them."""

from io import BytesIO

import pytest
from PIL import Image

from bot.demo.browser import HOW_TO_GET_ONE, find_chromium
from tests.docs.documents import DOCUMENTS, links
from tests.docs.screenshots import IMAGES, SCENES, small, waiting


def test_every_picture_has_its_scene_and_its_place() -> None:
    taken = {f"{name}.png" for names in SCENES.values() for name in names}
    assert {each.name for each in IMAGES.iterdir()} == taken
    shown = {link.rpartition("/")[2] for each in DOCUMENTS for link in links(each) if link.endswith(".png")}
    assert shown == taken


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason=HOW_TO_GET_ONE)
async def test_a_scene_is_played_and_taken() -> None:
    [png] = (await waiting()).values()
    with Image.open(BytesIO(small(png))) as picture:
        assert picture.width > 400
        assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 50, "a card with text, not an empty page"
