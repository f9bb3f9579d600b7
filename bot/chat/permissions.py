"""Who is behind an interaction, and what they may do."""

import discord

from bot.chat.places import age_restricted
from bot.chat.studio import Interaction
from bot.domain.moderation import Asker, Policy


def moderates(interaction: Interaction, policy: Policy | None = None) -> bool:
    """Whether they may manage messages in this channel, or have a role that the policy lets review."""
    if interaction.guild_id is None:
        return False
    return interaction.permissions.manage_messages or (
        policy is not None and not role_ids(interaction).isdisjoint(policy.reviewer_role_ids)
    )


def role_ids(interaction: Interaction) -> frozenset[int]:
    """Of the member who uses it; none outside of guilds."""
    user = interaction.user
    return frozenset(role.id for role in user.roles) if isinstance(user, discord.Member) else frozenset()


def asker_of(interaction: Interaction) -> Asker:
    """All that a guild's rules need to know of who asks, and where. It comes with the interaction and costs no call."""
    user, channel = interaction.user, interaction.channel
    member = user if isinstance(user, discord.Member) else None
    return Asker(
        member_id=user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        role_ids=role_ids(interaction),
        joined_at=member.joined_at if member else None,
        timed_out_until=member.timed_out_until if member else None,
        moderator=moderates(interaction),
        age_restricted=age_restricted(interaction),
    )
