"""What the one behind an interaction may do."""

from bot.chat.studio import Interaction


def moderates(interaction: Interaction) -> bool:
    """Whether they may manage messages in this channel."""
    return interaction.guild_id is not None and interaction.permissions.manage_messages
