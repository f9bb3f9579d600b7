"""The Discord client: how it connects, and which commands and buttons it answers to."""

import hashlib
import json
from collections.abc import Generator
from contextlib import contextmanager

import aiohttp
import discord
import structlog
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.chat.buttons import DeleteButton, ReportButton
from bot.chat.commands import imagine_command
from bot.chat.replies import apologise
from bot.chat.studio import Studio, StudioClient
from bot.chat.usage import usage_command

_log = structlog.get_logger(__name__)

_SYNCED = "synced_commands"

_AUTHENTICATION_FAILED = 4004
"""The code that Discord closes the gateway with where the token is no longer good."""

# There is no voice here, and so no use for discord.py's advice on what voice lacks.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


def use_api(url: str) -> None:
    """Send discord.py's calls to this API (`https://discord.com/api/v10`). It holds for the whole process."""
    Route.BASE = url


class DiscordTokenRefused(Exception):
    """Discord doesn't accept the bot's token."""


class CannotConnect(Exception):
    """Discord can't be reached, or turns the bot away for another reason than its token. The message says why."""


@contextmanager
def _reasons_told() -> Generator[None]:
    """Turn what keeps the bot from connecting into `DiscordTokenRefused` or `CannotConnect`."""
    try:
        yield
    except discord.LoginFailure:
        raise DiscordTokenRefused from None
    except discord.ConnectionClosed as closed:
        if closed.code == _AUTHENTICATION_FAILED:
            raise DiscordTokenRefused from None
        raise CannotConnect(str(closed)) from None
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise CannotConnect(str(error)) from error


class CommandTree(app_commands.CommandTree["EaselClient"]):
    async def on_error(
        self, interaction: discord.Interaction["EaselClient"], error: app_commands.AppCommandError, /
    ) -> None:
        command = interaction.command.qualified_name if interaction.command else None
        _log.error("a command failed", command=command, exc_info=error)
        await apologise(interaction)  # pyright: ignore[reportArgumentType] # the library's Interaction is invariant in its client


class EaselClient(StudioClient):
    """Answers interactions. It needs no privileged intent, keeps no messages and no members in memory."""

    def __init__(self, *, connector: aiohttp.BaseConnector | None = None) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            connector=connector,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        self.tree = CommandTree(self)
        self._sync_on_login = True

    def open_studio(self, studio: Studio) -> None:
        """Build the commands for this deployment. Call it once, before the client connects."""
        self.studio = studio
        self.tree.add_command(imagine_command(studio, studio.clock.now().date()))
        self.tree.add_command(usage_command())
        self.add_dynamic_items(DeleteButton, ReportButton)

    async def login(self, token: str, *, sync: bool = True) -> None:
        """Log in, and with `sync` tell Discord of commands that changed.

        Raises `DiscordTokenRefused` and `CannotConnect`."""
        self._sync_on_login = sync
        with _reasons_told():
            await super().login(token)

    async def setup_hook(self) -> None:
        if self._sync_on_login:
            await self.sync_commands()

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay connected until closed. Raises `DiscordTokenRefused` and `CannotConnect` where Discord won't have it."""
        # discord.py asks for the gateway's address only where it shards by itself; a fixed default would
        # not follow DISCORD_API_URL, nor Discord.
        with _reasons_told():
            _, url, _ = await self.http.get_bot_gateway()
            DiscordWebSocket.DEFAULT_GATEWAY = URL(url)
            await super().connect(reconnect=reconnect)

    async def on_ready(self) -> None:
        _log.info("ready", user=str(self.user), guilds=len(self.guilds))

    async def sync_commands(self, *, force: bool = False) -> bool:
        """Tell Discord of the commands, if they changed since it was told last; whether it was told.

        Raises `CannotConnect`."""
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        told = json.dumps([self.application_id, payload], sort_keys=True)
        digest = hashlib.sha256(told.encode()).hexdigest()
        if not force and await self.studio.store.recall(_SYNCED) == digest:
            return False
        with _reasons_told():
            await self.tree.sync()
        await self.studio.store.remember(_SYNCED, digest)
        _log.info("commands synced", commands=[command.name for command in self.tree.get_commands()])
        return True
