"""Who there is and where: users, guilds with their members, channels and threads."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag
from typing import TYPE_CHECKING

from tests.wire import rules
from tests.wire.messages import Message
from tests.wire.rules import JSON

if TYPE_CHECKING:
    from tests.wire.world import World


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
    MANAGE_THREADS = 1 << 34
    SEND_MESSAGES_IN_THREADS = 1 << 38


EVERYDAY = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.SEND_MESSAGES_IN_THREADS
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
    """A text channel or a forum of a guild, a thread in one (a forum's are its posts), the direct messages with
    `recipient`, or a `group` of users who talk among themselves, where the bot is not.

    `app_permissions` are the bot's there; without VIEW_CHANNEL its calls answer 50001, without the others 50013. A
    `private` channel is hidden from everybody who isn't let in.
    """

    id: int
    name: str
    guild: "Guild | None" = None
    recipient: User | None = None
    app_permissions: Permission = EVERYDAY
    messages: list[Message] = field(default_factory=list[Message], repr=False)
    group: tuple[User, ...] = ()
    parent: "Channel | None" = None
    forum: bool = False
    age_restricted: bool = False
    private: bool = False
    archived: bool = False
    locked: bool = False
    made_at: datetime | None = None

    @property
    def needed_to_write(self) -> Permission:
        """A thread has its own permission in place of that to write into channels."""
        return Permission.SEND_MESSAGES_IN_THREADS if self.parent else Permission.SEND_MESSAGES

    def payload(self) -> JSON:
        last = str(self.messages[-1].id) if self.messages else None
        payload: JSON = {"id": str(self.id), "flags": 0, "last_message_id": last}
        if self.group:
            users = [each.payload() for each in self.group]
            return payload | {"type": 3, "name": None, "icon": None, "owner_id": users[0]["id"], "recipients": users}
        if self.guild is None:
            recipients = [self.recipient.payload()] if self.recipient else []
            return payload | {"type": 1, "recipients": recipients}
        if self.parent is not None:
            return payload | self._thread_payload(self.guild, self.parent)
        forum: JSON = {"available_tags": [], "default_sort_order": None, "default_forum_layout": 0}
        return (
            payload
            | (forum if self.forum else {})
            | {
                "type": 15 if self.forum else 0,
                "guild_id": str(self.guild.id),
                "name": self.name,
                "position": self.guild.channels.index(self),
                "permission_overwrites": self._overwrites(self.guild),
                "nsfw": self.age_restricted,
                "parent_id": None,
                "topic": None,
                "rate_limit_per_user": 0,
            }
        )

    def _overwrites(self, guild: "Guild") -> list[JSON]:
        """Those that make the bot's permissions here of those that everybody has; and a private channel's."""
        everybody = guild.everyone & ~(Permission.VIEW_CHANNEL if self.private else Permission(0))
        granted, denied = self.app_permissions & ~everybody, everybody & ~self.app_permissions
        overwrites: list[JSON] = []
        if self.private:
            overwrites.append({"id": str(guild.id), "type": 0, "allow": "0", "deny": str(int(Permission.VIEW_CHANNEL))})
        if granted or denied:
            bot = str(guild.world.bot.id)
            overwrites.append({"id": bot, "type": 1, "allow": str(int(granted)), "deny": str(int(denied))})
        return overwrites

    def _thread_payload(self, guild: "Guild", parent: "Channel") -> JSON:
        moment = self.made_at.isoformat() if self.made_at else None
        return {
            "type": 11,
            "guild_id": str(guild.id),
            "name": self.name,
            "parent_id": str(parent.id),
            "owner_id": str(guild.owner.id),
            "rate_limit_per_user": 0,
            "message_count": len(self.messages),
            "total_message_sent": len(self.messages),
            "member_count": 1,
            "thread_metadata": {
                "archived": self.archived,
                "locked": self.locked,
                "auto_archive_duration": 1440,
                "archive_timestamp": moment,
                "create_timestamp": moment,
            },
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
    everyone: Permission = EVERYDAY
    channels: list[Channel] = field(default_factory=list[Channel], repr=False)
    members: "list[Member]" = field(default_factory=list["Member"], repr=False)
    threads: list[Channel] = field(default_factory=list[Channel], repr=False)

    def channel(
        self,
        name: str = "general",
        *,
        app_permissions: Permission = EVERYDAY,
        forum: bool = False,
        age_restricted: bool = False,
        private: bool = False,
    ) -> Channel:
        channel = Channel(self.world.snowflake(), name, self, app_permissions=app_permissions)
        channel.forum, channel.age_restricted, channel.private = forum, age_restricted, private
        self.channels.append(channel)
        self.world.channels[channel.id] = channel
        return channel

    def thread(self, parent: Channel, name: str = "aside", *, archived: bool = False, locked: bool = False) -> Channel:
        """A public thread in a text channel, or a post in a forum."""
        thread = Channel(self.world.snowflake(), name, self, app_permissions=parent.app_permissions, parent=parent)
        thread.archived, thread.locked, thread.made_at = archived, locked, self.world.clock.now()
        self.threads.append(thread)
        self.world.channels[thread.id] = thread
        return thread

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

    @property
    def me(self) -> "Member":
        """The bot, where it is installed."""
        return Member(self.world.bot, self, self.everyone, self.world.clock.now())

    def _roles(self) -> list[JSON]:
        everyone: JSON = {
            "id": str(self.id),
            "name": "@everyone",
            "permissions": str(int(self.everyone)),
            "position": 0,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
        return [everyone]

    def listing(self) -> JSON:
        """One of a bot's own guilds, as they are listed."""
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(int(self.everyone)),
            "features": [],
        }

    def rest_payload(self) -> JSON:
        """A guild without those and that which is in it."""
        nothing = (
            "icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id",
            "afk_channel_id", "system_channel_id", "widget_channel_id", "vanity_url_code", "rules_channel_id",
            "safety_alerts_channel_id", "public_updates_channel_id", "incidents_data", "max_presences",
        )  # fmt: skip
        return (
            {
                "id": str(self.id),
                "name": self.name,
                "owner_id": str(self.owner.id),
                "region": "deprecated",
                "preferred_locale": self.locale,
                "roles": [each | {"icon": None, "unicode_emoji": None} for each in self._roles()],
                "premium_tier": self.premium_tier,
                "premium_subscription_count": 0,
                "premium_progress_bar_enabled": False,
                "afk_timeout": 300,
                "system_channel_flags": 0,
                "widget_enabled": False,
                "max_members": 500_000,
                "max_stage_video_channel_users": 50,
                "max_video_channel_users": 25,
                "verification_level": 0,
                "default_message_notifications": 0,
                "explicit_content_filter": 0,
                "nsfw": False,
                "nsfw_level": 0,
                "mfa_level": 0,
            }
            | dict.fromkeys(nothing)
            | {name: [] for name in ("features", "emojis", "stickers")}
        )

    def payload(self) -> JSON:
        """A GUILD_CREATE."""
        bot = self.me
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
            "roles": self._roles(),
            "channels": [channel.payload() for channel in self.channels],
            "threads": [each.payload() for each in self.threads if not each.archived],
            "members": [bot.payload()],
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "premium_tier": self.premium_tier,
            "nsfw_level": 0,
            "mfa_level": 0,
        } | {key: [] for key in ("emojis", "stickers", "presences", "voice_states", "stage_instances")}


@dataclass(eq=False, slots=True)
class Member:
    """A user in a guild, with the permissions that the user has in all its channels."""

    user: User
    guild: Guild
    permissions: Permission
    joined_at: datetime
    timed_out_until: datetime | None = None

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
            "communication_disabled_until": self.timed_out_until.isoformat() if self.timed_out_until else None,
        }
