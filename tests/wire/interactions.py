"""What a member does with the application, and what comes of it."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.wire import rules
from tests.wire.messages import File, Message
from tests.wire.rules import JSON, ApiError, Refusal
from tests.wire.timing import PATIENCE, Changes
from tests.wire.world import EVERYDAY, Channel, Guild, Member, Permission, User, World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
USER, MENTIONABLE, ATTACHMENT = 6, 9, 11  # types of options


class Interaction:
    """One INTERACTION_CREATE and what the bot did with its token.

    `response_time` is the time in seconds from the dispatch to the arrival of the first response; `response_type` is
    that response's type. `messages` are all those of the interaction, the original first: for a click that was
    answered by an update, the message that was clicked. `modal` and `choices` are what a response of that kind showed.
    """

    def __init__(self, world: World, kind: int, actor: Member | User, channel: Channel, data: JSON) -> None:
        self.world = world
        self.id = world.snowflake()
        self.token = secrets.token_urlsafe(64)
        self.kind = kind
        self.actor = actor
        self.user = actor.user if isinstance(actor, Member) else actor
        self.channel = channel
        self.data = data
        self.source: Message | None = None  # of a component, or of a modal that one opened
        place = channel.guild.attachment_size_limit if channel.guild else rules.DEFAULT_ATTACHMENT_SIZE
        self.attachment_size_limit = max(place, self.user.attachment_size_limit)
        if channel.guild is None or not channel.guild.installed:
            self.user.brought_along = True
        self.dispatched_at = world.clock.now()
        self._dispatched = time.monotonic()
        self.response_type: int | None = None
        self.response_time: float | None = None
        self.original: Message | None = None
        self.messages: list[Message] = []
        self.modal: JSON | None = None
        self.choices: list[JSON] | None = None
        self.changes = Changes()
        world.interactions[self.token] = self

    def __repr__(self) -> str:
        return (
            f"<Interaction {self.id} by {self.user.name}: response {self.response_type}, {len(self.messages)} messages>"
        )

    # ------------------------------------------------------------------------------------------- for the tests

    async def answered(self, patience: float = PATIENCE) -> "Interaction":
        """Wait for the first response."""
        await self.changes.until(lambda: self.response_type, patience)
        return self

    async def until(self, predicate: Callable[[Message], object], patience: float = PATIENCE) -> Message:
        """Wait until one of its messages is as wished, and answer that one. Raises `TimeoutError`.

        A change that another one follows at once may go unseen: look for what lasts, or into `Message.revisions`.
        """
        return await self.changes.until(lambda: next(filter(predicate, self.messages), None), patience)

    # ------------------------------------------------------------------------------------------ for the server

    def dispatched(self) -> None:
        """From here on the time for a first response runs."""
        self.dispatched_at, self._dispatched = self.world.clock.now(), time.monotonic()

    def check_unanswered(self) -> None:
        """Whether a first response may come. Raises an `ApiError` where it comes too late, or isn't the first."""
        if self.response_type is not None:
            raise ApiError(Refusal.ALREADY_ACKNOWLEDGED)
        if self.world.clock.now() - self.dispatched_at > rules.FIRST_RESPONSE:
            raise ApiError(Refusal.UNKNOWN_INTERACTION)

    def acknowledge(self, response_type: int, arrived: float) -> None:
        """Take note of the first response, which arrived at that time of the monotonic clock."""
        self.response_type, self.response_time = response_type, arrived - self._dispatched
        self.changes.announce()
        self.world.changes.announce()

    def check_token(self) -> None:
        """Whether the token serves the webhook routes. Raises an `ApiError`."""
        if self.world.clock.now() - self.dispatched_at > rules.TOKEN_LIFETIME:
            raise ApiError(Refusal.INVALID_TOKEN)
        if self.response_type is None:
            raise ApiError(Refusal.UNKNOWN_WEBHOOK)

    def follow(self, message: Message) -> None:
        """Count a message among this interaction's."""
        if message not in self.messages:
            self.messages.append(message)
            message.watchers.append(self.changes)

    # ----------------------------------------------------------------------------------------------- its forms

    @property
    def owners(self) -> JSON:
        """By whose installation the application is here: the guild's, or the user's own."""
        guild = self.channel.guild
        if guild is not None and guild.installed:
            return {"0": str(guild.id)}
        return {"1": str(self.user.id)}

    @property
    def context(self) -> int:
        return context_of(self.channel)

    def metadata(self, message: Message) -> JSON:
        """The `interaction_metadata` of a message."""
        metadata: JSON = {
            "id": str(self.id),
            "type": self.kind,
            "user": self.user.payload(),
            "authorizing_integration_owners": self.owners,
        }
        if self.original is not None and message is not self.original:
            metadata["original_response_message_id"] = str(self.original.id)
        if self.kind == COMPONENT and self.source is not None:
            metadata["interacted_message_id"] = str(self.source.id)
        if self.kind == MODAL_SUBMIT:
            command: JSON = {"id": str(self.id), "type": COMMAND, "authorizing_integration_owners": self.owners}
            metadata["triggering_interaction_metadata"] = command | {"user": self.user.payload()}
        return metadata

    def payload(self) -> JSON:
        """The INTERACTION_CREATE."""
        guild = self.channel.guild
        payload: JSON = {
            "id": str(self.id),
            "application_id": str(self.world.application_id),
            "type": self.kind,
            "token": self.token,
            "version": 1,
            "data": self.data,
            "channel_id": str(self.channel.id),
            "channel": self.channel.payload(),
            "locale": "en-US",
            "entitlements": [],
            "app_permissions": str(int(self.channel.app_permissions)),
            "attachment_size_limit": self.attachment_size_limit,
            "authorizing_integration_owners": self.owners,
            "context": self.context,
        }
        if self.source is not None:
            payload["message"] = self.source.payload()
        if guild is None:
            return payload | {"user": self.user.payload()}
        payload["channel"]["permissions"] = str(int(_permissions(self.actor)))
        partial: JSON = {"id": str(guild.id), "locale": guild.locale, "features": []}
        member = _member(self.actor, guild).payload()
        return payload | {
            "guild_id": str(guild.id),
            "guild": partial,
            "guild_locale": guild.locale,
            "member": member,
        }


