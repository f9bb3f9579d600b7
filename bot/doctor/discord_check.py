"""Discord: the token, the application, the commands, and what the bot may do where."""

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping

from bot.chat.application import Application, gateway_of, its_application, logged_in
from bot.chat.client import CannotConnect, DiscordTokenRefused, EaselClient
from bot.chat.gateway import LOW_SHARE, SessionStartLimit
from bot.chat.guild_access import INVITE_NAMES, ChannelGone, GuildAccess, Surroundings, closed_to, survey
from bot.chat.registration import Offer, offered, registered
from bot.configured import operator_terms
from bot.doctor.database_check import NamedChannel, named_channels
from bot.doctor.findings import Finding, error, ok, skipped, warning
from bot.doctor.tokens import DISCORD_ADVICE
from bot.service.clock import SystemClock
from bot.settings import Settings

PART = "Discord"

MOST_CHANNELS = 5
"""How many channels of a guild are named."""

_INTENTS = {"presences": "Presence", "members": "Server Members", "message_content": "Message Content"}
_PORTAL = "in Discord's developer portal"
_WORDS = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
}


async def check_discord(settings: Settings) -> AsyncGenerator[Finding]:
    token = settings.discord_token.get_secret_value()
    if not token:
        yield error(PART, "token", "missing", DISCORD_ADVICE)
        return
    asked = "token"
    try:
        async with logged_in(token, api_url=settings.discord_api_url) as client:
            application = its_application(client)
            yield ok(PART, "token", f"is of the application {application.name} ({application.id})")
            asked = "connection"
            for each in _application(application, settings):
                yield each
            for each in _gateway(settings, *await gateway_of(client)):
                yield each
            yield await _commands(client, settings)
            async for each in _settings_channels(client, settings):
                yield each
            named = await named_channels(settings)
            surroundings = await survey(
                client, {guild_id: [each.id for each in channels] for guild_id, channels in named.items()}
            )
            for each in _guilds(surroundings, named):
                yield each
    except DiscordTokenRefused:
        yield error(PART, "token", "refused by Discord", DISCORD_ADVICE)
    except CannotConnect as trouble:
        said = "could not be tried: Discord can't be reached" if asked == "token" else "Discord could not be asked on"
        yield error(PART, asked, f"{said} ({trouble})", "See that this machine reaches DISCORD_API_URL.")


def _application(application: Application, settings: Settings) -> Iterator[Finding]:
    doubts = [*_doubts(application, settings)]
    yield from doubts
    if not doubts:
        yield ok(PART, "application", "is set up as Easel needs it")


def _doubts(application: Application, settings: Settings) -> Iterator[Finding]:
    if application.endpoint:
        yield error(
            PART,
            "interactions endpoint",
            "Discord sends interactions to an address of their own, so that none reaches Easel",
            f"Empty Interactions Endpoint URL {_PORTAL}, under General Information.",
        )
    if application.public and not settings.easel_user_install:
        yield warning(
            PART,
            "public bot",
            "anyone who knows the application's id can add it to a guild of theirs, and spend your credit there",
            f"Set Install Link to None under Installation {_PORTAL}, then turn Public Bot off under Bot.",
        )
    if not application.public and settings.easel_user_install:
        yield warning(
            PART,
            "public bot",
            "EASEL_USER_INSTALL is on, but only the application's owner can install it",
            f"Turn Public Bot on under Bot {_PORTAL}, or EASEL_USER_INSTALL off.",
        )
    if settings.easel_user_install and application.user_install is False:
        yield warning(
            PART,
            "user install",
            "EASEL_USER_INSTALL is on, but Discord offers no installation for users",
            f"Tick User Install under Installation {_PORTAL}.",
        )
    if intents := [_INTENTS[each] for each in application.privileged_intents]:
        yield warning(
            PART,
            "intents",
            f"privileged intents are on that Easel has no use for: {', '.join(intents)}",
            f"Turn them off under Bot {_PORTAL}.",
        )
    yield from _install_link(application)


def _install_link(application: Application) -> Iterator[Finding]:
    if application.install_scopes is None or application.install_permissions is None:
        return
    lacking = [
        *({"bot", "applications.commands"} - application.install_scopes),
        *_spelled(each for each in INVITE_NAMES if each not in application.install_permissions),
    ]
    if lacking and "administrator" not in application.install_permissions:
        yield warning(
            PART,
            "install link",
            f"whoever installs Easel by Discord's own link doesn't give it: {', '.join(sorted(lacking))}",
            f"Add them to the default install settings under Installation {_PORTAL}.",
        )


