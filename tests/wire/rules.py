"""What Discord refuses: its error codes, and the limits that a message, a modal and a command are held to."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from enum import Enum
from types import MappingProxyType
from typing import Any

JSON = dict[str, Any]

VIA: Mapping[str, str] = MappingProxyType({"Via": "1.1 google"})
"""A header that tells an answer of Discord's own from one of the proxy before it."""

FIRST_RESPONSE = timedelta(seconds=3)
TOKEN_LIFETIME = timedelta(minutes=15)
NONCE_MEMORY = timedelta(minutes=5)

OLD = timedelta(hours=1)
LATE_EDITS, LATE_EDITS_WINDOW = 3, timedelta(minutes=1)
"""How many edits a message takes that is `OLD`, and within what time. Discord doesn't say; that there is a limit, and
what exceeding it answers, is known."""

MEBIBYTE = 1 << 20
MAX_REQUEST = 25 * MEBIBYTE
DEFAULT_ATTACHMENT_SIZE = 10 * MEBIBYTE
MAX_FILES = 10

EPHEMERAL = 1 << 6
LOADING = 1 << 7
IS_COMPONENTS_V2 = 1 << 15
SUPPRESS_EMBEDS = 1 << 2

ACTION_ROW, BUTTON, TEXT_INPUT = 1, 2, 4
STRING_SELECT = 3
SELECTS = frozenset({STRING_SELECT, 5, 6, 7, 8})
SECTION, TEXT_DISPLAY, THUMBNAIL, MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
LABEL, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 18, 19, 21, 22, 23
V2_COMPONENTS = frozenset({SECTION, TEXT_DISPLAY, THUMBNAIL, MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER})


class Refusal(Enum):
    """HTTP status, JSON error code and message, as Discord answers them."""

    UNAUTHORIZED = (401, 0, "401: Unauthorized")
    NOT_FOUND = (404, 0, "404: Not Found")
    UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
    UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
    UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
    UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
    UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
    UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
    TOO_MANY_OLD_EDITS = (429, 30046, "Maximum number of edits to messages older than 1 hour reached. Try again later")
    TOO_LARGE = (413, 40005, "Request entity too large")
    ALREADY_ACKNOWLEDGED = (400, 40060, "Interaction has already been acknowledged.")
    MISSING_ACCESS = (403, 50001, "Missing Access")
    EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
    CLOSED_DIRECT_MESSAGES = (403, 50007, "Cannot send messages to this user")
    MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
    INVALID_TOKEN = (401, 50027, "Invalid Webhook Token")
    INVALID_RECIPIENT = (400, 50033, "Invalid Recipient(s)")
    INVALID_FORM = (400, 50035, "Invalid Form Body")
    THREAD_ARCHIVED = (400, 50083, "Thread is archived")
    THREAD_LOCKED = (403, 50083, "Thread is archived")
    INVALID_JSON = (400, 50109, "The request body contains invalid JSON.")
    NO_MUTUAL_GUILDS = (403, 50278, "Cannot send messages to this user due to having no mutual guilds")


class ApiError(Exception):
    """A request that is refused. `errors` names the fields, as Discord nests them.

    One of status 429 says that it may be repeated after `retry_after` seconds.
    """

    def __init__(self, refusal: Refusal, errors: JSON | None = None, *, retry_after: float = 1.0) -> None:
        self.status, self.code, self.message = refusal.value
        self.errors = errors
        self.retry_after = retry_after if self.status == 429 else None
        super().__init__(f"{self.message} {errors or ''}")

    @property
    def payload(self) -> JSON:
        payload: JSON = {"message": self.message, "code": self.code}
        if self.retry_after is not None:
            payload |= {"retry_after": self.retry_after, "global": False}
        return payload | ({"errors": self.errors} if self.errors else {})

    @property
    def headers(self) -> dict[str, str]:
        if self.retry_after is None:
            return dict(VIA)
        return {**VIA, "Retry-After": str(math.ceil(self.retry_after)), "X-RateLimit-Scope": "user"}


