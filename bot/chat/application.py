"""The application behind a bot token, as Discord has it."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import discord

from bot.chat.client import CannotConnect, EaselClient, reasons_told, use_api
from bot.chat.gateway import SessionStartLimit

_PRIVILEGED: Mapping[str, tuple[str, str]] = {
    "presences": ("gateway_presence", "gateway_presence_limited"),
    "members": ("gateway_guild_members", "gateway_guild_members_limited"),
    "message_content": ("gateway_message_content", "gateway_message_content_limited"),
}
"""The privileged intents as discord.py names them, with the flags that an application has for each."""


@dataclass(frozen=True, slots=True)
class Application:
    """`install_scopes` and `install_permissions` are those of the link for guilds that Discord itself offers, None
    where it offers none; permissions as discord.py spells them."""

    id: int
    name: str
    public: bool
    endpoint: bool  # interactions go to an address of the application's own, and so never to the gateway
    privileged_intents: tuple[str, ...]  # that are on
    user_install: bool | None  # None where Discord doesn't say
    install_scopes: frozenset[str] | None
    install_permissions: frozenset[str] | None

    @classmethod
    def of(cls, info: discord.AppInfo) -> "Application":
        guilds, users = info.guild_integration_config, info.user_integration_config
        params = guilds.oauth2_install_params if guilds else info.install_params
        return cls(
            info.id,
            info.name,
            info.bot_public,
            bool(info.interactions_endpoint_url),
            tuple(name for name, flags in _PRIVILEGED.items() if any(getattr(info.flags, each) for each in flags)),
            None if guilds is None and users is None else users is not None,
            frozenset(params.scopes) if params else None,
            frozenset(name for name, granted in params.permissions if granted) if params else None,
        )


@asynccontextmanager
async def logged_in(token: str, *, api_url: str) -> AsyncGenerator[EaselClient]:
    """A client that may call Discord's REST API, without a session of the gateway. `api_url` holds for the process.

    Raises `DiscordTokenRefused` and `CannotConnect` of `bot.chat.client`."""
    use_api(api_url)
    client = EaselClient()
    try:
        await client.login(token, sync=False)
        yield client
    finally:
        await client.close()


async def application_of(token: str, *, api_url: str) -> Application:
    """The application whose bot the token is of. Raises what `logged_in` does."""
    async with logged_in(token, api_url=api_url) as client:
        return its_application(client)


def its_application(client: EaselClient) -> Application:
    """The application of a client that has logged in."""
    if client.application is None:
        raise CannotConnect("Discord said nothing of the bot's application")
    return Application.of(client.application)


async def gateway_of(client: EaselClient) -> tuple[int, SessionStartLimit]:
    """How many shards Discord recommends, and how many sessions may be started today.

    Raises `CannotConnect` of `bot.chat.client`."""
    with reasons_told():
        shards, _, limit = await client.http.get_bot_gateway()
    return shards, SessionStartLimit.of(limit)
