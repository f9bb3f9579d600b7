"""What reviewers see of appeals, in their channel and by `/moderate appeals`, and how they decide. The first decision
counts, whoever else has pressed."""

from collections.abc import Sequence
from typing import Any

import discord
import structlog
from discord import app_commands, ui

from bot.chat.direct import tell
from bot.chat.language import speaking
from bot.chat.layout import DONE, FAILED, WORKING, card, quoted, row
from bot.chat.localization import localized
from bot.chat.lookup import in_time
from bot.chat.modals import Filled, show_modal
from bot.chat.panels import PanelItem, panel_change, private_answer
from bot.chat.permissions import moderates
from bot.chat.places import open_to_all
from bot.chat.replies import whisper
from bot.chat.reports import language_of
from bot.chat.sanction_notes import guild_language, server_name
from bot.chat.studio import Interaction, StudioClient, guild_of
from bot.chat.trouble import NO_ANSWER
from bot.chat.words import appeals as words
from bot.chat.words import sanctions
from bot.domain.appeal import LONGEST_APPEAL, Appeal, MatterKind
from bot.domain.sanction import Sanction

_log = structlog.get_logger(__name__)

DECISION_FORM = "appeal-decision"

_ANSWER = "answer"

_ON_A_LIST = 5
"""Appeals, each shortened: a message has 4,000 characters."""

_SHORT = 300


def appeals_command() -> app_commands.Command[Any, ..., None]:
    async def appeals(interaction: Interaction) -> None:
        async with private_answer(interaction) as show:
            await show(await _list(interaction))

    return app_commands.Command(name="appeals", description=localized(words.about_appeals), callback=appeals)


async def _list(interaction: Interaction, *said: str) -> ui.LayoutView:
    studio = interaction.client.studio
    waiting = await studio.appeals.undecided(guild_of(interaction), _ON_A_LIST + 1)
    if not waiting:
        return card(DONE if said else WORKING, *said, words.none_waiting())
    parts: list[str | ui.Item[Any]] = [*said]
    for each in waiting[:_ON_A_LIST]:
        about = await _sanction_behind(interaction.client, each)
        parts += [_text(each, about, most=_SHORT), _buttons(each)]
    if len(waiting) > _ON_A_LIST:
        parts.append(f"-# {words.more_wait()}")
    return card(WORKING, *parts)


async def post_appeal(client: StudioClient, appeal: Appeal) -> bool:
    """Put the appeal into the reviewers' channel; False where there is none, or it can't be written to. It is kept
    then, for `/moderate appeals`."""
    channel_id = (await client.studio.preferences.policy(appeal.guild_id)).reviewers_channel_id
    if channel_id is None:
        return False
    view = await _channel_card(client, appeal, channel_id)
    channel = client.get_partial_messageable(channel_id)
    try:
        message = await channel.send(
            view=view, nonce=f"appeal-{appeal.id}", allowed_mentions=discord.AllowedMentions.none()
        )
    except (discord.HTTPException, *NO_ANSWER) as error:
        _log.warning("an appeal could not be posted", channel=channel_id, error=repr(error))
        return False
    await client.studio.appeals.posted(appeal.id or 0, channel_id, message.id)
    return True


async def _channel_card(client: StudioClient, appeal: Appeal, channel_id: int) -> ui.LayoutView:
    """The card as it may be in that channel: where everybody can read it, neither the words nor the reasons."""
    about = await _sanction_behind(client, appeal)
    with speaking(await language_of(client, channel_id)):
        if not await open_to_all(client, channel_id):
            return appeal_card(appeal, about)
        said = words.by(appeal.member_id, appeal.made_at) if appeal.granted is None else words.decided(appeal)
        hint = [f"-# {words.in_the_list()}"] if appeal.granted is None else []
        return card(WORKING if appeal.granted is None else DONE, f"### {words.title()}", said, *hint)


def appeal_card(appeal: Appeal, about: Sanction | None) -> ui.LayoutView:
    """With buttons until it is decided, and by whom it was from then on."""
    text = f"### {words.title()}\n{_text(appeal, about)}"
    if appeal.granted is None:
        return card(WORKING, text, _buttons(appeal))
    said = [words.decided(appeal)] + ([quoted(appeal.answer)] if appeal.answer else [])
    return card(DONE if appeal.granted else FAILED, text, "\n".join(said))


def _text(appeal: Appeal, about: Sanction | None, *, most: int = LONGEST_APPEAL) -> str:
    lines = [words.by(appeal.member_id, appeal.made_at), quoted(appeal.text, most)]
    match appeal.about.kind:
        case MatterKind.SANCTION if about is not None:
            lines.append(words.against(sanctions.sanction(about), sanctions.made_by(about.made_by)))
            lines.append(quoted(about.reason, most))
        case MatterKind.SANCTION:
            lines.append(words.no_longer_known())
        case MatterKind.JOB:
            lines.append(words.against_job(appeal.about.key))
        case MatterKind.REFUSAL:
            lines.append(words.against_refusal())
    return "\n".join(lines)


