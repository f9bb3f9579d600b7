"""Messages with their attachments: how a request's body makes one and changes one."""

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tests.wire import rules
from tests.wire.rules import JSON, ApiError, Refusal, invalid_form
from tests.wire.timing import Changes

if TYPE_CHECKING:
    from tests.wire.interactions import Interaction
    from tests.wire.world import Channel, User, World


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent. `claimed_size` is what Discord is made to say of its size."""

    filename: str
    data: bytes = field(repr=False)
    content_type: str = "application/octet-stream"
    claimed_size: int | None = None


@dataclass(eq=False, slots=True)
class Attachment:
    """A file as the CDN keeps it."""

    id: int
    file: File
    base_url: str
    description: str | None = None
    ephemeral: bool = False

    @property
    def filename(self) -> str:
        """The name that the CDN gives it: only letters, digits, `_`, `.` and `-` remain."""
        return re.sub(r"[^\w.-]", "", self.file.filename.replace(" ", "_"), flags=re.ASCII) or "unknown"

    @property
    def data(self) -> bytes:
        return self.file.data

    def payload(self, url: str) -> JSON:
        claimed = self.file.claimed_size
        payload: JSON = {
            "id": str(self.id),
            "filename": self.filename,
            "size": len(self.data) if claimed is None else claimed,
            "url": url,
            "proxy_url": url,
            "content_type": self.file.content_type,
        }
        if self.description is not None:
            payload["description"] = self.description
        if self.ephemeral:
            payload["ephemeral"] = True
        return payload


@dataclass(eq=False, slots=True)
class Message:
    """A message as it stands now. `revisions` holds what it looked like after each change, the latest last."""

    id: int
    world: "World" = field(repr=False)
    channel: "Channel" = field(repr=False)
    author: "User"
    created_at: datetime
    interaction: "Interaction | None" = field(default=None, repr=False)
    content: str = ""
    embeds: list[JSON] = field(default_factory=list[JSON])
    components: list[JSON] = field(default_factory=list[JSON], repr=False)
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    flags: int = 0
    type: int = 0
    nonce: str | None = None
    edited_at: datetime | None = None
    late_edits: list[datetime] = field(default_factory=list[datetime], repr=False)  # those that count against a limit
    deleted: bool = False
    allowed_mentions: JSON | None = None
    revisions: list[JSON] = field(default_factory=list[JSON], repr=False)
    watchers: list[Changes] = field(default_factory=list[Changes], repr=False)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & rules.EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it is a deferral's "thinking"."""
        return bool(self.flags & rules.LOADING)

    @property
    def text(self) -> str:
        """All that a person reads: the content and every text display, one a line."""
        shown = [each["content"] for each in rules.walk(self.components) if each["type"] == rules.TEXT_DISPLAY]
        return "\n".join(filter(None, [self.content, *shown]))

    @property
    def controls(self) -> dict[str, JSON]:
        """The buttons and selects, by `custom_id`."""
        return {each["custom_id"]: each for each in rules.walk(self.components) if "custom_id" in each}

    @property
    def pictures(self) -> list[Attachment]:
        """The attachments that its media galleries show, in their order."""
        items = [item for each in rules.walk(self.components) for item in each.get("items", [])]
        by_id = {str(each.id): each for each in self.attachments}
        return [by_id[item["media"]["attachment_id"]] for item in items if "attachment_id" in item["media"]]

    def payload(self) -> JSON:
        """A message object."""
        everyone, mentioned = self._mentions()
        payload: JSON = {
            "id": str(self.id),
            "type": self.type,
            "channel_id": str(self.channel.id),
            "author": self.author.payload(),
            "content": self.content,
            "timestamp": self.created_at.isoformat(),
            "edited_timestamp": self.edited_at.isoformat() if self.edited_at else None,
            "tts": False,
            "mention_everyone": everyone,
            "mentions": [user.payload() for user in mentioned],
            "mention_roles": [],
            "attachments": [each.payload(self.world.url_of(each)) for each in self.attachments],
            "embeds": self.embeds,
            "components": deepcopy(self.components),
            "pinned": False,
            "flags": self.flags,
        }
        if self.nonce is not None:
            payload["nonce"] = self.nonce
        if self.interaction is not None:
            payload["application_id"] = payload["webhook_id"] = str(self.world.application_id)
            payload["interaction_metadata"] = self.interaction.metadata(self)
        return payload

    def _mentions(self) -> "tuple[bool, list[User]]":
        """Whom it pings: whether everyone, and which users."""
        allowed = self.allowed_mentions if self.allowed_mentions is not None else {"parse": ["everyone", "users"]}
        parse, listed = allowed.get("parse") or [], {int(each) for each in allowed.get("users") or []}
        everyone = "everyone" in parse and re.search(r"@(everyone|here)\b", self.text) is not None
        named = {int(each) for each in re.findall(r"<@!?(\d+)>", self.text)}
        users = [self.world.users[each] for each in sorted(named) if each in self.world.users]
        return everyone, [user for user in users if "users" in parse or user.id in listed]


EDITABLE_FLAGS = rules.IS_COMPONENTS_V2 | rules.SUPPRESS_EMBEDS


