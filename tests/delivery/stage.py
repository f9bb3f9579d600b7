"""A job whose card is posted, the ways to its message, and who got to see its pictures."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from bot.chat.announcer import DiscordAnnouncer
from bot.chat.client import EaselClient
from bot.domain.job import Answer, Job, JobStatus
from bot.domain.request import ImageRequest
from bot.service.ports import OutputPicture, Place
from tests.wire.clients import PNG, Api
from tests.wire.discord_server import DiscordServer, Interaction, Message, Route
from tests.wire.faults import Fault, refused
from tests.wire.payloads import callback, card, text
from tests.wire.rules import Refusal
from tests.wire.timing import Clock
from tests.wire.world import Channel, Guild, Member, Permission

JOB = "0123456789abcdef"
PICTURES = tuple(OutputPicture(number, f"easel-{JOB}-{number}.png", PNG + b"%d" % number) for number in (1, 2))

IMPATIENCE = 0.1
"""Seconds after which a call is given up in a test where some hang; one that passes takes a few milliseconds."""


class Rung(Enum):
    """The ways to the member, in the order in which they are tried; opening a direct message is half of the last."""

    TOKEN = ("PATCH", Route.WEBHOOK_MESSAGE)
    AUTHOR = ("PATCH", Route.MESSAGE)
    NEW_MESSAGE = ("POST", Route.MESSAGES)
    DIRECT_MESSAGES = ("POST", Route.DIRECT_MESSAGES)
    DIRECT_MESSAGE = ("POST", Route.MESSAGES, "direct")


RUNGS = list(Rung)


@dataclass(frozen=True, slots=True)
class WireClock:
    """The stand-in's time, for the port `Clock`."""

    clock: Clock

    def now(self) -> datetime:
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("delivery leaves it to others to wait")


class Stage:
    """`job` was answered by a public card, `card`, in `channel`, for `ann`."""

    def __init__(self, server: DiscordServer, client: EaselClient, api: Api) -> None:
        self.server = server
        self._api = api
        self.client = client
        self.announcer = DiscordAnnouncer(client, WireClock(server.clock))
        self.impatient = self.waiting_for(IMPATIENCE)
        self.guild: Guild = server.world.guild()
        self.channel: Channel = self.guild.channel()
        self.ann: Member = self.guild.member("ann")
        self.job: Job
        self.interaction: Interaction

    def waiting_for(self, seconds: float) -> DiscordAnnouncer:
        """An announcer that gives each call so long."""
        return DiscordAnnouncer(self.client, WireClock(self.server.clock), call_seconds=seconds)

    async def ask(self, channel: Channel | None = None) -> None:
        """Let the member ask, in the guild's channel unless told otherwise, and post the card."""
        self.channel = channel or self.channel
        actor = self.ann if self.channel.guild else self.ann.user
        self.interaction = await self.server.slash(actor, self.channel, "imagine", prompt="a fox")
        status, _ = await self._api("POST", callback(self.interaction), {"type": 4, "data": card(text("Painting"))})
        assert status == 200
        now = self.server.clock.now()
        self.job = Job(
            id=JOB,
            status=JobStatus.DELIVERING,
            account="operator",
            member_id=self.ann.user.id,
            guild_id=self.channel.guild.id if self.channel.guild else None,
            request=ImageRequest("openai/gpt-image-2", "a fox", quality="low", count=len(PICTURES)),
            answer=Answer(
                application_id=self.server.world.application_id,
                token=self.interaction.token,
                expires_at=now + timedelta(minutes=15),
                channel_id=self.channel.id,
                private=False,
                file_limit=self.interaction.attachment_size_limit,
            ),
            hold=24_000,
            created_at=now,
            message_id=self.card.id,
        )

    @property
    def card(self) -> Message:
        assert self.interaction.original is not None
        return self.interaction.original

    @property
    def mailbox(self) -> Channel:
        return self.server.world.direct_messages(self.ann.user)

    @property
    def shown(self) -> list[Message]:
        """Every message that holds pictures now."""
        everywhere = [*self.channel.messages, *self.mailbox.messages]
        return [each for each in everywhere if each.attachments and not each.deleted]

    @property
    def calls(self) -> list[tuple[str, str | None, int | None]]:
        return [(call.method, call.route, call.status) for call in self.server.requests]

    def expire(self) -> None:
        """The token has expired, and the job knows."""
        self.job = replace(self.job, answer=replace(self.job.answer, expires_at=self.server.clock.now()))

    def strike(self, rung: Rung, *faults: Fault, times: int = 1) -> None:
        """Let these faults strike the calls of one rung."""
        method, route, *_ = rung.value
        places = {Rung.NEW_MESSAGE: self.channel, Rung.DIRECT_MESSAGE: self.mailbox}
        params = {"channel_id": places[rung].id} if rung in places else {}
        self.server.faults.inject(method, route, *faults, times=times, **params)

    def close_below(self, rung: Rung) -> None:
        """Let every rung before this one be refused, however often it is tried."""
        if rung is not Rung.TOKEN:
            self.strike(Rung.TOKEN, refused(Refusal.INVALID_TOKEN), times=9)
        if rung in {Rung.NEW_MESSAGE, Rung.DIRECT_MESSAGES, Rung.DIRECT_MESSAGE}:
            self.server.world.delete(self.card)
        if rung in {Rung.DIRECT_MESSAGES, Rung.DIRECT_MESSAGE}:
            self.channel.app_permissions = Permission.VIEW_CHANNEL

    def assert_delivered(self, place: Place) -> Message:
        """The pictures are in that one message, all of them, once and in their order."""
        (message,) = self.shown
        assert place == Place(message.channel.id, message.id)
        assert [each.data for each in message.pictures] == [each.data for each in PICTURES]
        assert message.attachments == message.pictures
        return message
