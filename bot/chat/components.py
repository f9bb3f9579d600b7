"""Reading the components of a message: what hangs on a card is all that a button or a menu has to go by."""

from collections.abc import Iterable, Iterator

import discord


def walk(components: Iterable[discord.Component]) -> Iterator[discord.Component]:
    """All components, top to bottom, with those inside of others."""
    for component in components:
        yield component
        match component:
            case discord.Container() | discord.ActionRow():
                yield from walk(component.children)
            case discord.SectionComponent():
                yield from walk([*component.children, component.accessory])
            case _:
                pass
