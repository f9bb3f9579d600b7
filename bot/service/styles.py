"""Guilds' styles: found, saved with their reference pictures, and taken away with them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from bot.domain.errors import BadStyleName, StoreUnavailable, StyleOutsideGuild, UnknownStyle
from bot.domain.request import Attachment, InputImage
from bot.domain.style import LONGEST_NAME, Style, near, same_name, style_name
from bot.service.ports import Attachments, Blobs, Clock, CommitInDoubt, Pictures, Preferences
from bot.service.staging import kept_image

_log = structlog.get_logger(__name__)

FOR_GOOD = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Saved:
    style: Style
    replaced: bool


class Styles:
    """Reference pictures are kept before the style that names them is, and let go after it: a crash in between may
    leave a picture behind, never a style without its pictures."""

    def __init__(
        self, preferences: Preferences, attachments: Attachments, pictures: Pictures, blobs: Blobs, clock: Clock
    ) -> None:
        self._preferences = preferences
        self._attachments = attachments
        self._pictures = pictures
        self._blobs = blobs
        self._clock = clock

    async def all(self, guild_id: int | None) -> Sequence[Style]:
        """The guild's, by name; none where there is no guild."""
        return [] if guild_id is None else await self._preferences.styles(guild_id)

    async def find(self, guild_id: int | None, name: str) -> Style:
        """Raises `UnknownStyle`, and `StyleOutsideGuild` where there is no guild."""
        if guild_id is None:
            raise StyleOutsideGuild
        known = await self._preferences.styles(guild_id)
        for style in known:
            if same_name(style.name, name):
                return style
        raise _unknown(name, known)

    async def save(self, guild_id: int, style: Style, references: Sequence[Attachment], by: int) -> Saved:
        """Keep the style with these reference pictures, whole, in the place of the one of that name.

        Raises what `Style.check` does, `TooManyStyles`, or the `PictureRefused` of the first picture that can't be
        used; nothing is kept then.
        """
        style = replace(style, name=style_name(style.name), suffix=style.suffix.strip())
        style.check(picture_count=len(references))
        folder = f"styles/{secrets.token_hex(8)}"
        keys = [f"{folder}/{index}" for index in range(len(references))]
        try:
            kept = [await self._keep(key, each) for key, each in zip(keys, references, strict=True)]
            style = replace(style, pictures=tuple(kept))
            before = await self._preferences.save_style(guild_id, style, by, self._clock.now())
        except CommitInDoubt:
            raise  # the style may be there, and need them; so it may after a cancellation
        except Exception:
            await self._let_go(keys)
            raise
        if before is not None:
            await self._let_go([each.key for each in before.pictures])
        return Saved(style, replaced=before is not None)

    async def rename(self, guild_id: int, name: str, new_name: str, by: int) -> Style:
        """Answers the style under its new name. Raises `BadStyleName`, `StyleNameTaken`, `UnknownStyle`."""
        new_name = style_name(new_name)
        if not new_name:
            raise BadStyleName(LONGEST_NAME)
        renamed = await self._preferences.rename_style(guild_id, name, new_name, by, self._clock.now())
        if renamed is None:
            raise _unknown(name, await self._preferences.styles(guild_id))
        return renamed

    async def remove(self, guild_id: int, name: str, by: int) -> Style:
        """Answers the style that was removed. Raises `UnknownStyle`."""
        removed = await self._preferences.remove_style(guild_id, name, by, self._clock.now())
        if removed is None:
            raise _unknown(name, await self._preferences.styles(guild_id))
        await self._let_go([each.key for each in removed.pictures])
        return removed

    async def picture(self, image: InputImage) -> bytes | None:
        """The bytes of a reference picture."""
        return await self._blobs.get(image.key)

    async def _keep(self, key: str, attachment: Attachment) -> InputImage:
        data = await self._attachments.read(attachment)
        picture = await self._pictures.verify(attachment.filename, data)
        await self._blobs.put(key, picture.data, keep_until=FOR_GOOD)
        return kept_image(key, attachment.filename, picture)

    async def _let_go(self, keys: Sequence[str]) -> None:
        for key in keys:
            try:
                await self._blobs.delete(key)
            except StoreUnavailable as error:
                _log.warning("a picture that no style needs could not be deleted", key=key, error=repr(error))


def _unknown(name: str, known: Sequence[Style]) -> UnknownStyle:
    return UnknownStyle(style_name(name), near(name, [style.name for style in known]))
