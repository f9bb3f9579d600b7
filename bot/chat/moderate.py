"""`/moderate`: what those do who keep a room in order. Discord offers it to those who may manage messages."""

import discord
from discord import app_commands

from bot.chat.localization import localized
from bot.chat.moderate_appeals import appeals_command
from bot.chat.moderate_ladder import ladder_command
from bot.chat.moderate_log import LogButton, log_command
from bot.chat.moderate_member import member_command
from bot.chat.moderate_purge import purge_command
from bot.chat.moderate_reports import reports_command
from bot.chat.moderate_review import review_commands
from bot.chat.moderate_sanctions import sanction_commands
from bot.chat.moderate_whois import whois_command
from bot.chat.words.moderate import about_moderate


def moderate_group() -> app_commands.Group:
    """`/moderate` with all below it; a server's own settings may let other roles use it than Discord does at first."""
    group = app_commands.Group(
        name="moderate",
        description=localized(about_moderate),
        default_permissions=discord.Permissions(manage_messages=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    group.add_command(log_command())
    for command in (member_command(), *sanction_commands(), *review_commands(), appeals_command(), ladder_command()):
        group.add_command(command)
    group.add_command(reports_command())
    group.add_command(purge_command())
    group.add_command(whois_command())
    return group


MODERATE_ITEMS = (LogButton,)
"""What hangs on the answers, for the client to answer to."""