def write(message: Message, body: JSON, files: Sequence[File], *, size_limit: int, edit: bool) -> None:
    """Make the message what a create's or an edit's body asks, or raise an `ApiError` and change nothing.

    `files` are the uploads in the order of their `files[n]`; each may weigh `size_limit` bytes.
    """
    if any(len(file.data) > size_limit for file in files):
        raise ApiError(Refusal.TOO_LARGE)
    asked: int = body.get("flags") or 0
    if edit:
        if "flags" in body and message.flags & rules.IS_COMPONENTS_V2 and not asked & rules.IS_COMPONENTS_V2:
            text = "The flag IS_COMPONENTS_V2 cannot be removed."
            raise invalid_form("flags", "MESSAGE_CANNOT_REMOVE_COMPONENTS_V2_FLAG", text)
        kept = message.flags & ~rules.LOADING
        flags = (kept & ~rules.SUPPRESS_EMBEDS) | (asked & EDITABLE_FLAGS) if "flags" in body else kept
    else:
        flags = asked & (EDITABLE_FLAGS | rules.EPHEMERAL)
    content: str = (body["content"] or "") if "content" in body else message.content
    embeds: list[JSON] = (body["embeds"] or []) if "embeds" in body else message.embeds
    attachments = _attachments(message, body, files)
    components: list[JSON] = (body["components"] or []) if "components" in body else message.components
    rules.check_message(content, embeds, components, len(attachments), flags)
    resolved = _resolve(components, attachments, message.world)

    message.content, message.embeds, message.components, message.flags = content, embeds, resolved, flags
    message.attachments = attachments
    message.allowed_mentions = body.get("allowed_mentions")
    if edit:
        message.edited_at = message.world.clock.now()
    for attachment in attachments:
        attachment.ephemeral = message.ephemeral
    message.world.keep(message)


def _attachments(message: Message, body: JSON, files: Sequence[File]) -> list[Attachment]:
    """The kept ones, then the new ones. An entry of the body's list means an upload where its id is an index."""
    listed: dict[str, JSON] = {str(each["id"]): each for each in body.get("attachments") or []}
    kept = [each for each in message.attachments if "attachments" not in body or str(each.id) in listed]
    unknown = listed.keys() - {str(each.id) for each in kept} - {str(index) for index in range(len(files))}
    if unknown:
        raise invalid_form("attachments", "ATTACHMENT_NOT_FOUND", f"No attachment or upload {', '.join(unknown)}.")
    new = [
        message.world.attachment(file, message.channel, description=listed.get(str(index), {}).get("description"))
        for index, file in enumerate(files)
    ]
    return kept + new


def _resolve(components: Sequence[JSON], attachments: Sequence[Attachment], world: "World") -> list[JSON]:
    """The components as a message shows them: numbered, defaults filled in, `attachment://` resolved."""
    resolved: list[JSON] = rules.without_nulls(list(components))
    number(resolved)
    for component in rules.walk(resolved):
        match component["type"]:
            case rules.CONTAINER:
                component.setdefault("accent_color", None)
                component.setdefault("spoiler", False)
            case rules.SEPARATOR:
                component.setdefault("divider", True)
                component.setdefault("spacing", 1)
            case rules.MEDIA_GALLERY:
                component["items"] = [
                    {"description": None, "spoiler": False}
                    | item
                    | {"media": _media(item["media"]["url"], attachments, world)}
                    for item in component["items"]
                ]
            case rules.THUMBNAIL:
                component.setdefault("description", None)
                component.setdefault("spoiler", False)
                component["media"] = _media(component["media"]["url"], attachments, world)
            case rules.FILE:
                component.setdefault("spoiler", False)
                component["file"] = media = _media(component["file"]["url"], attachments, world)
                attached = world.attachments.get(int(media.get("attachment_id", 0)))
                if attached is None:
                    message = "A file component shows an attachment of its message."
                    raise invalid_form("components.file.url", "ATTACHMENT_NOT_FOUND", message)
                component["name"], component["size"] = attached.filename, len(attached.data)
            case _:
                pass
    return resolved


def _media(url: str, attachments: Sequence[Attachment], world: "World") -> JSON:
    """An unfurled media item: of the message's own attachment, or of something elsewhere."""
    shown: JSON = {"id": str(world.snowflake()), "url": url, "proxy_url": url, "width": None, "height": None}
    if url.startswith("attachment://"):
        name = url.removeprefix("attachment://")
        found = next((each for each in attachments if name in {each.file.filename, each.filename}), None)
        if found is None:
            raise invalid_form("components.media.url", "ATTACHMENT_NOT_FOUND", f"Nothing is attached as {url}.")
    elif url.startswith(("http://", "https://")):
        found = next((each for each in attachments if url.startswith(f"{each.base_url}/{each.id}/")), None)
    else:
        raise invalid_form("components.media.url", "URL_TYPE_INVALID_SCHEME", "The scheme is not allowed.")
    if found is not None:
        url = world.url_of(found)
        shown |= {"url": url, "proxy_url": url, "attachment_id": str(found.id)}
        shown["content_type"] = found.file.content_type
    return shown


def number(components: Sequence[JSON]) -> None:
    """Give every component that has none its `id`, in their order."""
    everything = list(rules.walk(components))
    taken = {component["id"] for component in everything if component.get("id")}
    free = (number for number in range(1, len(everything) + len(taken) + 1) if number not in taken)
    for component in everything:
        component["id"] = component.get("id") or next(free)
