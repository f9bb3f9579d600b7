"""The places in a job's life where Discord is called, each as the circumstances that lead there."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bot.domain.errors import EaselError, NotAPicture
from tests.faults.calls import Site
from tests.faults.stage import Stage
from tests.wire.discord_server import File, Route

Strike: TypeAlias = Callable[[], None]

TOKEN_SECONDS = 15 * 60.0


@dataclass(frozen=True, slots=True)
class DiscordScene:
    """`play` brings a job to the place, says when the fault is to strike, and ends with the job; `ends` is how."""

    site: Site
    method: str
    route: Route
    play: Callable[[Stage, Strike], Awaitable[None]]
    ends: type[EaselError] | None = None
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    webhooks: bool = False


async def _answered(stage: Stage, strike: Strike) -> None:
    strike()
    await stage.type()
    await stage.ended()


async def _edited_late(stage: Stage, strike: Strike) -> None:
    """After the interaction's token has expired."""
    await _while_running(stage, strike, seconds=TOKEN_SECONDS)


async def _card_deleted(stage: Stage, strike: Strike) -> None:
    def delete_card() -> None:
        (card,) = stage.left
        stage.discord.world.delete(card)
        strike()

    await _while_running(stage, delete_card)


async def _private_and_late(stage: Stage, strike: Strike) -> None:
    def hide_card() -> None:
        (card,) = stage.left
        stage.discord.world.delete(card)  # nobody but its member saw it, until they closed Discord
        strike()

    await _while_running(stage, hide_card, seconds=TOKEN_SECONDS, private=True)


async def _no_picture(stage: Stage, strike: Strike) -> None:
    """A file that turns out to be no picture: the card is taken away, and its member told why."""
    strike()
    await stage.imagine(image=File("fox.png", b"not a picture at all", "image/png"))
    await stage.ended()


async def _while_running(stage: Stage, strike: Strike, *, seconds: float = 0.0, **options: Any) -> None:
    stage.replicate.end_gate.hold()
    await stage.imagine(**options)
    await stage.until_status("running")
    stage.clock.advance(seconds)
    strike()
    stage.replicate.end_gate.release()
    await stage.ended()


_ANNOUNCER = "chat.announcer.DiscordAnnouncer."
_LONG = {"replicate_cancel_after_s": 3600}

DISCORD_SCENES: Mapping[str, DiscordScene] = {
    "answer": DiscordScene(Site("chat.intake._answer", "send_message"), "POST", Route.CALLBACK, _answered),
    "edit by token": DiscordScene(
        Site(_ANNOUNCER + "_by_token", "edit_message"), "PATCH", Route.WEBHOOK_MESSAGE, _while_running
    ),
    "edit as author": DiscordScene(
        Site(_ANNOUNCER + "_as_author", "edit"), "PATCH", Route.MESSAGE, _edited_late, settings=_LONG
    ),
    "membership": DiscordScene(
        Site("chat.membership.DiscordMembership.timed_out_until", "get_member"),
        "GET", Route.GUILD_MEMBER, _while_running,
    ),
    "new message": DiscordScene(Site(_ANNOUNCER + "_send", "send"), "POST", Route.MESSAGES, _card_deleted),
    "open direct messages": DiscordScene(
        Site(_ANNOUNCER + "_by_direct_message", "create_dm"),
        "POST", Route.DIRECT_MESSAGES, _private_and_late, settings=_LONG,
    ),
    "take the card away": DiscordScene(
        Site(_ANNOUNCER + "withdraw", "delete_message"), "DELETE", Route.WEBHOOK_MESSAGE, _no_picture, ends=NotAPicture
    ),
    "follow up": DiscordScene(
        Site(_ANNOUNCER + "withdraw", "send"), "POST", Route.WEBHOOK, _no_picture, ends=NotAPicture
    ),
}  # fmt: skip