def invalid_form(field: str, code: str, message: str) -> ApiError:
    """A 50035 about one field, whose path is dotted: `components.0.items`."""
    errors: JSON = {"_errors": [{"code": code, "message": message}]}
    for key in reversed(field.split(".")):
        errors = {key: errors}
    return ApiError(Refusal.INVALID_FORM, errors)


def without_nulls(value: Any) -> Any:
    """A copy in which a field that was sent as null is left out, which Discord takes for the same."""
    if isinstance(value, dict):
        fields: JSON = value
        return {key: without_nulls(each) for key, each in fields.items() if each is not None}
    if isinstance(value, list):
        items: list[Any] = value
        return [without_nulls(each) for each in items]
    return value


def _check_length(field: str, value: Sequence[object], low: int, high: int) -> None:
    if not low <= len(value) <= high:
        raise invalid_form(field, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")


# ------------------------------------------------------------------------------------------------- components


def walk(components: Sequence[JSON]) -> Iterator[JSON]:
    """Every component with those inside it, in the order in which they are shown."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        yield from walk([component[key] for key in ("accessory", "component") if component.get(key)])


def check_components(components: Sequence[JSON], *, v2: bool) -> None:
    """Hold a message's components to the limits. Raises an `ApiError` of code 50035."""
    everything = list(walk(components))
    if v2 and len(everything) > 40:
        raise invalid_form("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "The maximum is 40 components.")
    if v2 and sum(len(each["content"]) for each in everything if each["type"] == TEXT_DISPLAY) > 4000:
        message = "The total displayable text size exceeds 4000."
        raise invalid_form("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)
    if not v2:
        _check_length("components", components, 0, 5)
    seen: set[str] = set()
    for component in everything:
        _check_component(component, v2=v2, seen=seen)


def _check_component(component: JSON, *, v2: bool, seen: set[str]) -> None:
    match component["type"]:
        case kind if kind in V2_COMPONENTS and not v2:
            message = f"Component type {kind} needs the flag IS_COMPONENTS_V2."
            raise invalid_form("components", "UNION_TYPE_CHOICES", message)
        case 1:
            _check_length("components.components", component["components"], 1, 5)
        case 9:
            _check_length("components.components", component["components"], 1, 3)
        case 12:
            _check_length("components.items", component["items"], 1, 10)
            for item in component["items"]:
                _check_length("components.items.description", item.get("description") or "-", 1, 1024)
        case 17:
            _check_length("components.components", component["components"], 1, 40)
        case 10:
            _check_length("components.content", component["content"], 1, 4000)
        case 3:
            _check_options(component)
        case 2:
            _check_length("components.label", component.get("label") or "", 0, 80)
        case _:
            pass
    custom_id = component.get("custom_id")
    if custom_id is not None:
        _check_length("components.custom_id", custom_id, 1, 100)
        if custom_id in seen:
            raise invalid_form(
                "components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
            )
        seen.add(custom_id)
    elif (component["type"] == BUTTON and component["style"] not in {5, 6}) or component["type"] in SELECTS:
        raise invalid_form("components.custom_id", "BASE_TYPE_REQUIRED", "This field is required")


def _check_options(component: JSON) -> None:
    """The options of a select, a radio group or a checkbox group."""
    kind = component["type"]
    if kind not in {STRING_SELECT, RADIO_GROUP, CHECKBOX_GROUP}:
        return
    options: Sequence[JSON] = component.get("options") or []
    fewest, most = {STRING_SELECT: (1, 25), RADIO_GROUP: (2, 10), CHECKBOX_GROUP: (1, 10)}[kind]
    _check_length("components.options", options, fewest, most)
    _check_length("components.placeholder", component.get("placeholder") or "", 0, 150)
    for option in options:
        _check_length("components.options.label", option["label"], 1, 100)
        _check_length("components.options.value", option["value"], 1, 100)
        _check_length("components.options.description", option.get("description") or "-", 1, 100)
    if len({option["value"] for option in options}) != len(options):
        message = "The specified option value is already used"
        raise invalid_form("components.options.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
    chosen = sum(bool(option.get("default")) for option in options)
    most_chosen = component.get("max_values", len(options) if kind == CHECKBOX_GROUP else 1)
    if most_chosen > len(options) or chosen > most_chosen:
        raise invalid_form("components.max_values", "NUMBER_TYPE_MAX", f"{chosen} and {most_chosen} of {len(options)}")


def check_modal(modal: JSON) -> None:
    """Hold a modal to the limits. Raises an `ApiError` of code 50035."""
    _check_length("data.title", modal.get("title") or "", 1, 45)
    _check_length("data.custom_id", modal.get("custom_id") or "", 1, 100)
    _check_length("data.components", modal.get("components") or [], 1, 5)
    for component in walk(modal["components"]):
        if "custom_id" in component:
            _check_length("data.components.custom_id", component["custom_id"], 1, 100)
        if component["type"] == LABEL:
            _check_length("data.components.label", component["label"], 1, 45)
            _check_length("data.components.description", component.get("description") or "-", 1, 100)
        if component["type"] == TEXT_INPUT:
            _check_length("data.components.value", component.get("value") or "", 0, 4000)
        _check_options(component)
        if component["type"] == TEXT_INPUT and not 0 <= component.get("max_length", 4000) <= 4000:
            raise invalid_form("data.components.max_length", "NUMBER_TYPE_MAX", "Must be 4000 or less.")
        if component["type"] == FILE_UPLOAD and not 0 <= component.get("max_values", 1) <= MAX_FILES:
            raise invalid_form("data.components.max_values", "NUMBER_TYPE_MAX", "Must be 10 or less.")


# --------------------------------------------------------------------------------------------------- messages


def check_message(content: str, embeds: Sequence[JSON], components: Sequence[JSON], files: int, flags: int) -> None:
    """Hold a message, as it would stand, to the limits. Raises an `ApiError`."""
    v2 = bool(flags & IS_COMPONENTS_V2)
    _check_length("content", content, 0, 2000)
    _check_length("embeds", embeds, 0, 10)
    _check_length("attachments", range(files), 0, MAX_FILES)
    if v2 and (content or embeds):
        field, message = ("content" if content else "embeds"), "It cannot be used with the flag IS_COMPONENTS_V2."
        raise invalid_form(field, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
    check_components(components, v2=v2)
    if not (components or (not v2 and (content or embeds or files))):
        raise ApiError(Refusal.EMPTY_MESSAGE)


def check_nonce(nonce: object) -> None:
    _check_length("nonce", str(nonce), 0, 25)


# --------------------------------------------------------------------------------------------------- commands

_COMMAND_NAME = re.compile(r"^[-_'\w]{1,32}$")


def check_commands(commands: Sequence[Mapping[str, Any]]) -> None:
    """Hold what is synced to the limits. Raises an `ApiError` of code 50035."""
    _check_length("commands", [each for each in commands if each.get("type", 1) == 1], 0, 100)
    names = [(each["name"], each.get("type", 1)) for each in commands]
    if len(set(names)) != len(names):
        message = "Application command names must be unique"
        raise invalid_form("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
    for command in commands:
        if command.get("type", 1) == 1:
            _check_named(command)
        if _characters(command) > 8000:
            message = "Command exceeds maximum size (8000)"
            raise invalid_form("options", "APPLICATION_COMMAND_TOO_LARGE", message)


def _check_named(node: Mapping[str, Any]) -> None:
    """A slash command, or one of its options."""
    if not _COMMAND_NAME.match(node["name"]) or node["name"] != node["name"].lower():
        raise invalid_form("name", "STRING_TYPE_REGEX", f"The name {node['name']!r} is not allowed.")
    _check_length("description", node.get("description") or "", 1, 100)
    options: Sequence[Mapping[str, Any]] = node.get("options") or []
    _check_length("options", options, 0, 25)
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        message = "Required options must be placed before non-required options"
        raise invalid_form("options", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
    for option in options:
        _check_named(option)
    choices: Sequence[Mapping[str, Any]] = node.get("choices") or []
    _check_length("choices", choices, 0, 25)
    for choice in choices:
        _check_length("choices.name", choice["name"], 1, 100)


def _characters(node: Mapping[str, Any]) -> int:
    own = len(node["name"]) + len(node.get("description") or "")
    values = sum(len(each["name"]) + len(str(each["value"])) for each in node.get("choices") or [])
    return own + values + sum(_characters(option) for option in node.get("options") or [])