async def _sanction_behind(client: StudioClient, appeal: Appeal) -> Sanction | None:
    sanction_id = appeal.about.sanction_id
    return None if sanction_id is None else await client.studio.sanctions.sanction(sanction_id)


def _buttons(appeal: Appeal) -> ui.ActionRow[Any]:
    return row(DecideButton("grant", str(appeal.id)), DecideButton("deny", str(appeal.id)))


class DecideButton(PanelItem, template=r"easel:decide-appeal:(?P<verdict>grant|deny):(?P<appeal>\d+)"):
    """Opens the form of the answer, for whoever may decide."""

    what = "the button that decides an appeal"

    def __init__(self, verdict: str, appeal: str) -> None:
        grants = verdict == "grant"
        super().__init__(
            ui.Button(
                label=words.grant_label() if grants else words.deny_label(),
                style=discord.ButtonStyle.success if grants else discord.ButtonStyle.danger,
                custom_id=f"easel:decide-appeal:{verdict}:{appeal}",
            )
        )
        self.verdict, self.appeal_id = verdict, int(appeal)

    async def act(self, interaction: Interaction) -> None:
        appeal = await _to_decide(interaction, self.appeal_id)
        if appeal is None:
            return
        if appeal.granted is not None:
            await whisper(interaction, words.decided_before(appeal))
            return
        field: ui.TextInput[Any] = ui.TextInput(
            custom_id=_ANSWER, max_length=LONGEST_APPEAL, required=False, style=discord.TextStyle.paragraph
        )
        label = ui.Label[Any](text=words.answer_label(), description=words.answer_hint(), component=field)
        title = words.grant_title() if self.verdict == "grant" else words.deny_title()
        await show_modal(interaction, DECISION_FORM, title, label, subject=f"{self.verdict}:{self.appeal_id}")


async def _to_decide(interaction: Interaction, appeal_id: int) -> Appeal | None:
    """The appeal, if this user may decide on it; else why not is their answer."""
    studio = interaction.client.studio
    policy = await in_time(studio.preferences.policy(guild_of(interaction)))
    if not moderates(interaction, policy):
        await whisper(interaction, sanctions.not_for_you())
        return None
    appeal = await in_time(studio.appeals.appeal(appeal_id))
    if appeal is None or appeal.guild_id != guild_of(interaction):
        await whisper(interaction, words.gone())
        return None
    if appeal.member_id == interaction.user.id:
        await whisper(interaction, words.not_ones_own())
        return None
    return appeal


async def submit_decision(interaction: Interaction, subject: str, filled: Filled) -> None:
    """Decide, show it on the card, and tell the member."""
    verdict, _, appeal_id = subject.partition(":")
    if await _to_decide(interaction, int(appeal_id)) is None:
        return
    studio = interaction.client.studio
    async with panel_change(interaction, what="the form of an appeal's answer") as show:
        decided = await studio.appeals.decide(
            guild_of(interaction),
            int(appeal_id),
            interaction.user.id,
            studio.clock.now(),
            granted=verdict == "grant",
            answer=(filled.one(_ANSWER) or "").strip(),
        )
        if decided is None:
            await whisper(interaction, words.gone())
            return
        appeal = decided.appeal
        listed = interaction.message is None or interaction.message.id != appeal.message_id
        if listed:
            await show(await _list(interaction, words.decided(appeal)))
        else:
            await show(await _channel_card(interaction.client, appeal, appeal.channel_id or 0))
        if not decided.ours:
            await whisper(interaction, words.decided_before(appeal))
            return
        _log.info("appeal decided", guild=appeal.guild_id, by=interaction.user.id, granted=appeal.granted)
        if listed:
            await _change_card(interaction.client, appeal)
        job_id = appeal.about.job_id
        restored = (
            bool(appeal.granted) and job_id is not None and await studio.cases.overturn(job_id, interaction.user.id)
        )
        await _tell(interaction, appeal, restored=restored)
        if restored:
            await studio.cases.carry_out()


async def _change_card(client: StudioClient, appeal: Appeal) -> None:
    """Show the decision in the reviewers' channel, too, where it was made elsewhere."""
    if appeal.channel_id is None or appeal.message_id is None:
        return
    view = await _channel_card(client, appeal, appeal.channel_id)
    message = client.get_partial_messageable(appeal.channel_id).get_partial_message(appeal.message_id)
    try:
        await message.edit(view=view, allowed_mentions=discord.AllowedMentions.none())
    except (discord.HTTPException, *NO_ANSWER) as error:
        _log.info("the card of an appeal could not be changed", appeal=appeal.id, error=repr(error))


async def _tell(interaction: Interaction, appeal: Appeal, *, restored: bool) -> None:
    if appeal.member_id is None:
        return
    with speaking(guild_language(interaction)):
        said: Sequence[str] = [words.told(appeal, server_name(interaction.guild), restored=restored)]
        view = card(DONE if appeal.granted else FAILED, *said, *([quoted(appeal.answer)] if appeal.answer else []))
    await tell(interaction.client, appeal.member_id, view)
