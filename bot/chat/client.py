"""The Discord client: how it connects, and which commands and buttons it answers to."""

import asyncio
import hashlib
import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import structlog
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route, json_or_text
from discord.state import AutoShardedConnectionState
from yarl import URL

from bot.chat.appeals import AppealButton
from bot.chat.buttons import JobButton
from bot.chat.case_cards import CaseButton
from bot.chat.codes import ErrorCode
from bot.chat.commands import edit_command, imagine_command
from bot.chat.defaults import DefaultSelect, ResetButton, defaults_command
from bot.chat.details import show_settings_menu
from bot.chat.edit_menu import OptionMenu, WriteButton, edit_image_menu
from bot.chat.forms import FORMS
from bot.chat.gateway import SessionStartLimit, SessionStarts
from bot.chat.guilds import Guilds
from bot.chat.jobs import jobs_command
from bot.chat.language import DEFAULT, speaking
from bot.chat.localization import CatalogTranslator
from bot.chat.modals import submitted
from bot.chat.moderate import MODERATE_ITEMS, moderate_group
from bot.chat.moderate_appeals import DecideButton
from bot.chat.moderate_ladder import LadderButton
from bot.chat.moderate_member import SanctionButton
from bot.chat.places import in_allowed_places
from bot.chat.privacy import PRIVACY_ITEMS, privacy_command
from bot.chat.replies import answer_failure
from bot.chat.reports import report_menu
from bot.chat.residence import note, settle_guilds
from bot.chat.review_cards import ReviewButton
from bot.chat.settings.panel import SETTINGS_ITEMS
from bot.chat.shards import Shard
from bot.chat.studio import Studio, StudioClient
from bot.chat.studio_grants import GrantButton
from bot.chat.studio_keys import KeyButton
from bot.chat.studio_limits import LIMIT_ITEMS
from bot.chat.studio_settings import studio_group
from bot.chat.studio_words import WORD_ITEMS
from bot.chat.styles import RemoveStyleButton
from bot.chat.traffic import Traffic, hearing
from bot.chat.usage import usage_command
from bot.domain.incident import Incident
from bot.domain.roles import Shards, shard_of
from bot.service.ports import Meter
from bot.service.unmetered import UNMETERED

if TYPE_CHECKING:
    from discord.types.gateway import InteractionCreateEvent

_log = structlog.get_logger(__name__)

_SYNCED = "synced_commands"

_TELLING_SECONDS = 30.0
"""For how long other processes leave it to one that it tells Discord of changed commands, and wait for that."""

_LONGEST_WAIT = 10.0
"""Seconds that a call about a message sleeps for a rate limit."""

_ABOUT_MESSAGES = re.compile(r"/(interactions|webhooks|channels)/|/users/@me/channels$")

_AUTHENTICATION_FAILED = 4004
"""The code that Discord closes the gateway with where the token is no longer good."""

_CLOSED_FOR = {
    4010: "there is no such shard, with that many in all (EASEL_SHARDS)",
    4011: "the bot is in too many servers for so few shards (EASEL_SHARDS)",
    4014: "an intent is asked for that the application may not have",
}
"""What some of its codes mean, in words for the operator."""

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
def reasons_told() -> Generator[None]:
    """Turn what keeps the bot from connecting into `DiscordTokenRefused` or `CannotConnect`."""
    try:
        yield
    except discord.LoginFailure:
        raise DiscordTokenRefused from None
    except discord.ConnectionClosed as closed:
        if closed.code == _AUTHENTICATION_FAILED:
            raise DiscordTokenRefused from None
        raise CannotConnect(_CLOSED_FOR.get(closed.code, str(closed))) from None
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise CannotConnect(str(error)) from error


