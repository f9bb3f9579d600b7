"""A run's input as the stand-in for Replicate checks it, by the catalogue."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from bot.domain.catalog import InputField, Model


def invalid_fields(model: Model, values: object) -> list[dict[str, str]]:
    """What is wrong with an input, as the `invalid_fields` of a 422; empty where nothing is."""
    if not isinstance(values, dict):
        return [_invalid("invalid_type", "input", "Invalid type. Expected: object")]
    given = cast("Mapping[str, Any]", values)
    missing = [
        _invalid("required", "input", f"{each.name} is required")
        for each in model.inputs.values()
        if each.required and each.name not in given
    ]
    unknown = [
        _invalid("additional_property_not_allowed", "input", f"Additional property {name} is not allowed")
        for name in given
        if name not in model.inputs
    ]
    wrong = [
        _invalid(kind, f"input.{name}", description)
        for name, value in given.items()
        if name in model.inputs
        for kind, description in _complaints(model.inputs[name], value)
    ]
    return missing + unknown + wrong


def _complaints(each: InputField, value: object) -> list[tuple[str, str]]:
    match each.kind:
        case "integer":
            if not isinstance(value, int) or isinstance(value, bool):
                return [("invalid_type", "Invalid type. Expected: integer")]
            if each.minimum is not None and value < each.minimum:
                return [("number_gte", f"Must be greater than or equal to {each.minimum}")]
            if each.maximum is not None and value > each.maximum:
                return [("number_lte", f"Must be less than or equal to {each.maximum}")]
        case "images":
            if not isinstance(value, list):
                return [("invalid_type", "Invalid type. Expected: array")]
            if any(not _is_uri(url) for url in cast("list[object]", value)):
                return [("format", "Does not match format 'uri'")]
        case "string" | "secret":
            if not isinstance(value, str):
                return [("invalid_type", "Invalid type. Expected: string")]
            if each.choices and value not in each.choices:
                listed = ", ".join(f'"{choice}"' for choice in each.choices)
                return [("enum", f"Must be one of the following: {listed}")]
            if each.max_length is not None and len(value) > each.max_length:
                return [("string_lte", f"String length must be less than or equal to {each.max_length}")]
    return []


def _is_uri(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(urlsplit(value).scheme)
    except ValueError:
        return False


def _invalid(kind: str, field: str, description: str) -> dict[str, str]:
    return {"type": kind, "field": field, "description": description}
