"""The channels that the bot posts in for moderators."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from bot.chat.settings.posting import check_posting, reviewed_anywhere
from bot.chat.settings.setting import Change, ChannelChoice, Section, Setting, Shown
from bot.chat.words import settings as words
from bot.domain.errors import ChannelNeededForReview
from bot.domain.moderation import Policy

_Name = Literal["log_channel_id", "review_channel_id", "summary_channel_id"]


def _channel(
    name: _Name, title: Callable[[], str], about: Callable[[], str], *, nowhere: Callable[[], str] = words.nowhere
) -> Setting:
    def held(shown: Shown) -> int | None:
        channel_id: int | None = getattr(shown.policy, name)
        return channel_id

    def save(shown: Shown, channel_id: int | None) -> Change:
        def changed(policy: Policy) -> Policy:
            if channel_id is not None:
                check_posting(shown, channel_id)
            after = replace(policy, **{name: channel_id})
            if after.reviewers_channel_id is None and policy.reviewers_channel_id and reviewed_anywhere(policy):
                raise ChannelNeededForReview
            return after

        return changed

    def said(shown: Shown) -> str:
        channel_id = held(shown)
        return f"<#{channel_id}>" if channel_id else nowhere()

    def explained(shown: Shown) -> str:
        return words.channel_gone() if _gone(shown, held(shown)) else about()

    return Setting(
        key=name.removesuffix("_id"),
        title=title,
        holds=said,
        control=ChannelChoice(lambda shown: None if _gone(shown, held(shown)) else held(shown), save, nowhere),
        about=explained,
    )


def _gone(shown: Shown, channel_id: int | None) -> bool:
    return channel_id is not None and shown.guild is not None and shown.guild.get_channel(channel_id) is None


CHANNELS = Section(
    "channels",
    words.channels_section,
    (
        _channel("log_channel_id", words.log_title, words.log_about),
        _channel("review_channel_id", words.review_channel_title, words.review_channel_about, nowhere=words.in_the_log),
        _channel("summary_channel_id", words.summary_title, words.summary_about),
    ),
)
