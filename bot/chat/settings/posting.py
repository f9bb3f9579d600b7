"""Whether the bot can post where moderators want it to."""

from bot.chat.places import missing_permissions
from bot.chat.settings.setting import Shown
from bot.domain.errors import CannotPost, ReviewNeedsChannel
from bot.domain.moderation import Policy


def check_posting(shown: Shown, channel_id: int) -> None:
    """Raise `CannotPost` where it can't post a message with pictures."""
    guild = shown.guild
    channel = guild.get_channel(channel_id) if guild else None
    if guild is None or channel is None:  # Discord tells the bot of all channels, but of those that it may not see
        raise CannotPost(channel_id, ("view_channel",))
    if missing := missing_permissions(channel.permissions_for(guild.me)):
        raise CannotPost(channel_id, missing)


def check_review_channel(shown: Shown, policy: Policy) -> None:
    """Raise `ReviewNeedsChannel` or `CannotPost` where moderators would never see what waits."""
    if policy.reviewers_channel_id is None:
        raise ReviewNeedsChannel
    check_posting(shown, policy.reviewers_channel_id)


def reviewed_anywhere(policy: Policy) -> bool:
    return any(rules.review and rules.review.of for rules in (policy.rules, *policy.channels.values()))
