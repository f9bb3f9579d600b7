"""On whom a moderator may impose anything: Discord's own order of members, as it holds for its time-outs."""

import discord

from bot.chat.studio import Interaction
from bot.domain.errors import NotABot, NotOneself, RanksTooHigh


def check_reach(interaction: Interaction, target: discord.Member | discord.User) -> None:
    """Raise the `OutOfReach` that keeps this moderator from sanctioning the target. Who has left the guild has no
    rank there."""
    actor, guild = interaction.user, interaction.guild
    if target.id == actor.id:
        raise NotOneself
    if target.bot:
        raise NotABot(target.id)
    if guild is None or guild.owner_id == actor.id:
        return
    if guild.owner_id == target.id:
        raise RanksTooHigh(target.id)
    if isinstance(target, discord.Member) and isinstance(actor, discord.Member):
        administers = target.guild_permissions.administrator and not actor.guild_permissions.administrator
        if administers or actor.top_role <= target.top_role:
            raise RanksTooHigh(target.id)


async def member_of(interaction: Interaction, user_id: int) -> discord.Member | discord.User:
    """Somebody as they are now: a member where they are one. Raises `discord.HTTPException`."""
    if interaction.guild is not None:
        try:
            return await interaction.guild.fetch_member(user_id)
        except discord.NotFound:
            pass
    return await interaction.client.fetch_user(user_id)
