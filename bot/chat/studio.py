"""What the commands, buttons and modals work with: the client, and the services behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import discord

from bot.chat.guilds import Guilds
from bot.domain.catalog import Model
from bot.domain.hosts import AllowedHosts
from bot.service.admission import Admission, OperatorTerms
from bot.service.answering import Answering
from bot.service.cases import Cases
from bot.service.estimates import Estimates
from bot.service.gate import Gate
from bot.service.line import Line
from bot.service.moderation import Moderation
from bot.service.own_keys import OwnKeys
from bot.service.ports import Appeals, Books, Budgets, Charts, Clock, Meter, Preferences, Sanctions, Store, Trail
from bot.service.privacy import Privacy
from bot.service.purging import Purging
from bot.service.results import Results
from bot.service.retention import Retention
from bot.service.review_decisions import ReviewDecisions
from bot.service.reviewing import Reviewing
from bot.service.sanctions import Sanctioning
from bot.service.styles import Styles
from bot.service.usage import UsageReports
from bot.service.whois import Whois
from bot.service.wording import WordCheck


@dataclass(frozen=True, slots=True)
class Studio:
    """The services and choices of a deployment that the Discord surface needs."""

    models: tuple[Model, ...]  # that members may choose from; the first unless they do
    gate: Gate
    admission: Admission
    answering: Answering
    budgets: Budgets
    books: Books
    operator: OperatorTerms
    usage: UsageReports
    charts: Charts
    own_keys: OwnKeys
    estimates: Estimates
    line: Line
    results: Results
    moderation: Moderation
    sanctions: Sanctions
    sanctioning: Sanctioning
    appeals: Appeals
    cases: Cases
    purging: Purging
    preferences: Preferences
    trail: Trail
    whois: Whois
    reviewing: Reviewing
    reviews: ReviewDecisions
    words: WordCheck
    styles: Styles
    privacy: Privacy
    retention: Retention
    store: Store  # for reading: /usage, and what is remembered of the command tree
    clock: Clock
    meter: Meter
    wake: Callable[[], None]  # there is a job to claim
    allow_low_moderation: bool
    direct_messages: bool  # requests are taken there
    user_install: bool  # requests are taken from users who have installed the bot for themselves
    output_compression: int
    attachment_limit: int  # bytes
    attachment_hosts: AllowedHosts  # that members' pictures may be read from
    log_channel_id: int | None


class StudioClient(discord.AutoShardedClient):
    """A client with a studio behind it; `studio` is set before it connects. What is `known` of guilds goes beyond what
    it hears of itself."""

    studio: Studio
    known: Guilds

    def hears(self, guild_id: int) -> bool:
        """Whether all that Discord tells of the guild is known here, where the bot is in it."""
        raise NotImplementedError


Interaction: TypeAlias = discord.Interaction[StudioClient]


def guild_of(interaction: Interaction) -> int:
    """The id of the guild of an interaction that can only be in one: the commands below `/studio`, and their panels."""
    assert interaction.guild_id is not None  # noqa: S101 # Discord offers them in guilds alone
    return interaction.guild_id
