"""Every call to Discord that a job depends on, times the ways in which it goes wrong."""

import pytest

from tests.faults.calls import discord_sites
from tests.faults.discord_scenes import DISCORD_SCENES
from tests.faults.ends import assert_ends_in_order
from tests.faults.stage import Stage
from tests.wire.faults import KINDS

STRUCK = (
    "hang",
    "reset",
    "reset after its effect",
    "429",
    "429 for 10 minutes",
    "500",
    "502 after its effect",
    "malformed",
)

ELSEWHERE = {
    # Members who look or press a button, and the connection itself: no job depends on them.
    ("chat.appeals.submit_appeal", "defer"),
    ("chat.client.EaselClient.close", "close"),
    ("chat.client.EaselClient.login", "login"),
    ("chat.shards.Shard.close", "close"),
    # Nothing of Discord's: files that were sent, and a wait that is over.
    ("chat.filling.Content.files", "close"),
    ("chat.intake._take", "close"),
    ("chat.deletion._delete_all", "defer"),
    ("chat.deletion._delete_all", "delete_original_response"),
    ("chat.deletion._delete_some", "edit_message"),
    ("chat.details.show_details", "send_message"),
    ("chat.edit_menu.OptionMenu.callback", "edit_message"),
    ("chat.edit_menu.edit_image_menu.edit_image", "send_message"),
    ("chat.direct.tell", "create_dm"),
    ("chat.direct.tell", "send"),
    ("chat.hierarchy.member_of", "fetch_member"),
    ("chat.hierarchy.member_of", "fetch_user"),
    ("chat.jobs.hand_out_kept", "defer"),
    ("chat.jobs.jobs_command.jobs", "send_message"),
    ("chat.modals.show_modal", "send_modal"),
    ("chat.moderate_appeals._change_card", "edit"),
    ("chat.moderate_appeals.post_appeal", "send"),
    ("chat.moderate_whois._runs_the_bot", "application_info"),
    ("chat.panels._show", "edit_original_response"),
    ("chat.panels.panel_change", "defer"),
    ("chat.panels.private_answer", "defer"),
    ("chat.privacy.ExportButton.act", "defer"),
    ("chat.privacy._hand_over", "edit_original_response"),
    ("chat.privacy._hand_over", "send"),
    ("chat.replies.whisper", "send"),
    ("chat.replies.whisper", "send_message"),
    ("chat.sanction_notes.tell_unheard", "send"),
    ("chat.case_cards._decide", "edit_message"),
    # What reports and purges ask for, which a round repeats: tests/service/test_cases.py.
    ("chat.announcer.DiscordAnnouncer.attached.as_author", "fetch_message"),
    ("chat.announcer.DiscordAnnouncer.attached.by_token", "fetch_message"),
    ("chat.announcer.DiscordAnnouncer.delete.as_author", "delete"),
    ("chat.announcer.DiscordAnnouncer.delete.by_token", "delete_message"),
    ("chat.case_notices.DiscordCaseNotices._change", "edit"),
    ("chat.case_notices.DiscordCaseNotices._change", "fetch_message"),
    ("chat.case_notices.DiscordCaseNotices._post", "edit"),
    ("chat.case_notices.DiscordCaseNotices._post", "send"),
    ("chat.case_notices.DiscordCaseNotices._write", "create_dm"),
    ("chat.case_notices.DiscordCaseNotices._write", "send"),
    ("chat.case_notices.DiscordCaseNotices.tell_reporter", "send"),
    # What is taken as it was known last, and waited for hardly at all: tests/wording/test_automod.py.
    ("chat.automod.DiscordAutoMod._read", "fetch_automod_rules"),
    # What nobody asked for: the tests of bulletins go there.
    ("chat.posting.post", "send"),
    # What a process asks about servers that it doesn't hear of, and does without: tests/delivery/test_guilds.py.
    ("chat.guilds.Guilds.guild", "fetch_guild"),
    ("chat.names.display_names", "fetch_member"),
    # What reviewers see and press: the tests of reviews go there.
    ("chat.review_cards.ReviewButton.act", "defer"),
    ("chat.review_cards._look", "defer"),
    ("chat.review_cards._look", "edit_original_response"),
    ("chat.review_cards._look.send", "edit_original_response"),
    ("chat.review_cards._show_decision", "edit_original_response"),
    ("chat.review_cards.submit_reject", "defer"),
    ("chat.review_desk.DiscordReviewDesk._send", "send"),
    ("chat.review_desk.DiscordReviewDesk._send.edit", "edit"),
    ("chat.review_desk.DiscordReviewDesk.close", "edit"),
    # What the doctor looks at, beside the bot: tests/cli/test_doctor_discord.py.
    ("chat.application.logged_in", "close"),
    ("chat.application.logged_in", "login"),
    ("chat.guild_access._look", "fetch_guild"),
    ("chat.guild_access._look", "fetch_member"),
    ("chat.guild_access.closed_to", "fetch_channel"),
    # Refusals and an admission that is slow: before there is a job, or a card of one.
    ("chat.intake._refuse", "delete_original_response"),
    ("chat.intake._refuse", "send"),
    ("chat.intake._refuse", "send_message"),
    ("chat.intake._answer", "edit_original_response"),
    ("chat.intake._say_checking", "send_message"),  # in the tests of slow admission
    # More files than fit one request, and a card that can only be deleted: the tests of delivery go there.
    ("chat.announcer.DiscordAnnouncer._send", "edit"),
    ("chat.announcer.DiscordAnnouncer._take_down", "delete"),
    ("chat.announcer.DiscordAnnouncer._reopen_thread", "fetch_channel"),
    ("chat.announcer.DiscordAnnouncer._reopen_thread", "edit"),
}
"""Places that aren't in this matrix."""


def test_every_place_is_in_the_matrix() -> None:
    assert {scene.site for scene in DISCORD_SCENES.values()} | ELSEWHERE == discord_sites()


@pytest.mark.parametrize("kind", STRUCK)
@pytest.mark.parametrize("name", DISCORD_SCENES)
async def test_a_fault_that_passes(stage: Stage, name: str, kind: str) -> None:
    scene = DISCORD_SCENES[name]
    await scene.play(stage, lambda: stage.discord.faults.inject(scene.method, scene.route, KINDS[kind]))
    (end,) = await assert_ends_in_order(stage)
    assert (type(end) if end else None) == scene.ends
    assert stage.discord.faults.left == [], "it struck"
