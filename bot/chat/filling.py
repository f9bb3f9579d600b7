"""What a message is to show, and how it is filled: its files may be too many bytes for one request."""

import re
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Protocol

import discord
from discord import ui

from bot.service.ports import FilesTooLarge, OutputPicture

REQUEST_LIMIT = 24 * 1024 * 1024
"""Bytes of files in one request. Discord takes 25 MiB for all of it (error 40005 beyond)."""


_OURS = re.compile(r"(?:SPOILER_)?easel-[0-9a-f]{16}-(?P<number>\d+)\.\w+")


def picture_number(filename: str) -> int | None:
    """Which picture of its job a file is, from 1 on, whichever others are missing; None where its name isn't ours."""
    ours = _OURS.fullmatch(filename)
    return int(ours["number"]) if ours else None


@dataclass(frozen=True, slots=True)
class Content:
    """What a message is to show. Files are made anew for each try, since sending uses them up."""

    view: Callable[[Sequence[str]], ui.LayoutView]  # from the names of the files that are there
    pictures: Sequence[OutputPicture] = field(default=(), repr=False)
    veiled: bool = False  # the files are spoilers, which Discord tells by their names

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(len(each.data) for each in self.pictures)

    @property
    def largest(self) -> int:
        """Bytes of its largest file; 0 where it has none."""
        return max((len(each.data) for each in self.pictures), default=0)

    def batches(self) -> list[list[OutputPicture]]:
        """The pictures in groups that each fit into one request; one empty group where there are none."""
        groups: list[list[OutputPicture]] = [[]]
        for picture in self.pictures:
            if groups[-1] and sum(len(each.data) for each in groups[-1]) + len(picture.data) > REQUEST_LIMIT:
                groups.append([])
            groups[-1].append(picture)
        return groups

    @contextmanager
    def files(self, pictures: Sequence[OutputPicture]) -> Generator[list[discord.File]]:
        """Files to send within the block. discord.py leaves each in a cycle with what it was made of, whose bytes would
        be held until the garbage collector comes by."""
        buffers = [_Bytes(each.data) for each in pictures]
        try:
            yield [
                discord.File(buffer, filename=each.filename, spoiler=self.veiled)
                for buffer, each in zip(buffers, pictures, strict=True)
            ]
        finally:
            for each in buffers:
                _Bytes.close(each)  # discord.py puts another `close` in its place


class _Bytes(BytesIO):
    """Bytes to send. aiohttp asks for a buffer to learn how many there are, for which `BytesIO` would copy them."""

    def getbuffer(self) -> memoryview:
        return memoryview(self.getvalue())


def check_sizes(content: Content, limit: int) -> None:
    """Raise `FilesTooLarge` where a file is over what the place or a request takes."""
    limit = min(limit, REQUEST_LIMIT)
    if content.largest > limit:
        raise FilesTooLarge(limit)


class Edit(Protocol):
    def __call__(
        self, *, view: ui.LayoutView, attachments: Sequence[discord.Attachment | discord.File]
    ) -> Awaitable[discord.Message]: ...


async def fill(
    edit: Edit,
    content: Content,
    *,
    there: Sequence[discord.Attachment] = (),
    batches: Sequence[Sequence[OutputPicture]] | None = None,
) -> discord.Message:
    """Fill a message by successive edits, each below the request limit and keeping what the ones before put there.

    The first edit names all attachments that are to stay, none, so a fill that is repeated after a crash starts anew.
    """
    message: discord.Message | None = None
    for batch in content.batches() if batches is None else batches:
        with content.files(batch) as files:
            view = content.view([each.filename for each in (*there, *files)])
            message = await edit(view=view, attachments=[*there, *files])
        there = message.attachments
    assert message is not None  # noqa: S101 # there is always a batch
    return message