def _gateway(settings: Settings, recommended: int, limit: SessionStartLimit) -> Iterator[Finding]:
    said = f"{limit.remaining} of {limit.total} are left today"
    if limit.remaining > limit.total * LOW_SHARE:
        yield ok(PART, "session starts", said)
    else:
        yield warning(PART, "session starts", said, "See why the bot starts so often: its log tells how it ended.")
    if settings.easel_shards is not None and settings.easel_shards.count < recommended:
        said = f"EASEL_SHARDS has {settings.easel_shards.count} in all, and Discord recommends {recommended}"
        yield warning(PART, "shards", said, "Let the gateways share that many: docs/scaling.md tells how.")


async def _commands(client: EaselClient, settings: Settings) -> Finding:
    ours = offered(
        Offer(
            models=settings.models,
            operator=operator_terms(settings),
            clock=SystemClock(),
            allow_low_moderation=settings.easel_allow_low_moderation,
            direct_messages=settings.easel_direct_messages,
            user_install=settings.easel_user_install,
        )
    )
    theirs = await registered(client)
    advice = "Start the bot, or, with the bot stopped, run `easel sync`."
    if not theirs:
        return warning(PART, "commands", "Discord knows none of them yet", advice)
    if lacking := sorted(ours - theirs, key=_shortest_first):
        said = f"{len(lacking)} parts of them are unknown to Discord, such as {lacking[0]}"
        return warning(PART, "commands", said, advice)
    if surplus := sorted(theirs - ours, key=_shortest_first):
        said = f"Discord knows {len(surplus)} parts that are no longer there, such as {surplus[0]}"
        return warning(PART, "commands", said, advice)
    return ok(PART, "commands", "Discord knows them as they are")


def _shortest_first(path: str) -> tuple[int, str]:
    return len(path), path


async def _settings_channels(client: EaselClient, settings: Settings) -> AsyncGenerator[Finding]:
    named = {
        "EASEL_LOG_CHANNEL_ID": settings.easel_log_channel_id,
        "EASEL_OPERATOR_CHANNEL_ID": settings.easel_operator_channel_id,
    }
    for name, channel_id in named.items():
        if channel_id is None:
            continue
        try:
            lack = await closed_to(client, channel_id)
        except ChannelGone:
            advice = f"Correct {name}, and give Easel View Channel there."
            yield error(PART, name, "there is no such channel that Easel sees", advice)
            continue
        if lack:
            said = f"Easel can't write into the channel: it lacks {', '.join(_spelled(lack))}"
            yield error(PART, name, said, "Give it these permissions there.")
        else:
            yield ok(PART, name, "can be written into")


def _guilds(surroundings: Surroundings, named: Mapping[int, list[NamedChannel]]) -> Iterator[Finding]:
    if not surroundings.guilds:
        advice = "Invite it: README.md has the link, under the first real picture."
        yield warning(PART, "guilds", "the bot is in none", advice)
    for guild in surroundings.guilds:
        doubts = [*_guild(guild, named.get(guild.id, []))]
        yield from doubts
        if not doubts:
            seen = f"{guild.looked_at} channels can be used"
            yield ok(PART, guild.name, f"{seen}, {guild.hidden} are hidden from it" if guild.hidden else seen)
    if surroundings.left_out:
        more = "at least " if surroundings.more_pages else ""
        said = f"{more}{surroundings.left_out} more were left out, so that it doesn't take too long"
        yield skipped(PART, "guilds", said)


def _guild(guild: GuildAccess, named: list[NamedChannel]) -> Iterator[Finding]:
    if guild.trouble:
        yield warning(PART, guild.name, f"could not be looked at: {guild.trouble}", "Try again later.")
        return
    if guild.missing:
        said = f"in all its {guild.looked_at} channels Easel lacks {', '.join(_spelled(guild.missing))}"
        yield warning(PART, guild.name, said, "Give its role these permissions, or invite it again.")
    if guild.channels:
        shown = [f"#{each.name} ({', '.join(_spelled(each.missing))})" for each in guild.channels[:MOST_CHANNELS]]
        rest = len(guild.channels) - len(shown)
        said = f"of {guild.looked_at} channels, in {len(guild.channels)} something lacks: {', '.join(shown)}"
        yield warning(
            PART,
            guild.name,
            f"{said} and {rest} more" if rest else said,
            "Where Easel is to be used, give it these permissions; elsewhere it refuses before anything is spent.",
        )
    for each in named:
        if each.id in guild.closed:
            lack = guild.closed[each.id]
            why = f"Easel lacks {', '.join(_spelled(lack))}" if lack else "it is gone, or hidden from Easel"
            advice = "Give Easel these permissions there, or choose another with `/studio settings`."
            yield warning(PART, guild.name, f"the {each.purpose} can't be written into: {why}", advice)


def _spelled(permissions: Iterable[str]) -> list[str]:
    """As Discord's client names them."""
    return [_WORDS.get(each, each) for each in permissions]
