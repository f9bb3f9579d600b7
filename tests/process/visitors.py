"""Members who use everything there is: each command, and each button, menu and form that comes of it, once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.process.deployment import png
from tests.wire import rules
from tests.wire.discord_server import DiscordServer, File, Interaction
from tests.wire.interactions import ATTACHMENT, MENTIONABLE, USER
from tests.wire.messages import Message
from tests.wire.rules import JSON
from tests.wire.world import Channel, Member

_BUTTON, _MENU = 2, 3  # types of components
_LATER, _MODAL = 6, 9  # types of responses
_WORDS: Mapping[str, str] = {
    "until": "2 days",
    "name": "Ink",
    "new_name": "Ink",
    "suffix": "in ink",
    "style": "Ink",
    "since": "all",
}


class Visitor:
    """One who knows each kind of control only once. `other` is whom moderators deal with."""

    def __init__(self, discord: DiscordServer, channel: Channel, other: Member) -> None:
        self._discord = discord
        self._channel = channel
        self._other = other
        self.used: set[str] = set()
        """Commands, and custom ids without the numbers in them."""

    async def use_all_commands(self, actor: Member) -> None:
        for command in self._discord.world.commands[None]:
            if command["type"] == 1:
                for path, options in _leaves(command, ()):
                    await self.use_command(actor, path, options)

    async def use_command(self, actor: Member, path: str, options: Sequence[JSON]) -> None:
        values = {each["name"]: self._value(each) for each in options if each.get("required")}
        self.used.add(path)
        await self.explore(actor, await self._discord.slash(actor, self._channel, path, **values))

    async def explore(self, actor: Member, interaction: Interaction, revisions: int = 0) -> None:
        """Go on from an answer to wherever it leads. `revisions` is how often the message of what was used had been
        changed before."""
        await interaction.answered()
        if interaction.response_type == _MODAL:
            assert interaction.modal is not None
            fields = [each for each in rules.walk(interaction.modal["components"]) if "custom_id" in each]
            filled = {each["custom_id"]: _entry(each) for each in fields}
            await self.explore(actor, await self._discord.submit_modal(interaction, **filled))
            return
        old = interaction.source if interaction.response_type == _LATER else None

        def is_shown(message: Message) -> object:
            return message.deleted or (message.text and (message is not old or len(message.revisions) > revisions))

        await self.use_controls(actor, await interaction.until(is_shown))

    async def use_controls(self, actor: Member, message: Message) -> None:
        while (found := self._next(message)) is not None:
            custom_id, value = found
            self.used.add(_kind(custom_id, value))
            revisions = len(message.revisions)
            if value is None:
                used = await self._discord.click(actor, message, custom_id)
            else:
                used = await self._discord.select(actor, message, custom_id, value)
            await self.explore(actor, used, revisions)

    def _next(self, message: Message) -> tuple[str, str | None] | None:
        """What of a message's controls was never used: a button, or a menu with one of its values; at last the way
        back."""
        offered = [] if message.deleted else list(_offered(message))
        back = [each for each in offered if "-back:" in each[0]]
        return next((each for each in offered if _kind(*each) not in self.used), back[0] if back else None)

    def _value(self, option: JSON) -> Any:
        if option["type"] in {USER, MENTIONABLE}:
            return self._other
        if option["type"] == ATTACHMENT:
            return File("fox.png", png(), "image/png")
        if option["type"] != 3:
            return max(1, option.get("min_value", 1))
        if option["name"] == "user_id":
            return str(self._other.user.id)
        return _WORDS.get(option["name"], "a quiet fox")


def _leaves(command: JSON, path: tuple[str, ...]) -> Iterator[tuple[str, Sequence[JSON]]]:
    """The command itself, or each of its subcommands, with its options."""
    path = (*path, command["name"])
    options: Sequence[JSON] = command.get("options", ())
    inner = [each for each in options if each["type"] < 3]
    if not inner:
        yield " ".join(path), options
    for each in inner:
        yield from _leaves(each, path)


def _offered(message: Message) -> Iterator[tuple[str, str | None]]:
    for custom_id, control in message.controls.items():
        if control["type"] in {_BUTTON, _MENU} and not control.get("disabled"):
            values: Sequence[str | None] = [each["value"] for each in control.get("options", ())] or [None]
            for value in values:
                yield custom_id, value


def _entry(field: JSON) -> Any:
    """What stands in the field already, or something that it might take."""
    match field["type"]:
        case rules.TEXT_INPUT:
            return (field.get("value") or "12")[: field.get("max_length", 4000)].ljust(field.get("min_length", 0), "x")
        case rules.FILE_UPLOAD:
            return [File("words.txt", b"fox\nhen\n", "text/plain")] if field.get("required", True) else []
        case rules.CHECKBOX:
            return True
        case rules.RADIO_GROUP:
            return field["options"][0]["value"]
        case _:
            chosen = [each["value"] for each in field.get("options", ()) if each.get("default")]
            offered = [each["value"] for each in field.get("options", ())]
            return chosen or offered[: max(1, field.get("min_values", 1))]


def _kind(custom_id: str, value: str | None) -> str:
    """What all of its kind have in common."""
    parts = [*custom_id.split(":"), value or ""]
    return ":".join(each for each in parts if each and not any(map(str.isdigit, each)))
