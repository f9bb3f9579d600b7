"""Who and what is there: users, guilds, channels, the application and all that was posted."""

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.wire import messages, rules
from tests.wire.messages import Attachment, File, Message
from tests.wire.places import EVERYDAY, Channel, Guild, Member, Permission, User
from tests.wire.rules import JSON, ApiError, Refusal
from tests.wire.timing import Changes, Clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.wire.interactions import Interaction

__all__ = ["EVERYDAY", "Channel", "Guild", "Member", "Permission", "User", "World"]

DISCORD_EPOCH_MS = 1_420_070_400_000
CDN_LIFETIME = timedelta(hours=24)


class World:
    """The state behind the server. `changes` is told of everything that happens in it.

    `failures` are errors of this stand-in itself, never of who calls it.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.changes = Changes()
        self.failures: list[Exception] = []
        self.cdn_url = ""  # known once the server listens
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.attachments: dict[int, Attachment] = {}
        self.commands: dict[int | None, list[JSON]] = {}  # by guild; None holds the global ones
        self.interactions: dict[str, Interaction] = {}  # by token
        self._counter = 0
        self._nonces: dict[tuple[int, str], Message] = {}
        self.application: JSON = {}  # what is set of it in the developer portal
        self.application_id = self.snowflake()  # as with applications of today, not the bot's own id
        self.bot = self.user("easel", bot=True)
        self.owner = self.user("owner")

    def snowflake(self) -> int:
        self._counter += 1
        milliseconds = int(self.clock.now().timestamp() * 1000) - DISCORD_EPOCH_MS
        return (milliseconds << 22) | (self._counter & 0x3FFFFF)

    # ------------------------------------------------------------------------------------------------ builders

    def user(self, name: str, *, bot: bool = False, accepts_direct_messages: bool = True) -> User:
        user = User(self.snowflake(), name, bot, accepts_direct_messages)
        self.users[user.id] = user
        return user

    def guild(
        self,
        name: str = "Studio",
        *,
        installed: bool = True,
        attachment_size_limit: int = rules.DEFAULT_ATTACHMENT_SIZE,
    ) -> Guild:
        guild = Guild(self.snowflake(), name, self, self.owner, installed, attachment_size_limit)
        self.guilds[guild.id] = guild
        return guild

    def direct_messages(self, user: User) -> Channel:
        """The channel between the bot and this user, made where there is none."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.snowflake(), user.name, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def group(self, *users: User) -> Channel:
        """A group of users, or two who talk to each other: the bot is none of them."""
        channel = Channel(self.snowflake(), "", group=users)
        self.channels[channel.id] = channel
        return channel

    def reaches(self, user: User) -> bool:
        """Whether anything joins the bot to the user, without which it can't write to them."""
        here = any(member.user is user for guild in self.guilds.values() if guild.installed for member in guild.members)
        return here or user.brought_along

    def delete_channel(self, channel: Channel) -> None:
        """It is gone, with all that was posted there."""
        del self.channels[channel.id]
        if channel.guild is not None:
            (channel.guild.threads if channel.parent else channel.guild.channels).remove(channel)
        for message in channel.messages:
            self.delete(message)

    # ------------------------------------------------------------------------------------------------ messages

    def post(
        self,
        channel: Channel,
        body: JSON,
        files: "Sequence[File]" = (),
        *,
        interaction: "Interaction | None" = None,
        kind: int = 0,
        author: User | None = None,
    ) -> Message:
        """A new message of that message type, by the bot unless there is another author. Raises an `ApiError`."""
        writer = author or self.bot
        message = Message(self.snowflake(), self, channel, writer, self.clock.now(), interaction, type=kind)
        if channel.archived and channel.locked and Permission.MANAGE_THREADS not in channel.app_permissions:
            raise ApiError(Refusal.THREAD_LOCKED)
        nonce = body.get("nonce")
        if nonce is not None:
            rules.check_nonce(nonce)
            message.nonce = str(nonce)
            known = self._nonces.get((channel.id, message.nonce))
            if body.get("enforce_nonce") and known and self.clock.now() - known.created_at < rules.NONCE_MEMORY:
                return known
        messages.write(message, body, files, size_limit=_size_limit(channel, interaction), edit=False)
        if message.nonce is not None:
            self._nonces[channel.id, message.nonce] = message
        channel.archived = False  # what is new in a thread opens it again
        return message

    def think(self, channel: Channel, interaction: "Interaction", *, ephemeral: bool) -> Message:
        """A deferral's message, to be edited into an answer."""
        flags = rules.LOADING | (rules.EPHEMERAL if ephemeral else 0)
        now = self.clock.now()
        message = Message(self.snowflake(), self, channel, self.bot, now, interaction, flags=flags, type=20)
        self.keep(message)
        return message

    def edit(
        self,
        message: Message,
        body: JSON,
        files: "Sequence[File]" = (),
        *,
        interaction: "Interaction | None" = None,
    ) -> Message:
        """Edit it by the interaction's token, or without one as its author. Raises an `ApiError`."""
        _check_open(message.channel)
        self._check_age(message)
        messages.write(message, body, files, size_limit=_size_limit(message.channel, interaction), edit=True)
        return message

    def _check_age(self, message: Message) -> None:
        now = self.clock.now()
        if now - message.created_at <= rules.OLD:
            return
        recent = [each for each in message.late_edits if now - each < rules.LATE_EDITS_WINDOW]
        if len(recent) >= rules.LATE_EDITS:
            wait = (recent[0] + rules.LATE_EDITS_WINDOW - now).total_seconds()
            raise ApiError(Refusal.TOO_MANY_OLD_EDITS, retry_after=wait)
        message.late_edits = [*recent, now]

    def remove(self, message: Message) -> None:
        """Delete it, as the bot asked. Raises an `ApiError`."""
        _check_open(message.channel)
        self.delete(message)

    def delete(self, message: Message) -> None:
        message.deleted = True
        self._announce(message)

    def keep(self, message: Message) -> None:
        """Record a message's new state and tell whoever waits for it."""
        if message.id not in self.messages:
            self.messages[message.id] = message
            message.channel.messages.append(message)
            if message.interaction is not None:
                message.interaction.follow(message)
        message.revisions.append(message.payload())
        self._announce(message)

    def message(self, channel: Channel, message_id: int) -> Message:
        """A message that the bot can reach through its channel: none that is ephemeral. Raises an `ApiError`."""
        message = self.messages.get(message_id)
        if message is None or message.channel is not channel or message.deleted or message.ephemeral:
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        return message

    def _announce(self, message: Message) -> None:
        for watcher in message.watchers:
            watcher.announce()
        self.changes.announce()

    # ----------------------------------------------------------------------------------------------------- CDN

    def attachment(self, file: File, channel: Channel, *, description: str | None = None) -> Attachment:
        attachment = Attachment(self.snowflake(), file, f"{self.cdn_url}/attachments/{channel.id}", description)
        self.attachments[attachment.id] = attachment
        return attachment

    def url_of(self, attachment: Attachment) -> str:
        """A URL that is good for a day, counted from now."""
        expires = int((self.clock.now() + CDN_LIFETIME).timestamp())
        return f"{attachment.base_url}/{attachment.id}/{attachment.filename}?ex={expires:x}&hm={attachment.id:x}"


def _check_open(channel: Channel) -> None:
    """What is in an archived thread can't be changed. Raises an `ApiError`."""
    if channel.archived:
        raise ApiError(Refusal.THREAD_ARCHIVED)


def _size_limit(channel: Channel, interaction: "Interaction | None") -> int:
    """Bytes a file. An interaction's own limit counts what its member has by Nitro; the bot has none."""
    if interaction is not None:
        return interaction.attachment_size_limit
    return channel.guild.attachment_size_limit if channel.guild else rules.DEFAULT_ATTACHMENT_SIZE
