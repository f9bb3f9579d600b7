"""Whether a token is good, and whose it is, before anything is built on it."""

from pydantic import SecretStr

from bot.chat.application import Application, application_of
from bot.chat.client import CannotConnect, DiscordTokenRefused
from bot.domain.account import OPERATOR
from bot.domain.errors import BadToken, EaselError
from bot.domain.hosts import AllowedHosts
from bot.replicate.client import Credentials, ReplicateClient
from bot.service.clock import SystemClock
from bot.service.ports import AnswerLost, NeverSent

DISCORD_ADVICE = (
    "Set DISCORD_TOKEN, in the environment or in .env. You get it at https://discord.com/developers/applications: "
    "choose or make your application, open Bot, and press Reset Token."
)
REPLICATE_ADVICE = (
    "Set REPLICATE_API_TOKEN, in the environment or in .env. You get it at https://replicate.com/account/api-tokens."
)


class TokenRefused(Exception):
    """The vendor doesn't take the token."""


class TokenUntried(Exception):
    """The vendor could not be asked, or had no answer. The message says why, without the token."""


async def check_discord_token(token: SecretStr, *, api_url: str) -> Application:
    """The application whose bot the token is of. Raises `TokenRefused` and `TokenUntried`.

    `api_url` holds for the whole process, as in `bot.chat.client.use_api`."""
    try:
        return await application_of(token.get_secret_value(), api_url=api_url)
    except DiscordTokenRefused:
        raise TokenRefused from None
    except CannotConnect as error:
        raise TokenUntried(str(error)) from None


async def check_replicate_token(token: SecretStr, *, api_url: str) -> str:
    """The name of the account at Replicate that the token bills. Raises `TokenRefused` and `TokenUntried`."""

    async def credentials(_: str) -> Credentials:
        return Credentials(token)

    nowhere = AllowedHosts.parse("")
    async with ReplicateClient(credentials, nowhere, SystemClock(), api_url=api_url) as replicate:
        try:
            return await replicate.check_account(OPERATOR)
        except BadToken:
            raise TokenRefused from None
        except (NeverSent, AnswerLost, EaselError) as error:
            raise TokenUntried(f"Replicate can't be reached ({error!r})") from None
