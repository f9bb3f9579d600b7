"""A model's inputs as Replicate publishes them, compared with the catalogue's. No I/O.

The schema is the one of models.get in Replicate's OpenAPI file (https://api.replicate.com/openapi.json),
`latest_version.openapi_schema`, laid out as Cog writes it: the inputs are the properties of the schema `Input`, and an
input's choices an `enum`, often in a schema of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from bot.domain.catalog import InputField, Model
from bot.domain.request import ImageRequest
from bot.replicate.decoding import JsonObject, MalformedAnswer, as_object, text

_KINDS = {"string": "string", "integer": "integer", "images": "array", "secret": "string"}
"""The JSON types of the catalogue's kinds."""

ALWAYS_SENT = frozenset(ImageRequest(model="", prompt="").as_input(user_id="", image_urls=()))
"""The inputs that every run is given a value of."""


@dataclass(frozen=True, slots=True)
class PublishedInput:
    """One input, as far as the catalogue says the same of its own; None where the schema says nothing."""

    type: str | None
    required: bool
    default: Any
    choices: tuple[str, ...]
    minimum: float | None
    maximum: float | None  # the largest number, or the longest list
    max_length: int | None  # characters


class DriftKind(StrEnum):
    """What differs from the catalogue."""

    NEW_INPUT = "new input"
    NEW_REQUIRED_INPUT = "new required input"
    GONE_INPUT = "gone input"
    NEW_CHOICE = "new choice"
    GONE_CHOICE = "gone choice"
    NEW_DEFAULT = "new default"
    OTHER_TYPE = "other type"
    WIDER_BOUND = "wider bound"
    NARROWER_BOUND = "narrower bound"

    @property
    def breaks(self) -> bool:
        """Whether Replicate may refuse what Easel sends."""
        return self in {
            DriftKind.NEW_REQUIRED_INPUT,
            DriftKind.GONE_INPUT,
            DriftKind.GONE_CHOICE,
            DriftKind.OTHER_TYPE,
            DriftKind.NARROWER_BOUND,
        }


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference: what the catalogue says of the input, and what the schema does; "" where one says nothing."""

    kind: DriftKind
    input: str
    catalogue: str = ""
    published: str = ""


def published_inputs(schema: JsonObject) -> Mapping[str, PublishedInput]:
    """The inputs by name. Raises `MalformedAnswer` for a schema without any."""
    schemas = as_object(as_object(schema.get("components"), "components").get("schemas"), "components.schemas")
    inputs = as_object(schemas.get("Input"), "the schema Input")
    properties = as_object(inputs.get("properties"), "the properties of Input")
    if not properties:
        raise MalformedAnswer("a schema without inputs")
    required = _list(inputs.get("required"))
    return {name: _published(value, name in required, schemas) for name, value in properties.items()}


def compare(model: Model, published: Mapping[str, PublishedInput]) -> list[Drift]:
    """What differs, input by input, in the catalogue's order and then the schema's. Empty where the two agree.

    Bounds count only where both say one: the catalogue knows some that Replicate doesn't publish.
    """
    drifts: list[Drift] = []
    for name, field in model.inputs.items():
        found = published.get(name)
        if found is None:
            drifts.append(Drift(DriftKind.GONE_INPUT, name))
        else:
            drifts += _differences(field, found)
    for name, found in published.items():
        if name not in model.inputs:
            kind = DriftKind.NEW_REQUIRED_INPUT if found.required else DriftKind.NEW_INPUT
            drifts.append(Drift(kind, name, published=", ".join(found.choices) or found.type or ""))
    return drifts


def _differences(field: InputField, found: PublishedInput) -> Iterator[Drift]:
    expected = _KINDS[field.kind]
    if found.type is not None and found.type != expected:
        yield Drift(DriftKind.OTHER_TYPE, field.name, expected, found.type)
        return
    if found.required and not field.required and field.name not in ALWAYS_SENT:
        yield Drift(DriftKind.NEW_REQUIRED_INPUT, field.name)
    # Where choices were free text before or are now, all of them are new or gone.
    for choice in field.choices:
        if found.choices and choice not in found.choices:
            yield Drift(DriftKind.GONE_CHOICE, field.name, catalogue=choice)
    for choice in found.choices:
        if choice not in field.choices:
            yield Drift(DriftKind.NEW_CHOICE, field.name, published=choice)
    if field.default is not None and found.default is not None and found.default != field.default:
        yield Drift(DriftKind.NEW_DEFAULT, field.name, str(field.default), str(found.default))
    yield from _bound(field.name, "at least", field.minimum, found.minimum, lower=True)
    yield from _bound(field.name, "at most", field.maximum, found.maximum, lower=False)
    yield from _bound(field.name, "characters, at most", field.max_length, found.max_length, lower=False)


def _bound(name: str, words: str, ours: int | None, theirs: float | None, *, lower: bool) -> Iterator[Drift]:
    if ours is None or theirs is None or ours == theirs:
        return
    narrower = theirs > ours if lower else theirs < ours
    kind = DriftKind.NARROWER_BOUND if narrower else DriftKind.WIDER_BOUND
    yield Drift(kind, name, f"{words} {ours}", f"{words} {theirs:g}")


def _published(value: object, required: bool, schemas: JsonObject) -> PublishedInput:
    own = _resolved(value, schemas)
    return PublishedInput(
        type=text(own.get("type")) or None,
        required=required,
        default=own.get("default"),
        choices=tuple(each for each in _list(own.get("enum")) if isinstance(each, str)),
        minimum=_number(own.get("minimum")),
        maximum=_number(own.get("maxItems" if own.get("type") == "array" else "maximum")),
        max_length=_whole(own.get("maxLength")),
    )


def _resolved(value: object, schemas: JsonObject) -> JsonObject:
    """The property with what the schemas say that it refers to; what it says itself goes over that."""
    own = dict(as_object(value, "an input"))
    parts: list[object] = [own]
    for word in ("allOf", "anyOf", "oneOf"):  # of the last two, one is usually `null`
        parts += _list(own.get(word))
    merged: JsonObject = {}
    for part in reversed(parts):
        if isinstance(part, dict):
            known = cast("JsonObject", part)
            if known.get("type") == "null":
                continue
            referred = schemas.get(text(known.get("$ref")).rpartition("/")[2])
            merged |= (cast("JsonObject", referred) if isinstance(referred, dict) else {}) | known
    return merged


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
