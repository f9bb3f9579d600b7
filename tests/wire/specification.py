"""What Discord's OpenAPI file says of a call and its answer."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.wire.faults import RecordedRequest
from tests.wire.rules import JSON

SNOWFLAKE: JSON = {"anyOf": [{"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}, {"type": "integer", "minimum": 0}]}
FIELD_ERROR: JSON = {
    "type": "object",
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["code", "message"],
}
REQUEST_EXCEPTIONS = {
    # Discord takes ids as numbers too, and discord.py sends them so: an upload's index, a recipient's id.
    "SnowflakeType": SNOWFLAKE,
}
ANSWER_EXCEPTIONS = {
    # The documentation's field errors have codes in words (BASE_TYPE_REQUIRED), the preview says integers.
    "InnerErrors": {
        "type": "object",
        "properties": {"_errors": {"type": "array", "items": FIELD_ERROR}},
        "required": ["_errors"],
        "additionalProperties": False,
    },
    # By the documentation only some rate limits have an error code.
    "RatelimitedResponse": {
        "type": "object",
        "properties": {
            "message": {"type": "string"},
            "code": {"type": "integer"},
            "retry_after": {"type": "number"},
            "global": {"type": "boolean"},
        },
        "required": ["message", "retry_after", "global"],
    },
}


_TYPES: dict[str, Callable[[str], object]] = {"integer": int, "number": float, "string": str}


class Specification:
    """Discord's OpenAPI file, a preview, with what is wrong in it replaced."""

    def __init__(self, document: JSON) -> None:
        self._paths: JSON = document["paths"]
        self._bucket: JSON = document["components"]["headers"]
        self._requests = _registry(document, REQUEST_EXCEPTIONS)
        self._answers = _registry(document, ANSWER_EXCEPTIONS)

    def problems(self, call: RecordedRequest) -> list[str]:
        """What is not as specified in a request and its answer."""
        assert call.route is not None
        method = call.method.lower()
        operation = self._paths[call.route][method]
        here = ("paths", call.route, method)
        problems = self._header_problems(call)
        if call.payload is not None:
            media_type = "multipart/form-data" if call.files else "application/json"
            at = (*here, "requestBody", "content", media_type, "schema")
            problems += _errors(self._requests, at, call.payload)
        status = str(call.status)
        if status in operation["responses"]:
            at = (*here, "responses", status)
            answer = operation["responses"][status]
        else:
            at = (*here, "responses", f"{status[0]}XX")
            answer = operation["responses"][f"{status[0]}XX"]
        if "$ref" in answer:
            at = tuple(answer["$ref"].removeprefix("#/").split("/"))
        if status == "204":
            assert "content" not in answer
            return problems + ([] if call.answer is None else ["204 with a body"])
        return problems + _errors(self._answers, (*at, "content", "application/json", "schema"), call.answer)

    def _header_problems(self, call: RecordedRequest) -> list[str]:
        """A bucket's headers are all there or none, each of its type."""
        found = {name: call.answer_headers[name] for name in self._bucket if name in call.answer_headers}
        problems = [f"a bucket's headers without {name}" for name in self._bucket if found and name not in found]
        for name, value in found.items():
            try:
                _TYPES[self._bucket[name]["schema"]["type"]](value)
            except ValueError:
                problems.append(f"{name}: {value!r}")
        return problems


def _registry(document: JSON, exceptions: JSON) -> Any:
    changed = deepcopy(document)
    assert exceptions.keys() <= changed["components"]["schemas"].keys()
    changed["components"]["schemas"] |= exceptions
    resource: Any = Resource(contents=changed, specification=DRAFT202012)
    return Registry().with_resource("urn:discord", resource)


def _one_of(validator: Any, schemas: Sequence[JSON], instance: Any, schema: JSON) -> Iterator[ValidationError]:
    """Find out in what way an instance is none of these only where it is not one: a component may be one of twenty, and
    to tell the ways in which it is not the nineteen others took most of the time."""
    if sum(validator.evolve(schema=each).is_valid(instance) for each in schemas) != 1:
        yield from _tell_one_of(validator, schemas, instance, schema)


_tell_one_of: Any = Draft202012Validator.VALIDATORS["oneOf"]
_Validator: Any = extend(Draft202012Validator, {"oneOf": _one_of})


def _errors(registry: Any, at: tuple[str, ...], instance: Any) -> list[str]:
    escaped = (step.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D") for step in at)
    validator = _Validator({"$ref": f"urn:discord#/{'/'.join(escaped)}"}, registry=registry)
    return [f"{' '.join(at)}: {error.json_path}: {error.message}"[:1000] for error in validator.iter_errors(instance)]


def discord_specification() -> Specification | None:
    """Discord's own file, where `EASEL_SPECS` says that it is."""
    path = Path(os.environ.get("EASEL_SPECS") or ".") / "discord-openapi.json"
    return Specification(json.loads(path.read_text("utf-8"))) if path.is_file() else None
