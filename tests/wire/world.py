"""Who and what is there: users, guilds, channels, the application and all that was posted."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntFlag
from typing import TYPE_CHECKING

from tests.wire import messages, rules
from tests.wire.messages import Attachment, File, Message
from tests.wire.rules import JSON, ApiError, Refusal
from tests.wire.timing import Changes, Clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.wire.interactions import Interaction

DISCORD_EPOCH_MS = 1_420_070_400_000
CDN_LIFETIME = timedelta(hours=24)


class Permission(IntFlag):
    """The permissions that this stand-in looks at, and some that a bot may ask for."""

    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    USE_APPLICATION_COMMANDS = 1 << 31
    SEND_MESSAGES_IN_THREADS = 1 << 38


EVERYDAY = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
)


@dataclass(eq=False, slots=True)
class User:
    """`attachment_size_limit` is what Nitro gives; `brought_along`: the user's own installation of the application,
    which is taken for granted where one uses it outside of a guild that has it."""

    id: int
    name: str
    bot: bool = False
    accepts_direct_messages: bool = True
    attachment_size_limit: int = 0
    brought_along: bool = False

    def payload(self) -> JSON:
        return {
            "id": str(self.id),
            "username": self.name,
            "discriminator": "0",
            "global_name": None if self.bot else self.name.title(),
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
        }


@dataclass(eq=False, slots=True)
class Channel:
    """A text channel of a guild, or the direct messages with `recipient`.

    `app_permissions` are the bot's there; without VIEW_CHANNEL its calls answer 50001, without the others 50013.
    """

    id: int
    name: str
    guild: "Guild | None" = None
    recipient: User | None = None
    app_permissions: Permission = EVERYDAY
    messages: list[Message] = field(default_factory=list[Message], repr=False)

    def payload(self) -> JSON:
        last = str(self.messages[-1].id) if self.messages else None
        payload: JSON = {"id": str(self.id), "flags": 0, "last_message_id": last}
        if self.guild is None:
            recipients = [self.recipient.payload()] if self.recipient else []
            return payload | {"type": 1, "recipients": recipients}
        return payload | {
            "type": 0,
            "guild_id": str(self.guild.id),
            "name": self.name,
            "position": self.guild.channels.index(self),
            "permission_overwrites": [],
            "nsfw": False,
            "parent_id": None,
            "topic": None,
            "rate_limit_per_user": 0,
        }


@dataclass(eq=False, slots=True)
class Guild:
    """`installed` says whether the bot is a member; where it is not, its users brought the application along."""

    id: int
    name: str
    world: "World" = field(repr=False)
    owner: User
    installed: bool = True
    attachment_size_limit: int = rules.DEFAULT_ATTACHMENT_SIZE
    locale: str = "en-US"
    channels: list[Channel] = field(default_factory=list[Channel], repr=False)
    members: "list[Member]" = field(default_factory=list["Member"], repr=False)

    def channel(self, name: str = "general", *, app_permissions: Permission = EVERYDAY) -> Channel:
        channel = Channel(self.world.snowflake(), name, guild=self, app_permissions=app_permissions)
        self.channels.append(channel)
        self.world.channels[channel.id] = channel
        return channel

    def member(self, who: User | str, *, permissions: Permission = EVERYDAY) -> "Member":
        user = self.world.user(who) if isinstance(who, str) else who
        member = Member(user, self, permissions, self.world.clock.now())
        self.members.append(member)
        return member

    def without(self, member: "Member") -> None:
        """The member leaves."""
        self.members.remove(member)

    @property
    def premium_tier(self) -> int:
        """The boosts that its limit for files goes with."""
        return next((tier for tier, size in ((3, 100), (2, 50)) if self.attachment_size_limit >= size << 20), 0)

    def payload(self) -> JSON:
        """A GUILD_CREATE."""
        everyone: JSON = {
            "id": str(self.id),
            "name": "@everyone",
            "permissions": str(int(EVERYDAY)),
            "position": 0,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
        bot = Member(self.world.bot, self, EVERYDAY, self.world.clock.now())
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "owner_id": str(self.owner.id),
            "unavailable": False,
            "large": False,
            "joined_at": bot.joined_at.isoformat(),
            "member_count": len(self.members) + 1,
            "preferred_locale": self.locale,
            "features": [],
            "roles": [everyone],
            "channels": [channel.payload() for channel in self.channels],
            "members": [bot.payload()],
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "premium_tier": self.premium_tier,
            "nsfw_level": 0,
            "mfa_level": 0,
        } | {key: [] for key in ("emojis", "stickers", "threads", "presences", "voice_states", "stage_instances")}


@dataclass(eq=False, slots=True)
class Member:
    """A user in a guild, with the permissions that the user has in all its channels."""

    user: User
    guild: Guild
    permissions: Permission
    joined_at: datetime

    def payload(self) -> JSON:
        return {
            "user": self.user.payload(),
            "nick": None,
            "avatar": None,
            "roles": [],
            "joined_at": self.joined_at.isoformat(),
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
            "permissions": str(int(self.permissions)),
            "communication_disabled_until": None,
        }


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

    def reaches(self, user: User) -> bool:
        """Whether anything joins the bot to the user, without which it can't write to them."""
        here = any(member.user is user for guild in self.guilds.values() if guild.installed for member in guild.members)
        return here or user.brought_along

    def delete_channel(self, channel: Channel) -> None:
        """It is gone, with all that was posted there."""
        del self.channels[channel.id]
        if channel.guild is not None:
            channel.guild.channels.remove(channel)
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
    ) -> Message:
        """A new message by the bot, of that message type. Raises an `ApiError`."""
        message = Message(self.snowflake(), self, channel, self.bot, self.clock.now(), interaction, type=kind)
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


def _size_limit(channel: Channel, interaction: "Interaction | None") -> int:
    """Bytes a file. An interaction's own limit counts what its member has by Nitro; the bot has none."""
    if interaction is not None:
        return interaction.attachment_size_limit
    return channel.guild.attachment_size_limit if channel.guild else rules.DEFAULT_ATTACHMENT_SIZE
