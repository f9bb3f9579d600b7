"""Requests' bodies as they are read, and answers' as they are written."""

import json
import mimetypes
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import BodyPartReader, web

from tests.wire.messages import File
from tests.wire.rules import MAX_REQUEST, ApiError, Refusal


async def read(request: web.Request) -> tuple[Any, list[File]]:
    """The JSON and the uploads, in the order of their `files[n]`. Raises an `ApiError`.

    A body that says it is too large is read to its end, so that its sender gets the answer.
    """
    if (request.content_length or 0) > MAX_REQUEST:
        async for _ in request.content.iter_any():
            pass
        raise ApiError(Refusal.TOO_LARGE)
    if request.content_type != "multipart/form-data":
        return _parse(await request.read()), []
    payload: Any = None
    files: dict[int, File] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise ApiError(Refusal.INVALID_FORM)
        data = bytes(await part.read())
        upload = re.fullmatch(r"files\[(\d+)\]", part.name or "")
        if part.name == "payload_json":
            payload = _parse(data)
        elif upload is not None:
            filename = part.filename or "unknown"
            media_type = mimetypes.guess_type(filename)[0] or "application/octet-stream"
            files[int(upload[1])] = File(filename, data, media_type)
    return payload, [files[index] for index in sorted(files)]


def _parse(data: bytes) -> Any:
    try:
        return json.loads(data) if data else None
    except ValueError as error:
        raise ApiError(Refusal.INVALID_JSON) from error


def respond(status: int, answer: Any, headers: Mapping[str, str] | None = None) -> web.Response:
    """An answer in JSON, or in HTML where it is a text; bytes are sent for JSON as they are."""
    match answer:
        case None:
            return web.Response(status=status, headers=headers)
        case str():
            return web.Response(status=status, text=answer, content_type="text/html", headers=headers)
        case _:
            # The media type alone: discord.py reads no JSON where a charset follows it.
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            return web.Response(status=status, body=body, content_type="application/json", headers=headers)