async def _fail_rather_than_wait(_session: Any, _context: Any, answered: aiohttp.TraceRequestEndParams) -> None:
    """Let a call about a message fail where it may be repeated only after a while: its caller tries later.

    discord.py sleeps for as long as a 429 says, ten minutes if need be; it repeats an edit of an old message (30046),
    which no short wait helps; it stumbles over a page in HTML; and a call that is canceled while it sleeps for a global
    limit keeps every later call of the process waiting for ever.
    """
    response = answered.response
    if response.status != 429 or not _ABOUT_MESSAGES.search(answered.url.path):
        return
    try:
        data = await json_or_text(response)
    except json.JSONDecodeError:
        data = ""
    if isinstance(data, str) or data.get("global") or data.get("code") == ErrorCode.TOO_MANY_OLD_EDITS:
        raise discord.HTTPException(response, data)
    if data.get("retry_after", _LONGEST_WAIT) >= _LONGEST_WAIT:
        raise discord.HTTPException(response, data)


async def _keep_secrets(_session: Any, _context: Any, failed: aiohttp.TraceRequestExceptionParams) -> None:
    """Put another error in the place of one that shows its request: the bot's token is in that, and an interaction's in
    its address, and errors are logged."""
    error = failed.exception
    if isinstance(error, aiohttp.ClientResponseError):
        raise aiohttp.ClientError(f"{type(error).__name__}: {error.message}") from None


def _traced(traffic: Traffic) -> aiohttp.TraceConfig:
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(traffic.note)
    trace.on_request_end.append(_fail_rather_than_wait)
    trace.on_request_exception.append(_keep_secrets)
    return trace


class CommandTree(app_commands.CommandTree["EaselClient"]):
    async def on_error(
        self, interaction: discord.Interaction["EaselClient"], error: app_commands.AppCommandError, /
    ) -> None:
        command = f"/{interaction.command.qualified_name}" if interaction.command else "a command"
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        await answer_failure(interaction, cause, what=command)  # pyright: ignore[reportArgumentType] # the library's Interaction is invariant in its client


class _State(AutoShardedConnectionState["EaselClient"]):
    """Hears each interaction before the task that answers it is made: a task takes its maker's language over."""

    def parse_interaction_create(self, data: "InteractionCreateEvent") -> None:
        with speaking(data.get("locale", DEFAULT)), hearing(data["type"]):
            super().parse_interaction_create(data)


