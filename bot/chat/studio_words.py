"""`/studio words`: moderators keep the list of what may not be asked. Discord lets nobody else see the command."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import discord
import structlog
from discord import app_commands, ui

from bot.chat.layout import DONE, FAILED, WORKING, card, row
from bot.chat.localization import localized
from bot.chat.modals import LONGEST_TEXT, Filled, show_modal
from bot.chat.panels import PanelItem, panel_change, private_answer
from bot.chat.permissions import asker_of
from bot.chat.studio import Interaction, guild_of
from bot.chat.words import word_lists as words
from bot.chat.words.outcomes import sentence
from bot.domain.errors import EntryRefused
from bot.domain.moderation import Policy
from bot.domain.wording import WordRules

_log = structlog.get_logger(__name__)

ADD_FORM, REMOVE_FORM, IMPORT_FORM, TRY_FORM = "words-add", "words-remove", "words-import", "words-try"

ENTRIES, FILE, MODE, PROMPT = "entries", "file", "mode", "prompt"

REPLACE = "replace"

_MOST_REPEATED = 2_500
"""Characters of what was entered in vain that the panel shows again."""


def words_command() -> app_commands.Command[Any, ..., None]:
    return app_commands.Command(name="words", description=localized(words.about_words), callback=_show)


async def _show(interaction: Interaction) -> None:
    async with private_answer(interaction) as show:
        await show(await words_panel(interaction))


async def words_panel(
    interaction: Interaction, *said: str | ui.Item[Any], colour: discord.Colour = WORKING
) -> ui.LayoutView:
    """How much is on the list, which of AutoMod's rules hold, and what can be done; `said` is what has just been."""
    studio, guild_id = interaction.client.studio, guild_of(interaction)
    held, policy = await studio.words.words(guild_id), await studio.preferences.policy(guild_id)
    actions = ("add", "remove", "import", "export", "try") if held.lines() else ("add", "import", "try")
    return card(
        colour,
        f"### {words.title()}",
        *said,
        f"{words.explained()}\n{words.counts(len(held.phrases), len(held.patterns), len(held.allowed))}",
        row(*(WordsButton(each) for each in actions)),
        f"**{words.automod_title()}**\n{await _about_automod(interaction, policy)}",
        row(WordsButton("automod-off" if policy.automod else "automod-on")),
    )


async def _about_automod(interaction: Interaction, policy: Policy) -> str:
    checks = interaction.client.studio.words
    if not policy.automod:
        return words.automod_off()
    rules = await checks.automod_rules(guild_of(interaction), policy)
    if rules is None:
        return words.automod_unread()
    said = [words.automod_rules(len(rules)) if rules else words.automod_none()]
    if skipped := await checks.skipped(rules):
        said.append(words.automod_skipped(skipped))
    return f"{' '.join(said)}\n-# {words.automod_presets()}"


class WordsButton(PanelItem, template=r"easel:words:(?P<action>add|remove|import|export|try|automod-on|automod-off)"):
    """What the panel offers. Only who was let in to it sees it."""

    what = "the panel of a server's words"

    def __init__(self, action: str) -> None:
        label = {
            "add": words.add_label,
            "remove": words.remove_label,
            "import": words.import_label,
            "export": words.export_label,
            "try": words.try_label,
            "automod-on": words.automod_on_label,
            "automod-off": words.automod_off_label,
        }[action]
        style = discord.ButtonStyle.primary if action == "add" else discord.ButtonStyle.secondary
        super().__init__(ui.Button(label=label(), style=style, custom_id=f"easel:words:{action}"))
        self.action = action

    async def act(self, interaction: Interaction) -> None:
        match self.action:
            case "add":
                entries = _text(words.entries_label(), words.entries_hint(), ENTRIES)
                await show_modal(interaction, ADD_FORM, words.add_title(), entries)
            case "remove":
                entries = _text(words.entries_label(), words.remove_hint(), ENTRIES)
                await show_modal(interaction, REMOVE_FORM, words.remove_title(), entries)
            case "import":
                await show_modal(interaction, IMPORT_FORM, words.import_title(), *_import_parts())
            case "try":
                await show_modal(interaction, TRY_FORM, words.try_title(), _text(words.prompt_label(), None, PROMPT))
            case "export":
                await _export(interaction)
            case _:
                await _switch_automod(interaction, on=self.action == "automod-on")


WORD_ITEMS = (WordsButton,)
"""What hangs on the panel, for the client to answer to."""


def _text(label: str, hint: str | None, custom_id: str) -> ui.Label[Any]:
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=custom_id, style=discord.TextStyle.paragraph, max_length=LONGEST_TEXT
    )
    return ui.Label(text=label, description=hint, component=field)


