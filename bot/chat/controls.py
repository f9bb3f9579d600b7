"""The buttons on a card, as they look. Each carries its job's id, so it works for as long as the message exists.

What they do is in `bot.chat.buttons`, which makes new cards in its turn.
"""

from enum import StrEnum
from typing import Any

import discord
from discord import ui

from bot.chat.words.appeals import appeal_label
from bot.chat.words.controls import label
from bot.domain.appeal import Matter


class Control(StrEnum):
    """What a button is for, as its `custom_id` spells it: `easel:<control>:<job id>`."""

    AGAIN = "again"
    EDIT = "edit"
    VARIATIONS = "variations"
    DETAILS = "details"
    DELETE = "delete"
    REPORT = "report"
    CANCEL = "cancel"
    KEPT = "kept"


JOB_ID = r"[0-9a-f]{16}"
CUSTOM_ID = rf"easel:(?P<control>{'|'.join(Control)}):(?P<job>{JOB_ID})"
"""The pattern of their `custom_id`s, which are on messages for good: what is in use stays as it is."""


def control(which: Control, job_id: str) -> ui.Button[Any]:
    return ui.Button(
        label=label(which.value), style=discord.ButtonStyle.secondary, custom_id=f"easel:{which.value}:{job_id}"
    )


def appeal_control(about: Matter) -> ui.Button[Any]:
    """What is behind it is in `bot.chat.appeals`."""
    return ui.Button(label=appeal_label(), style=discord.ButtonStyle.secondary, custom_id=f"easel:appeal:{about}")


def controls(job_id: str, *which: Control) -> ui.ActionRow[Any]:
    """A row of at most five."""
    return ui.ActionRow(*(control(each, job_id) for each in which))
