"""The pictures that are in a message: as attachments, in embeds, in Components V2, in what it forwards."""

import mimetypes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol
from urllib.parse import unquote, urlsplit

import discord

from bot.chat.components import walk
from bot.chat.filling import picture_number
from bot.chat.intake import attachment_of
from bot.domain.hosts import AllowedHosts
from bot.domain.request import Attachment

LONGEST_URL = 2048
"""Characters of an address that a gallery takes."""


@dataclass(frozen=True, slots=True)
class Source:
    """A picture in a message. `key` finds it again among the pictures of the same message."""

    key: str
    attachment: Attachment
    number: int  # as people count them: of a batch, from its file's name, else by its place in the message
    spoiler: bool = False


class _Media(Protocol):
    """A picture as an embed or a component has it: where it is, and where Discord's proxy has it."""

    @property
    def url(self) -> str | None: ...

    @property
    def proxy_url(self) -> str | None: ...


def attached_pictures(message: discord.Message | None) -> list[Source]:
    """The pictures attached to the message, in their order; those of a batch keep their numbers when some are gone."""
    pictures = [each for each in message.attachments if _is_picture(each)] if message else []
    return [_attached(each, place) for place, each in enumerate(pictures, start=1)]


def pictures_in(message: discord.Message, hosts: AllowedHosts) -> list[Source]:
    """All pictures in the message that can be read: on one of the hosts themselves or through Discord's own proxy."""
    found: dict[str, Source] = {}
    for part in (message, *message.message_snapshots):
        for attachment in part.attachments:
            if _is_picture(attachment) and hosts.allow(attachment.url):
                _add(found, attachment.url, _attached(attachment, len(found) + 1))
        for media, spoiler in (*_in_embeds(part.embeds), *_in_components(part.components)):
            url = next((each for each in (media.url, media.proxy_url) if each and hosts.allow(each)), None)
            if url is not None and len(url) <= LONGEST_URL and _may_be_picture(media, url):
                place = len(found) + 1
                _add(found, url, Source(str(place), _linked(media, url, place), place, spoiler))
    return list(found.values())


def _add(found: dict[str, Source], url: str, source: Source) -> None:
    """An attachment that a gallery shows is one picture; signatures and hosts differ, the path doesn't."""
    found.setdefault(urlsplit(url).path, source)


def _is_picture(attachment: discord.Attachment) -> bool:
    kind = attachment.content_type or mimetypes.guess_type(attachment.filename)[0] or ""
    return kind.startswith("image/")


def _attached(attachment: discord.Attachment, place: int) -> Source:
    number = picture_number(attachment.filename) or place
    return Source(str(attachment.id), attachment_of(attachment), number, attachment.is_spoiler())


def _in_embeds(embeds: Sequence[discord.Embed]) -> Iterator[tuple[_Media, bool]]:
    for embed in embeds:
        yield embed.image, False
        yield embed.thumbnail, False


def _in_components(components: Iterable[discord.Component]) -> Iterator[tuple[_Media, bool]]:
    for component in walk(components):
        match component:
            case discord.MediaGalleryComponent():
                yield from ((each.media, each.spoiler) for each in component.items)
            case discord.ThumbnailComponent():
                yield component.media, component.spoiler
            case _:
                pass


def _may_be_picture(media: _Media, url: str) -> bool:
    """Not what says that it is a film. An embed's pictures say nothing, and are pictures."""
    kind = getattr(media, "content_type", None) or mimetypes.guess_type(urlsplit(url).path)[0]
    return kind is None or kind.startswith("image/")


def _linked(media: _Media, url: str, place: int) -> Attachment:
    """Its size isn't told before it is read."""
    name = unquote(PurePosixPath(urlsplit(url).path).name) or f"picture-{place}"
    return Attachment(id=place, filename=name, url=url, size=0, media_type=getattr(media, "content_type", None))