def context_of(channel: Channel) -> int:
    """Discord's number for a guild, the direct messages with the bot, and private channels without it."""
    return 0 if channel.guild is not None else 2 if channel.group else 1


def _permissions(actor: Member | User) -> Permission:
    return actor.permissions if isinstance(actor, Member) else EVERYDAY


def _member(actor: Member | User, guild: Guild) -> Member:
    if not isinstance(actor, Member) or actor.guild is not guild:
        raise ValueError(f"{actor} is no member of {guild.name}")
    return actor


# -------------------------------------------------------------------------------------------- slash commands


class Impossible(ValueError):
    """What Discord's own client wouldn't let a member do: an option that isn't there, a value it refuses."""


def command_data(
    actor: Member | User, channel: Channel, name: str, options: Mapping[str, Any], *, world: World, focused: str | None
) -> JSON:
    """The data of a slash command as synced, with its options checked as Discord's client does.

    `focused` names the option that is being typed, for an autocomplete.
    """
    first, *path = name.split()
    command = _find_command(world, actor, channel, first, kind=1)
    data = _command_head(command)
    node, into = command, data
    for step in path:
        node = next((each for each in node.get("options", []) if each["name"] == step and each["type"] < 3), None)
        if node is None:
            raise Impossible(f"/{name}: there is no {step}")
        inner: JSON = {"name": step, "type": node["type"]}
        into["options"] = [inner]
        into = inner
    schema = node.get("options", [])
    if any(each["type"] < 3 for each in schema):
        raise Impossible(f"/{name} needs one of its subcommands")
    into["options"], resolved = _fill_in(world, channel, schema, options, focused)
    return data | ({"resolved": resolved} if resolved else {})


def message_command_data(actor: Member | User, message: Message, name: str, *, world: World) -> JSON:
    """The data of a command that a member picks in the menu of a message, which comes along as it stands."""
    check_seen(actor.user if isinstance(actor, Member) else actor, message)
    command = _find_command(world, actor, message.channel, name, kind=3)
    key = str(message.id)
    return _command_head(command) | {"target_id": key, "resolved": {"messages": {key: message.payload()}}}


def _command_head(command: JSON) -> JSON:
    data: JSON = {"id": command["id"], "name": command["name"], "type": command["type"]}
    return data | ({"guild_id": command["guild_id"]} if command.get("guild_id") else {})


def _find_command(world: World, actor: Member | User, channel: Channel, name: str, *, kind: int) -> JSON:
    """The guild's own command of that name and type, or the global one, as this member sees it in this channel."""
    scopes = (channel.guild.id, None) if channel.guild else (None,)
    synced = [command for scope in scopes for command in world.commands.get(scope, [])]
    found = next((each for each in synced if each["name"] == name and each["type"] == kind), None)
    if found is None:
        raise Impossible(f"{name} isn't among the synced commands: {[each['name'] for each in synced]}")
    needed = found.get("default_member_permissions")
    if needed is not None and isinstance(actor, Member):
        needs, has = Permission(int(needed)), actor.permissions
        if needs & ~has and not has & Permission.ADMINISTRATOR:
            raise Impossible(f"{actor.user.name} doesn't see {name}")
    contexts = found.get("contexts")
    if contexts is not None:  # without it a command is where its application is
        by_guild = channel.guild is not None and channel.guild.installed
        installed = {0} if by_guild else {0, 1} if context_of(channel) == 1 else {1}
        if context_of(channel) not in contexts or not installed & set(found["integration_types"]):
            raise Impossible(f"{name} isn't offered here: {contexts}, {found['integration_types']}")
    return found


