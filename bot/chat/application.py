"""The application behind a bot token, as Discord has it."""

from dataclasses import dataclass

from bot.chat.client import CannotConnect, EaselClient, use_api


@dataclass(frozen=True, slots=True)
class Application:
    """What tells an operator whose token it is."""

    id: int
    name: str


async def application_of(token: str, *, api_url: str) -> Application:
    """Log in and out again, without a session of the gateway.

    Raises `DiscordTokenRefused` and `CannotConnect` of `bot.chat.client`."""
    use_api(api_url)
    client = EaselClient()
    try:
        await client.login(token, sync=False)
        if client.application is None:
            raise CannotConnect("Discord said nothing of the bot's application")
        return Application(client.application.id, client.application.name)
    finally:
        await client.close()
