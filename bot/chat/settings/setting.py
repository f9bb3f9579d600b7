"""What a section of `/studio settings` is made of. A section is data: a new setting is a line in its module, and a new
section a line in `SECTIONS`; the panel draws both and saves what is chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import discord
from discord import ui

from bot.chat.modals import Filled
from bot.chat.studio import Interaction, Studio, guild_of
from bot.domain.moderation import Policy, Rules

Change: TypeAlias = Callable[[Policy], Policy]
"""Of the policy as it is when it is saved, so that two who change it at once don't take back what the other has set.
May raise an `EntryRefused`; then nothing is changed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a panel is about: a guild's policy, or the rules of one channel of it."""

    studio: Studio
    guild: discord.Guild | None  # as Discord has told the bot of it
    policy: Policy
    channel_id: int | None = None

    @property
    def rules(self) -> Rules:
        """Those that were set here; None where one is left open."""
        return self.policy.rules if self.channel_id is None else self.policy.channels.get(self.channel_id, Rules())

    @property
    def inherited(self) -> Rules:
        """What holds where these are left open."""
        if self.channel_id is None:
            return Rules()
        channel = self.guild.get_channel_or_thread(self.channel_id) if self.guild else None
        parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
        return self.policy.channels.get(parent_id or 0, Rules()).over(self.policy.rules)

    @property
    def holding(self) -> Rules:
        return self.rules.over(self.inherited)


async def shown(interaction: Interaction, channel_id: int | None = None) -> Shown:
    studio = interaction.client.studio
    policy = await studio.preferences.policy(guild_of(interaction))
    return Shown(studio, interaction.guild, policy, channel_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """One of several to choose from; `value` stands for it."""

    label: str
    value: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """A menu, from which at least `least` and at most `most` are chosen, or any number without a `most`."""

    entries: Callable[[Shown], Sequence[Entry]]
    save: Callable[[Shown, Sequence[str]], Change]
    least: int = 1
    most: int | None = 1
    placeholder: Callable[[Shown], str | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """A menu of the guild's roles, from which any number is chosen."""

    held: Callable[[Shown], Sequence[int]]
    save: Callable[[Shown, tuple[int, ...]], Change]
    placeholder: Callable[[], str]


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """A menu of the guild's text channels, from which one is chosen, or none."""

    held: Callable[[Shown], int | None]
    save: Callable[[Shown, int | None], Change]
    placeholder: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Form:
    """A button that opens a modal of at most five parts."""

    label: Callable[[], str]
    title: Callable[[], str]
    parts: Callable[[Shown], Sequence[ui.Label[Any] | ui.TextDisplay[Any]]]
    save: Callable[[Shown, Filled], Change]


Control: TypeAlias = Choices | RoleChoice | ChannelChoice | Form


def always(_: Shown) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing that may be set. `key` is its own among all settings, and stands in `custom_id`s."""

    key: str
    title: Callable[[], str]
    holds: Callable[[Shown], str]  # what holds now, in a few words
    control: Control
    rule: str | None = None  # the one of `Rules` that it sets, which channels may differ in
    about: Callable[[Shown], str | None] = lambda _: None  # what it is good for, where its title doesn't tell
    offered: Callable[[Shown], bool] = always

    def offered_in(self, shown: Shown) -> bool:
        return (shown.channel_id is None or self.rule is not None) and self.offered(shown)


@dataclass(frozen=True, slots=True)
class Section:
    """Settings that belong together, on a page of their own. `key` stands in `custom_id`s."""

    key: str
    title: Callable[[], str]
    settings: tuple[Setting, ...]

    def settings_in(self, shown: Shown) -> list[Setting]:
        """Those that there are to set: in a channel, the rules that it may differ in."""
        return [each for each in self.settings if each.offered_in(shown)]