def _fill_in(
    world: World, channel: Channel, schema: list[JSON], options: Mapping[str, Any], focused: str | None
) -> tuple[list[JSON], JSON]:
    unknown = options.keys() - {option["name"] for option in schema}
    if unknown:
        raise Impossible(f"no such option: {', '.join(sorted(unknown))}")
    filled: list[JSON] = []
    resolved: JSON = {}
    for option in schema:
        name = option["name"]
        if name not in options:
            if option.get("required") and focused is None:
                raise Impossible(f"{name} is required")
            continue
        value = options[name]
        if option["type"] == ATTACHMENT:
            value, resolved["attachments"] = attach(world, channel, value, resolved.get("attachments", {}))
        elif option["type"] in {USER, MENTIONABLE}:
            value = _resolve(value, resolved)
        else:
            value = _checked(option, value)
        filled.append(
            {"name": name, "type": option["type"], "value": value} | ({"focused": True} if name == focused else {})
        )
    return filled, resolved


def _resolve(member: Member, resolved: JSON) -> str:
    """Pick a member: its id, and what is told along of it."""
    key, partial = str(member.user.id), member.payload()
    del partial["user"], partial["deaf"], partial["mute"]
    resolved.setdefault("users", {})[key] = member.user.payload()
    resolved.setdefault("members", {})[key] = partial | {"permissions": str(int(member.permissions))}
    return key


def attach(world: World, channel: Channel, file: File, attachments: JSON) -> tuple[str, JSON]:
    """Upload a member's file: its id, and the resolved attachments with it."""
    attachment = world.attachment(file, channel)
    attachment.ephemeral = True
    return str(attachment.id), attachments | {str(attachment.id): attachment.payload(world.url_of(attachment))}


_TYPES: dict[int, type | tuple[type, ...]] = {3: str, 4: int, 5: bool, 10: (int, float)}


def _checked(option: JSON, value: Any) -> Any:
    """A value that the option takes. A choice may be given by the name that a member sees."""
    name = option["name"]
    choices = {choice["name"]: choice["value"] for choice in option.get("choices") or []}
    if choices:
        value = choices.get(value, value)
        if value not in choices.values():
            raise Impossible(f"{name}: {value!r} is none of the choices {choices}")
    expected = _TYPES.get(option["type"], str)
    if not isinstance(value, expected) or (isinstance(value, bool) and option["type"] != 5):
        raise Impossible(f"{name}: {value!r} has the wrong type")
    if isinstance(value, str) and not option.get("min_length", 0) <= len(value) <= option.get("max_length", 6000):
        raise Impossible(f"{name}: {len(value)} characters")
    if isinstance(value, int | float) and not option.get("min_value", value) <= value <= option.get("max_value", value):
        raise Impossible(f"{name}: {value} is out of range")
    return value


# ----------------------------------------------------------------------------------------------- components


def check_seen(user: User, message: Message) -> None:
    """Raise `Impossible` where the user has no such message before them."""
    if message.deleted:
        raise Impossible(f"{message} is gone")
    if message.ephemeral and (message.interaction is None or message.interaction.user is not user):
        raise Impossible(f"{user.name} doesn't see that message")


def component_data(user: User, message: Message, custom_id: str, values: list[str] | None) -> JSON:
    """The data of a click on a button, or of a choice in a select."""
    check_seen(user, message)
    control = message.controls.get(custom_id)
    if control is None or control.get("disabled"):
        raise Impossible(f"no {custom_id!r} that can be used; there are {sorted(message.controls)}")
    data: JSON = {"custom_id": custom_id, "component_type": control["type"], "id": control["id"]}
    return data if values is None else data | {"values": chosen(control, values)}


def chosen(control: JSON, values: Sequence[str]) -> list[str]:
    """The values of a select or a checkbox group, each an option's, given by itself or by the label that is seen."""
    offered = {each["label"]: each["value"] for each in control.get("options", [])}
    picked = [offered.get(each, each) for each in values]
    custom_id = control["custom_id"]
    if "options" in control and not set(picked) <= set(offered.values()):
        raise Impossible(f"{custom_id}: {picked} are not all among {offered}")
    at_most = control.get("max_values", len(offered) if control["type"] == rules.CHECKBOX_GROUP else 1)
    if picked and not control.get("min_values", 1) <= len(set(picked)) == len(picked) <= at_most:
        raise Impossible(f"{custom_id}: {len(picked)} values")
    return picked
