"""The panel of `/studio settings`: an overview of what holds, a page for each section, and the same for one channel.

Where a panel is, is in the `custom_id`s of what hangs on it, so it works after a restart and in any process. It is
shown to the one who used the command alone, whom Discord let in.
"""

from collections.abc import Sequence
from typing import Any

import discord
import structlog
from discord import ui

from bot.chat.layout import DONE, FAILED, WORKING, card, row
from bot.chat.lookup import in_time
from bot.chat.modals import Filled, show_modal
from bot.chat.panels import PanelItem, panel_change
from bot.chat.replies import whisper
from bot.chat.settings.sections import SECTIONS, SETTINGS
from bot.chat.settings.setting import (
    Change,
    ChannelChoice,
    Choices,
    Form,
    RoleChoice,
    Section,
    Setting,
    Shown,
    shown,
)
from bot.chat.studio import Interaction, guild_of
from bot.chat.words import limits_panel
from bot.chat.words import settings as words
from bot.chat.words.outcomes import sentence
from bot.domain.errors import EntryRefused
from bot.domain.moderation import Policy

_log = structlog.get_logger(__name__)

SETTINGS_FORM = "settings"

MOST_ROLES = 25
"""That Discord lets a menu have chosen."""

_MOST_CHANNELS = 20
"""Of those with rules of their own, that the overview names."""

_LONGEST_LABEL, _LONGEST_PLACEHOLDER = 100, 150

_WRITTEN_IN = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.forum,
    discord.ChannelType.media,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
]
"""Where members can use commands."""

_HERE = r"(?P<channel>\d*)"
_KEY = r"(?P<key>[a-z_]+)"


async def change_policy(interaction: Interaction, change: Change, **changed: Any) -> Policy:
    """Save a change of the policy by whoever uses the interaction. Raises what the change does, and
    `StoreUnavailable`."""
    studio = interaction.client.studio
    guild_id, now = guild_of(interaction), studio.clock.now()
    policy = await studio.preferences.change_policy(guild_id, change, interaction.user.id, now)
    _log.info("policy changed", guild=interaction.guild_id, by=interaction.user.id, **changed)
    return policy


# ----------------------------------------------------------------------------------------------- the panels


def overview(shown: Shown, *said: str) -> ui.LayoutView:
    """All that holds, with a menu of what may be changed."""
    title, explained = words.title(), words.explained()
    ways: list[ui.ActionRow[Any]] = [row(SectionSelect(_channel_key(shown), _sections(shown)))]
    if shown.channel_id is None:
        ways.append(row(ChannelPick()))
    else:
        title, explained = words.channel_title(shown.channel_id), words.channel_explained()
        ways.append(row(PlaceButton("", "")))
    parts = [f"### {title}\n-# {explained}"]
    for section in SECTIONS:
        if settings := section.settings_in(shown):
            lines = [f"- {words.line(each.title(), _said(shown, each))}" for each in settings]
            parts.append("\n".join([f"**{section.title()}**", *lines]))
    if shown.channel_id is None and (differing := list(shown.policy.channels)):
        listed = differing[:_MOST_CHANNELS]
        parts.append(words.channels_that_differ(listed, len(differing) - len(listed)))
    return card(WORKING, *said, *parts, *ways)


def page(shown: Shown, section: Section, *said: str, colour: discord.Colour = WORKING) -> ui.LayoutView:
    """One section: each of its settings, with what changes it."""
    title = words.page_title(section.title())
    if shown.channel_id is not None:
        title = words.channel_page_title(section.title(), shown.channel_id)
    parts: list[str | ui.Item[Any]] = [*said, f"### {title}"]
    for setting in section.settings_in(shown):
        about = setting.about(shown)
        lines = [f"**{setting.title()}**", *([f"-# {about}"] if about else [])]
        if shown.channel_id is not None or isinstance(setting.control, Form):  # menus of the guild's show it themselves
            lines.insert(1, _said(shown, setting))
        parts += ["\n".join(lines), row(_control(shown, setting))]
    ways: list[PanelItem] = [PlaceButton(_channel_key(shown))]
    if shown.channel_id is not None and _own_rules(shown, section):
        ways.append(ResetButton(section.key, _channel_key(shown)))
    return card(colour, *parts, row(*ways))


def _sections(shown: Shown) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(label=each.title()[:_LONGEST_LABEL], value=each.key)
        for each in SECTIONS
        if each.settings_in(shown)
    ]


def _said(shown: Shown, setting: Setting) -> str:
    """What holds, and in a channel, whether that is the server's."""
    value = setting.holds(shown)
    if shown.channel_id is None or setting.rule is None:
        return value
    own = getattr(shown.rules, setting.rule) is not None
    return words.set_here(value) if own else words.set_in_server(value)