class EaselClient(StudioClient):
    """Answers interactions. It needs no privileged intent, keeps no messages and no members in memory.


    It connects `shards`, or all that Discord recommends. Until it does, and for good where it never `listens`, it
    serves for calls to Discord's REST API.
    """

    def __init__(
        self,
        *,
        connector: aiohttp.BaseConnector | None = None,
        shards: Shards | None = None,
        listens: bool = True,
        meter: Meter = UNMETERED,
    ) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, auto_moderation_configuration=True),
            allowed_mentions=discord.AllowedMentions.none(),
            connector=connector,
            http_trace=_traced(Traffic(meter)),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            shard_count=shards.count if shards else None,
            shard_ids=[*shards.ids] if shards else None,  # pyright: ignore[reportArgumentType] # it takes None for all
        )
        self.tree = CommandTree(self)
        self.known = Guilds(self, self.hears)
        self._sync_on_login = self._listens = listens
        self._own = shards
        self._gateway: tuple[int, SessionStartLimit] | None = None
        self._starts: SessionStarts | None = None
        self._shards: dict[int, Shard] = {}

    def _get_state(self, **options: Any) -> AutoShardedConnectionState[Any]:
        return _State(dispatch=self.dispatch, handlers=self._handlers, hooks=self._hooks, http=self.http, **options)

    def _get_websocket(self, guild_id: int | None = None, *, shard_id: int | None = None) -> DiscordWebSocket:
        if shard_id is None:
            shard_id = shard_of(guild_id or 0, self.shard_count or 1)
        shard = self._shards.get(shard_id)
        return shard.websocket if shard and shard.websocket else super()._get_websocket(guild_id, shard_id=shard_id)

    @property
    def trouble(self) -> str | None:
        """Why some members aren't heard now, in words for the operator; None where all are."""
        unheard = [each for each in self._shards.values() if not each.heard]
        if self._shards and not unheard:
            return None
        waiting = self._starts.waiting if self._starts else {}
        why = next((waiting[each.id] for each in unheard if each.id in waiting), None)
        of_many = f" with {len(unheard)} of {len(self._shards)} shards" if len(self._shards) > 1 else ""
        return f"not connected to Discord{of_many}" + (f": {why}" if why else "")

    def hears(self, guild_id: int) -> bool:
        shard = self._shards.get(shard_of(guild_id, self.shard_count or 1))
        return shard is not None and shard.heard and self.is_ready()

    def incident(self) -> Incident | None:
        """What the operator should know of the gateway now."""
        return self._starts.incident() if self._starts else None

    @property
    def session_starts_remaining(self) -> int | None:
        """How many sessions Discord lets the application start yet, as it said last; None before it has."""
        return self._gateway[1].remaining if self._gateway else None

    @property
    def command_names(self) -> list[str]:
        """Of the slash commands, in the order in which they were added."""
        return [each.name for each in self.tree.get_commands(type=discord.AppCommandType.chat_input)]

    @property
    def menu_names(self) -> list[str]:
        """Of the commands in the menu of messages, in English."""
        return [each.name for each in self.tree.get_commands(type=discord.AppCommandType.message)]

    def open_studio(self, studio: Studio) -> None:
        """Build the commands for this deployment. Call it once, before the client connects."""
        self.studio = studio
        today = studio.clock.now().date()
        self.tree.add_command(imagine_command(studio, today))
        self.tree.add_command(edit_command(studio, today))
        self.tree.add_command(usage_command())
        self.tree.add_command(jobs_command())
        self.tree.add_command(edit_image_menu())
        self.tree.add_command(show_settings_menu())
        self.tree.add_command(report_menu())
        self.add_dynamic_items(JobButton, OptionMenu, WriteButton)
        self.tree.add_command(defaults_command())
        self.add_dynamic_items(*PRIVACY_ITEMS)
        self.tree.add_command(studio_group(studio, today))
        self.tree.add_command(moderate_group())
        self.add_dynamic_items(DefaultSelect, ResetButton, RemoveStyleButton, *SETTINGS_ITEMS)
        self.add_dynamic_items(*LIMIT_ITEMS, GrantButton, KeyButton)
        self.add_dynamic_items(AppealButton, DecideButton, SanctionButton, LadderButton)
        self.add_dynamic_items(*WORD_ITEMS)
        self.add_dynamic_items(ReviewButton, CaseButton, *MODERATE_ITEMS)
        for command in self.tree.get_commands():
            in_allowed_places(command, studio)
        self.tree.add_command(privacy_command(user_install=studio.user_install))

    async def login(self, token: str, *, sync: bool = True) -> None:
        """Log in, and with `sync` tell Discord of commands that changed, where members are to be answered here.

        Raises `DiscordTokenRefused` and `CannotConnect`."""
        self._sync_on_login = sync and self._listens
        with reasons_told():
            await super().login(token)

    async def setup_hook(self) -> None:
        if self._sync_on_login:
            await self.sync_commands()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Nothing is left to wait for: the shard has had its turn."""

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay connected until closed. Raises `DiscordTokenRefused` and `CannotConnect` where Discord won't have it.

        Whatever starts a session, this process or a lost one, waits for its turn in `SessionStarts`.
        """
        with reasons_told():
            recommended, _ = await self._ask_gateway()
            own = self._own or Shards.every(recommended)
            self.shard_count = self._connection.shard_count = own.count
            self._connection.shard_ids = [*own.ids]  # discord.py counts them to know when all are ready
            self._starts = SessionStarts(self.studio.store, self.studio.clock, shards=own.count)
            self._shards = {each: Shard(self, each, self._turn) for each in own.ids}
            connections = [asyncio.create_task(each.run()) for each in self._shards.values()]
            try:
                await asyncio.gather(*connections)
            finally:
                for each in connections:
                    each.cancel()
                await asyncio.gather(*connections, return_exceptions=True)

    async def close(self) -> None:
        await asyncio.gather(*(each.close() for each in self._shards.values()))
        # Not what discord.py's sharded client does beside it: that ends the loop, which doesn't run.
        await discord.Client.close(self)

    async def _turn(self, shard_id: int) -> None:
        assert self._starts is not None  # noqa: S101 # no shard runs before there are any

        async def limit() -> SessionStartLimit:
            return (await self._ask_gateway())[1]

        await self._starts.turn(shard_id, limit)

    async def _ask_gateway(self) -> tuple[int, SessionStartLimit]:
        """How many shards Discord recommends, and the session start limit, as they stand or were known last; the
        gateway's address is put to use."""
        # discord.py asks for the address only where it shards by itself; a fixed default would not follow
        # DISCORD_API_URL, nor Discord.
        try:
            shards, url, limit = await self.http.get_bot_gateway()
        except (discord.GatewayNotFound, aiohttp.ClientError, OSError) as error:
            if self._gateway is None:  # it never could be reached
                raise
            _log.warning("Discord could not be asked for its gateway", error=repr(error))
        else:
            DiscordWebSocket.DEFAULT_GATEWAY = URL(url)
            self._gateway = max(shards, 1), SessionStartLimit.of(limit)
        return self._gateway

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        if event in {"shard_connect", "shard_resumed"} and (shard := self._shards.get(args[0])):
            shard.heard = True
        super().dispatch(event, *args, **kwargs)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.type is discord.InteractionType.modal_submit:
            await submitted(interaction, FORMS)

    async def on_automod_rule_create(self, rule: discord.AutoModRule) -> None:
        self.studio.words.automod_changed(rule.guild.id)

    on_automod_rule_update = on_automod_rule_delete = on_automod_rule_create

    async def on_ready(self) -> None:
        _log.info("ready", user=str(self.user), guilds=len(self.guilds), shards=self.shard_count)

    async def on_shard_ready(self, shard_id: int) -> None:
        await settle_guilds(self, shard_id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await note(self.studio.retention.joined(guild.id))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Not where Discord has trouble with the guild: that is another event."""
        await note(self.studio.retention.left(guild.id))

    async def sync_commands(self, *, force: bool = False) -> bool:
        """Tell Discord of the commands, if they changed since it was told last; whether it was told.

        Raises `CannotConnect`."""
        translator = CatalogTranslator()
        await self.tree.set_translator(translator)
        payload = [await command.get_translated_payload(self.tree, translator) for command in self.tree.get_commands()]
        told = json.dumps([self.application_id, payload], sort_keys=True)
        digest = hashlib.sha256(told.encode()).hexdigest()
        if not force and not await self._may_tell(digest):
            return False
        with reasons_told():
            await self.tree.sync()
        await self.studio.store.remember(_SYNCED, digest)
        _log.info("commands synced", commands=[command.name for command in self.tree.get_commands()])
        return True

    async def _may_tell(self, digest: str) -> bool:
        """Whether Discord is to be told of these commands by this process; returns once it need not be, or has been."""
        clock = self.studio.clock
        telling = f"telling {digest} "
        ours: bool | None = None  # not yet known

        def take(known: str | None) -> str | None:
            nonlocal ours
            now = clock.now().timestamp()
            others = known is not None and known.startswith(telling) and now < float(known[len(telling) :])
            ours = None if others else known != digest
            return f"{telling}{now + _TELLING_SECONDS}" if ours else None

        while True:
            await self.studio.store.revise(_SYNCED, take)
            if ours is not None:
                return ours
            await clock.sleep(1)
