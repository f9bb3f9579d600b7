"""Where Easel may be used, and what holds there."""

from typing import Any, TypeAlias, TypeVar

import discord
from discord import app_commands

from bot.chat.studio import Interaction, Studio, StudioClient
from bot.domain.errors import MissingPermissions, NeedsAgeRestriction, PlaceNotAllowed, UnknownChoice
from bot.domain.request import ImageRequest

_Command: TypeAlias = app_commands.Command[Any, ..., Any] | app_commands.ContextMenu | app_commands.Group
_C = TypeVar("_C", bound=_Command)


def in_allowed_places(command: _C, studio: Studio) -> _C:
    """Let Discord offer the command where the operator allows its use. One that is for guilds alone stays so."""
    contexts = command.allowed_contexts
    if command.guild_only or (contexts is not None and contexts.guild and not contexts.dm_channel):
        command.allowed_contexts = app_commands.AppCommandContext(guild=True)
        command.allowed_installs = app_commands.AppInstallationType(guild=True)
    else:
        command.allowed_contexts = app_commands.AppCommandContext(
            guild=True, dm_channel=studio.direct_messages, private_channel=studio.user_install
        )
        command.allowed_installs = app_commands.AppInstallationType(guild=True, user=studio.user_install)
    return command


async def open_to_all(client: StudioClient, channel_id: int) -> bool:
    """Whether everybody in the guild can see the channel, or may: one that isn't known could be any."""
    channel = await client.known.channel(channel_id)
    if channel is None:
        return True
    return channel.permissions_for(channel.guild.default_role).view_channel


def check_place(interaction: Interaction) -> None:
    """Raise what keeps this place from being one for requests: `PlaceNotAllowed`, or `MissingPermissions` of the bot.

    Discord may offer a command for a while where it is no longer allowed, and buttons stay where they are.
    """
    studio = interaction.client.studio
    if _by_user(interaction) and not studio.user_install:
        raise PlaceNotAllowed(by_user=True)
    if interaction.context.dm_channel and not studio.direct_messages:
        raise PlaceNotAllowed(by_user=False)
    if interaction.guild_id is not None and _is_member(interaction):
        check_permissions(interaction)


def check_permissions(interaction: Interaction) -> None:
    """Raise `MissingPermissions` where the bot, as a member of the guild, could not answer with pictures.

    `app_permissions` comes with the interaction (Discord's reference on interactions), so this costs no call.
    """
    missing = missing_permissions(
        interaction.app_permissions, in_thread=isinstance(interaction.channel, discord.Thread)
    )
    if missing:
        raise MissingPermissions(missing)


def missing_permissions(granted: discord.Permissions, *, in_thread: bool = False) -> tuple[str, ...]:
    """What the bot lacks for a message with pictures, as discord.py spells it."""
    needed = {
        "view_channel": granted.view_channel,
        "send_messages_in_threads" if in_thread else "send_messages": (
            granted.send_messages_in_threads if in_thread else granted.send_messages
        ),
        "attach_files": granted.attach_files,
    }
    return tuple(name for name, has in needed.items() if not has)


def check_moderation(interaction: Interaction, request: ImageRequest) -> None:
    """Raise what keeps this request from being moderated less: the operator, or the place. Discord allows adult content
    in age-restricted channels alone, and of a direct message nothing tells whose age it is."""
    if request.moderation != "low":
        return
    if not interaction.client.studio.allow_low_moderation:
        raise UnknownChoice("moderation", request.moderation, ("auto",))
    if age_restricted(interaction) is not True:
        raise NeedsAgeRestriction


def age_restricted(interaction: Interaction) -> bool | None:
    """Whether the channel is for adults, a thread's being its parent's; None where it can't be told: Discord says
    nothing of the parents of threads in guilds where the bot is no member."""
    channel = interaction.channel
    if isinstance(channel, discord.Thread):
        return channel.parent.is_nsfw() if channel.parent is not None else None
    if channel is None or isinstance(channel, discord.DMChannel | discord.GroupChannel):
        return False
    return channel.is_nsfw()


def _by_user(interaction: Interaction) -> bool:
    """Whether the bot is here for the one reason that a user has installed it."""
    if interaction.guild_id is None:
        return interaction.context.private_channel
    return not interaction.is_guild_integration() and not _is_member(interaction)


def _is_member(interaction: Interaction) -> bool:
    """Whether the bot is a member of the interaction's guild; for others its token is the one way to answer."""
    return interaction.guild_id is not None and interaction.client.get_guild(interaction.guild_id) is not None
