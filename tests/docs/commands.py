"""docs/commands.md, made from the command tree. To write it anew: `.venv/bin/python -m tests.docs.commands`."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord

from bot.domain.catalog import CATALOG
from bot.settings import GivenSettings
from tests.docs.documents import ROOT
from tests.docs.tree import commands

PAGE = ROOT / "docs" / "commands.md"

_HEAD = """\
# Commands

Every command with every option, as Discord offers them with the default model. This page is made from the program, by
`.venv/bin/python -m tests.docs.commands`.

An option in **bold** is needed; a choice in *italics* is the model's own where nothing else is chosen, by you, your
`/defaults` or a style. Discord itself decides who is offered a command: whoever manages a server can change
that under *Server Settings*, *Integrations*. Where Easel may be used, and by whom, is set in `/studio settings`.
"""

_TYPES = discord.AppCommandOptionType
_TAKES = {
    _TYPES.string: "text",
    _TYPES.integer: "a whole number",
    _TYPES.number: "a number",
    _TYPES.boolean: "yes or no",
    _TYPES.user: "a member",
    _TYPES.role: "a role",
    _TYPES.mentionable: "a member or a role",
    _TYPES.channel: "a channel",
    _TYPES.attachment: "a file",
}
_GROUPS = {_TYPES.subcommand.value, _TYPES.subcommand_group.value}

Payload = Mapping[str, Any]


async def page() -> str:
    """The page's text."""
    always = {name: {each["name"] for each in options} for name, options, _ in _leaves(await commands())}
    everything = await commands(low_moderation=True)
    typed = [each for each in everything if each["type"] == discord.AppCommandType.chat_input.value]
    menu = [each["name"] for each in everything if each["type"] == discord.AppCommandType.message.value]
    sections = [
        ("For everybody", "In servers and in direct messages with the bot.", None),
        (
            "For those with Manage Messages",
            "In servers alone. What they answer, only the asker sees.",
            "manage_messages",
        ),
        ("For those with Manage Server", "In servers alone. What they answer, only the asker sees.", "manage_guild"),
    ]
    lines = [_HEAD]
    for title, where, permission in sections:
        lines += [f"## {title}", "", where, ""]
        for name, options, description in _leaves([each for each in typed if _permission(each) == permission]):
            lines += [f"### `/{name}`", "", description, "", *_table(options, always[name])]
        if permission is None:
            lines += ["### In the menu of a message", ""]
            lines += [
                f"Right-click a message (or press long), then *Apps*: {', '.join(f'**{each}**' for each in menu)}.",
                "",
            ]
    return "\n".join(lines).rstrip() + "\n"


def _permission(command: Payload) -> str | None:
    """The one that Discord offers it by, if there is one."""
    if not (value := command["default_member_permissions"]):
        return None
    [name] = [name for name, has in discord.Permissions(int(value)) if has]
    return name


def _leaves(tree: Sequence[Payload], above: str = "") -> Iterator[tuple[str, Sequence[Payload], str]]:
    """Each command that can be sent: its whole name, its options, its description."""
    for each in tree:
        name, options = f"{above}{each['name']}", each.get("options", ())
        if options and options[0]["type"] in _GROUPS:
            yield from _leaves(options, f"{name} ")
        elif "description" in each:
            yield name, options, each["description"]


def _table(options: Sequence[Payload], always: set[str]) -> Iterator[str]:
    if not options:
        return
    yield "| option | what it is | takes |"
    yield "|---|---|---|"
    for option in options:
        name = f"**`{option['name']}`**" if option.get("required") else f"`{option['name']}`"
        note = "" if option["name"] in always else " Offered only where `EASEL_ALLOW_LOW_MODERATION` is set."
        yield f"| {name} | {option['description']}{note} | {_takes(option)} |"
    yield ""


def _takes(option: Payload) -> str:
    names = [_choice(option["name"], each) for each in option.get("choices", ())]
    if names and option["type"] == _TYPES.integer.value:
        return f"{names[0]} to {names[-1]}"
    if names:
        return " · ".join(names)
    bounds = [option.get(f"{end}_value") for end in ("min", "max")]
    takes = _TAKES[_TYPES(option["type"])]
    match bounds:
        case [None, None]:
            return takes
        case [low, None]:
            return f"{takes}, at least {low}"
        case [None, high]:
            return f"{takes}, at most {high}"
        case [low, high]:
            return f"{takes} from {low} to {high}"
        case _:
            raise AssertionError(bounds)


def _choice(option: str, choice: Payload) -> str:
    """What it is called, in italics where it is the model's default."""
    schema = CATALOG[GivenSettings().replicate_model].inputs.get("output_format" if option == "format" else option)
    return f"*{choice['name']}*" if schema and choice["value"] == schema.default else choice["name"]


if __name__ == "__main__":
    PAGE.write_text(asyncio.run(page()), "utf-8")