def _import_parts() -> list[ui.Label[Any]]:
    upload: ui.FileUpload[Any] = ui.FileUpload(custom_id=FILE, min_values=1, max_values=1)
    modes = [
        discord.SelectOption(label=words.merge_choice(), value="merge", default=True),
        discord.SelectOption(label=words.replace_choice(), value=REPLACE),
    ]
    return [
        ui.Label(text=words.file_label(), component=upload),
        ui.Label(text=words.mode_label(), component=ui.Select[Any](custom_id=MODE, options=modes)),
    ]


async def _export(interaction: Interaction) -> None:
    async with panel_change(interaction, what=WordsButton.what) as show:
        lines = (await interaction.client.studio.words.words(guild_of(interaction))).lines()
        if not lines:
            await show(await words_panel(interaction, words.nothing_to_export()))
            return
        data = "".join(f"{line}\n" for line in lines).encode()
        view = await words_panel(interaction, words.exported(len(lines)), ui.File[Any]("attachment://words.txt"))
        await show(view, [discord.File(BytesIO(data), "words.txt")])


async def _switch_automod(interaction: Interaction, *, on: bool) -> None:
    async with panel_change(interaction, what=WordsButton.what) as show:
        studio = interaction.client.studio
        await studio.preferences.change_policy(
            guild_of(interaction), lambda held: replace(held, automod=on), interaction.user.id, studio.clock.now()
        )
        await show(await words_panel(interaction))


async def submit_add(interaction: Interaction, _subject: str, filled: Filled) -> None:
    """Put the entries on the list, all or none of them."""
    written = filled.one(ENTRIES) or ""
    async with panel_change(interaction, what="the form that adds words") as show:
        try:
            new = await interaction.client.studio.words.read(written)
            await show(await _changed(interaction, adding=new))
        except EntryRefused as refusal:
            await show(await _refused(interaction, refusal, written))


async def submit_remove(interaction: Interaction, _subject: str, filled: Filled) -> None:
    """Take the entries from the list; what isn't on it needn't be."""
    written = filled.one(ENTRIES) or ""
    async with panel_change(interaction, what="the form that removes words") as show:
        try:
            await show(await _changed(interaction, removing=WordRules.of_lines(written)))
        except EntryRefused as refusal:
            await show(await _refused(interaction, refusal, written))


async def submit_import(interaction: Interaction, _subject: str, filled: Filled) -> None:
    """Put what the file holds on the list, or in its place."""
    async with panel_change(interaction, what="the form that imports words") as show:
        uploads = filled.uploads(FILE)
        if not uploads:
            await show(await words_panel(interaction, words.no_file(), colour=FAILED))
            return
        try:
            new = await interaction.client.studio.words.read_file(uploads[0])
            await show(await _changed(interaction, adding=new, instead=filled.one(MODE) == REPLACE))
        except EntryRefused as refusal:
            await show(await _refused(interaction, refusal, ""))


async def submit_try(interaction: Interaction, _subject: str, filled: Filled) -> None:
    """Say whether the prompt may be asked by who tries it, here and now."""
    async with panel_change(interaction, what="the form that tries words") as show:
        studio = interaction.client.studio
        asker = asker_of(interaction)
        found = await studio.words.find(filled.one(PROMPT) or "", asker, await studio.gate.context(asker))
        said = words.would_pass() if found is None else words.would_not_pass(found)
        await show(await words_panel(interaction, said, colour=DONE if found is None else FAILED))


async def _changed(
    interaction: Interaction,
    *,
    adding: WordRules = WordRules(),  # noqa: B008 # frozen
    removing: WordRules = WordRules(),  # noqa: B008
    instead: bool = False,
) -> ui.LayoutView:
    """Change the list, and answer the panel that tells of it."""

    def change(held: WordRules) -> WordRules:
        return adding if instead else held.without(removing).with_all(adding)

    guild_id = guild_of(interaction)
    before, after = await interaction.client.studio.words.change(guild_id, change, interaction.user.id)
    old, new = set(before.lines()), set(after.lines())
    added, removed = len(new - old), len(old - new)
    _log.info("words changed", guild=guild_id, by=interaction.user.id, added=added, removed=removed)
    return await words_panel(interaction, words.changed(added, removed), colour=DONE)


async def _refused(interaction: Interaction, refusal: EntryRefused, written: str) -> ui.LayoutView:
    said: list[str | ui.Item[Any]] = [words.not_changed(sentence(refusal), written=bool(written))]
    if written:
        shown = written[:_MOST_REPEATED].replace("`", "'")
        said.append(f"```\n{shown}\n```")
    return await words_panel(interaction, *said, colour=FAILED)