def _own_rules(shown: Shown, section: Section) -> set[str]:
    """The rules of the section that were set here."""
    rules = {each.rule for each in section.settings if each.rule is not None}
    return {each for each in rules if getattr(shown.rules, each) is not None}


def _channel_key(shown: Shown) -> str:
    return str(shown.channel_id or "")


def _control(shown: Shown, setting: Setting) -> PanelItem:
    channel = _channel_key(shown)
    match setting.control:
        case Choices() as choices:
            return ChoiceSelect(setting.key, channel, _menu(shown, choices))
        case RoleChoice() as choice:
            return RolesSelect(setting.key, channel, choice.placeholder(), _known_roles(shown, choice.held(shown)))
        case ChannelChoice() as choice:
            return ChannelSelect(setting.key, channel, choice.placeholder(), choice.held(shown))
        case Form() as form:
            return FormButton(setting.key, channel, form.label())


def _menu(shown: Shown, choices: Choices) -> ui.Select[Any]:
    entries = [
        discord.SelectOption(label=each.label[:_LONGEST_LABEL], value=each.value, default=each.chosen)
        for each in choices.entries(shown)
    ]
    placeholder = (choices.placeholder(shown) or "")[:_LONGEST_PLACEHOLDER] or None
    most = min(choices.most or len(entries), len(entries))
    return ui.Select(options=entries, min_values=choices.least, max_values=most, placeholder=placeholder)


def _known_roles(shown: Shown, role_ids: Sequence[int]) -> list[int]:
    """Those that there still are: Discord shows no others as chosen."""
    known = {each.id for each in shown.guild.roles} if shown.guild else set(role_ids)
    return [each for each in role_ids if each in known][:MOST_ROLES]


# ------------------------------------------------------------------------------------------- finding the way


class SectionSelect(PanelItem, template=rf"easel:settings:{_HERE}"):
    """Shows a section."""

    what = "the menu of settings"

    def __init__(self, channel: str, entries: Sequence[discord.SelectOption] = ()) -> None:
        super().__init__(
            ui.Select(custom_id=f"easel:settings:{channel}", placeholder=words.choose_section(), options=list(entries))
        )
        self.channel = channel

    async def act(self, interaction: Interaction) -> None:
        async with panel_change(interaction, what=self.what) as show:
            section = next((each for each in SECTIONS if each.key == self.item.values[0]), None)
            now = await shown(interaction, _channel_id(self.channel))
            await show(page(now, section) if section else overview(now, words.section_gone()))


class ChannelPick(PanelItem, template=r"easel:settings-of"):
    """Shows the rules of one channel."""

    what = "the menu of channels with rules of their own"

    def __init__(self) -> None:
        super().__init__(
            ui.ChannelSelect(
                custom_id="easel:settings-of", placeholder=words.choose_channel(), channel_types=_WRITTEN_IN
            )
        )

    async def act(self, interaction: Interaction) -> None:
        async with panel_change(interaction, what=self.what) as show:
            await show(overview(await shown(interaction, self.item.values[0].id)))


class PlaceButton(PanelItem, template=rf"easel:settings-back:{_HERE}:(?P<back>\w*)"):
    """Shows the overview of the guild or of a channel: `back` where it leads back to it from a page."""

    what = "the button that leads to the overview of settings"

    def __init__(self, channel: str, back: str = "back") -> None:
        label = words.back_label() if back else words.server_label()
        super().__init__(ui.Button(label=label, custom_id=f"easel:settings-back:{channel}:{back}"))
        self.channel = channel

    async def act(self, interaction: Interaction) -> None:
        async with panel_change(interaction, what=self.what) as show:
            await show(overview(await shown(interaction, _channel_id(self.channel))))


# --------------------------------------------------------------------------------------------------- changes


class ResetButton(PanelItem, template=rf"easel:settings-reset:{_KEY}:{_HERE}"):
    """Leaves the rules of a section to the guild again, in one channel."""

    what = "the button that takes a channel's rules away"

    def __init__(self, key: str, channel: str) -> None:
        super().__init__(ui.Button(label=words.reset_label(), custom_id=f"easel:settings-reset:{key}:{channel}"))
        self.key, self.channel = key, channel

    async def act(self, interaction: Interaction) -> None:
        async with panel_change(interaction, what=self.what) as show:
            section = next(each for each in SECTIONS if each.key == self.key)
            now = await shown(interaction, _channel_id(self.channel))
            rules: dict[str, None] = dict.fromkeys(_own_rules(now, section))
            await change_policy(interaction, lambda held: held.with_rules(now.channel_id, **rules), reset=sorted(rules))
            await show(page(await shown(interaction, now.channel_id), section, limits_panel.saved(), colour=DONE))


