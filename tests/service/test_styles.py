"""Saving a style when nobody can tell whether it was saved."""

import asyncio
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.domain.errors import StoreUnavailable
from bot.domain.request import Attachment
from bot.domain.style import Style
from bot.images.verify import PictureVerifier
from bot.service.ports import CommitInDoubt
from bot.service.styles import Styles
from bot.storage.blobs import DirectoryBlobs
from bot.storage.cipher import Cipher
from bot.storage.preferences import SqlPreferences
from tests.chat.pictures import png
from tests.clocks import ManualClock


class Upload:
    async def read(self, attachment: Attachment) -> bytes:
        return png()


class Failing(SqlPreferences):
    """Records that fail to take a style."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    async def save_style(self, guild_id: int, style: Style, by: int | None, now: datetime) -> Style | None:
        raise self._error


def kept(directory: Path) -> int:
    """How many reference pictures are kept."""
    return len([*directory.glob("styles.*.blob")])


@pytest.mark.parametrize(
    ("error", "left"),
    [
        pytest.param(StoreUnavailable(), 0, id="not saved"),
        pytest.param(CommitInDoubt(), 1, id="in doubt"),
        pytest.param(asyncio.CancelledError(), 1, id="canceled"),
    ],
)
async def test_pictures_are_let_go_only_where_no_style_can_need_them(
    tmp_path: Path, error: BaseException, left: int
) -> None:
    pictures = PictureVerifier()
    blobs = DirectoryBlobs(tmp_path, Cipher.from_key(Fernet.generate_key().decode()))
    styles = Styles(Failing(error), Upload(), pictures, blobs, ManualClock())
    ink = Attachment(1, "ink.png", "https://cdn.discordapp.com/ink.png", 1, None)
    with pytest.raises(type(error)):
        await styles.save(1, Style("Ink"), [ink], by=2)
    pictures.close()
    assert kept(tmp_path) == left
