"""What keeps a call to Discord from being answered, and whether it passes."""

import json

import aiohttp
import discord

from bot.chat.codes import ErrorCode

NO_ANSWER = (aiohttp.ClientError, OSError, json.JSONDecodeError, KeyError, TypeError)
"""discord.py passes on what aiohttp raises, and stumbles over an answer that makes no sense."""

LOST = (aiohttp.ClientError, OSError)
"""What ends a connection, or keeps one from being made."""


def passes(error: discord.HTTPException) -> bool:
    """Whether the same call may do in a while."""
    # An error without a code of Discord's isn't about the message: the proxy's, or of a token that was reset.
    trouble = error.status >= 500 or error.status == 429 or error.code == 0
    return trouble and error.code != ErrorCode.TOO_MANY_OLD_EDITS
