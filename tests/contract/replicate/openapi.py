"""Replicate's own OpenAPI file, to hold requests and answers against."""

import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

_FILE = "replicate-openapi.json"
_formats = FormatChecker(formats=())


@_formats.checks("uri")
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)


@_formats.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


class OpenApi:
    def __init__(self, document: dict[str, Any]) -> None:
        self._document = _as_json_schema(document)
        self._registry = Registry().with_resource("replicate:", DRAFT202012.create_resource(self._document))

    @classmethod
    def load(cls) -> "OpenApi":
        """From the directory that EASEL_SPECS names; skips the test where it isn't there."""
        directory = os.environ.get("EASEL_SPECS")
        if not directory:
            pytest.skip("EASEL_SPECS is not set: `make test` sets it to the directory of the vendors' OpenAPI files")
        path = Path(directory) / _FILE
        if not path.is_file():
            pytest.skip(f"EASEL_SPECS has no {_FILE}: https://api.replicate.com/openapi.json")
        return cls(json.loads(path.read_text()))

    def operation(self, method: str, path: str) -> dict[str, Any]:
        """The operation that a request below the base URL is for; literal paths go before templates."""
        for template in sorted(self._document["paths"], key=lambda each: each.count("{")):
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path) and method.lower() in self._document["paths"][template]:
                return self._document["paths"][template][method.lower()]
        raise AssertionError(f"{method} {path} is no operation")

    def check(self, value: object, schema: dict[str, Any]) -> None:
        """Raises `jsonschema.ValidationError`."""
        local = json.loads(json.dumps(schema).replace('"$ref": "#/', '"$ref": "replicate:#/'))
        Draft202012Validator(local, registry=self._registry, format_checker=_formats).validate(value)

    def check_request(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> None:
        operation = self.operation(method, path)
        parameters = [self._resolved(each) for each in operation.get("parameters", [])]
        known = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
        for name, value in query.items():
            if name != "cursor":  # part of the `next` URLs, and documented nowhere
                self.check(value, known[name])
        for each in parameters:
            if each["in"] == "header" and each["name"].lower() in headers:
                self.check(headers[each["name"].lower()], each["schema"])
        content = operation.get("requestBody", {}).get("content", {})
        media_type = headers.get("content-type", "").partition(";")[0]
        if media_type == "application/json":
            self.check(json.loads(body), content[media_type]["schema"])
        elif content:
            assert media_type in content
        else:
            assert body == b""

    def check_answer(self, method: str, path: str, status: int, media_type: str, body: object) -> None:
        answer = self.operation(method, path)["responses"][str(status)]
        self.check(body, answer["content"][media_type]["schema"])

    def _resolved(self, value: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in value:
            return value
        return self._registry.resolver("replicate:").lookup("replicate:" + value["$ref"]).contents


def _as_json_schema(value: Any) -> Any:
    """The file says OpenAPI 3.1, but `nullable` is of 3.0, and its one `oneOf` overlaps (a string, and "hidden")."""
    if isinstance(value, list):
        return [_as_json_schema(each) for each in value]
    if not isinstance(value, dict):
        return value
    schema = {("anyOf" if name == "oneOf" else name): _as_json_schema(each) for name, each in value.items()}
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    return schema