class ChoiceSelect(PanelItem, template=rf"easel:set:{_KEY}:{_HERE}"):
    """Sets what is chosen of several entries."""

    what = "a menu of settings"

    def __init__(self, key: str, channel: str, menu: ui.Select[Any] | None = None) -> None:
        menu = menu or ui.Select[Any]()
        menu.custom_id = f"easel:set:{key}:{channel}"
        super().__init__(menu)
        self.key, self.channel = key, channel

    async def act(self, interaction: Interaction) -> None:
        await _set(interaction, self.key, self.channel, self.item.values)


class RolesSelect(PanelItem, template=rf"easel:set-roles:{_KEY}:{_HERE}"):
    """Sets the roles that are chosen."""

    what = "a menu of roles"

    def __init__(self, key: str, channel: str, placeholder: str | None = None, held: Sequence[int] = ()) -> None:
        super().__init__(
            ui.RoleSelect(
                custom_id=f"easel:set-roles:{key}:{channel}",
                placeholder=placeholder,
                min_values=0,
                max_values=MOST_ROLES,
                default_values=[discord.Object(each, type=discord.Role) for each in held],
            )
        )
        self.key, self.channel = key, channel

    async def act(self, interaction: Interaction) -> None:
        await _set(interaction, self.key, self.channel, tuple(each.id for each in self.item.values))


class ChannelSelect(PanelItem, template=rf"easel:set-channel:{_KEY}:{_HERE}"):
    """Sets the channel that is chosen."""

    what = "a menu of channels"

    def __init__(self, key: str, channel: str, placeholder: str | None = None, held: int | None = None) -> None:
        chosen = [] if held is None else [discord.SelectDefaultValue(id=held, type=_CHANNEL)]
        super().__init__(
            ui.ChannelSelect(
                custom_id=f"easel:set-channel:{key}:{channel}",
                channel_types=[discord.ChannelType.text, discord.ChannelType.news],
                placeholder=placeholder,
                min_values=0,
                default_values=chosen,
            )
        )
        self.key, self.channel = key, channel

    async def act(self, interaction: Interaction) -> None:
        await _set(interaction, self.key, self.channel, next((each.id for each in self.item.values), None))


_CHANNEL = discord.SelectDefaultValueType.channel


class FormButton(PanelItem, template=rf"easel:set-form:{_KEY}:{_HERE}"):
    """Opens the form of a setting."""

    what = "the button that opens a form of settings"

    def __init__(self, key: str, channel: str, label: str | None = None) -> None:
        super().__init__(ui.Button(label=label or "…", custom_id=f"easel:set-form:{key}:{channel}"))
        self.key, self.channel = key, channel

    async def act(self, interaction: Interaction) -> None:
        _, setting = SETTINGS.get(self.key, (None, None))
        if setting is None or not isinstance(setting.control, Form):
            await whisper(interaction, words.section_gone())
            return
        now = await in_time(shown(interaction, _channel_id(self.channel)))
        form, subject = setting.control, f"{self.key}:{self.channel}"
        await show_modal(interaction, SETTINGS_FORM, form.title()[:45], *form.parts(now), subject=subject)


async def submit_settings(interaction: Interaction, subject: str, filled: Filled) -> None:
    key, _, channel = subject.partition(":")
    await _set(interaction, key, channel, filled)


async def _set(interaction: Interaction, key: str, channel: str, chosen: Any) -> None:
    """Save what was chosen, and show the page with what holds then; where it can't be set, with the reason."""
    async with panel_change(interaction, what=f"the setting {key}") as show:
        now = await shown(interaction, _channel_id(channel))
        section, setting = SETTINGS.get(key, (None, None))
        if section is None or setting is None:  # of an older version, or a newer one
            await show(overview(now, words.section_gone()))
            return
        try:
            # The control is the one that the item was made from, so that it takes what the item has.
            await change_policy(interaction, setting.control.save(now, chosen), setting=key, channel=now.channel_id)
            said, colour = limits_panel.saved(), DONE
        except EntryRefused as refusal:
            said, colour = limits_panel.nothing_changed(sentence(refusal)), FAILED
        await show(page(await shown(interaction, now.channel_id), section, said, colour=colour))


def _channel_id(key: str) -> int | None:
    return int(key) if key else None


SETTINGS_ITEMS = (
    SectionSelect,
    ChannelPick,
    PlaceButton,
    ResetButton,
    ChoiceSelect,
    RolesSelect,
    ChannelSelect,
    FormButton,
)
"""What hangs on the panels, for the client to answer to."""
