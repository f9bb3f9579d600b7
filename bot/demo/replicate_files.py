"""The files that were uploaded to the stand-in for Replicate."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from typing import Any
from urllib.parse import unquote

from bot.demo.replicate_runs import moment, new_id

LARGEST_FILE = 100 * 1000 * 1000  # bytes
LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class StoredFile:
    id: str
    media_type: str
    data: bytes = field(repr=False)
    created_at: datetime

    @property
    def expires_at(self) -> datetime:
        return self.created_at + LIFETIME

    def as_json(self, api_url: str) -> dict[str, Any]:
        """The file object of files.get."""
        return {
            "id": self.id,
            "content_type": self.media_type,
            "size": len(self.data),
            "etag": self.id,
            "checksums": {"sha256": hashlib.sha256(self.data).hexdigest()},
            "metadata": {},
            "created_at": moment(self.created_at),
            "expires_at": moment(self.expires_at),
            "urls": {"get": f"{api_url}/files/{self.id}"},
        }


class FileStore:
    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}

    def add(self, media_type: str, data: bytes, now: datetime) -> StoredFile:
        stored = StoredFile(new_id(), media_type, data, now)
        self._files[stored.id] = stored
        return stored

    def get(self, file_id: str, now: datetime) -> StoredFile | None:
        """None where there is no such file, or none any more."""
        stored = self._files.get(file_id)
        return stored if stored is not None and now < stored.expires_at else None

    def read(self, url: str, api_url: str, now: datetime) -> bytes | None:
        """What an input's URL holds: a `data:` URI's content or a stored file's; None for any other URL."""
        if url.startswith("data:"):
            return _data_uri_content(url)
        stored = self.get(url.removeprefix(f"{api_url}/files/"), now) if url.startswith(f"{api_url}/files/") else None
        return stored.data if stored is not None else None


def _data_uri_content(url: str) -> bytes | None:
    header, _, data = url.partition(",")
    if not header.endswith(";base64"):
        return None
    try:
        return base64.b64decode(unquote(data), validate=True)
    except binascii.Error:
        return None


def multipart_content(content_type: str, body: bytes) -> tuple[str, bytes] | None:
    """Media type and bytes of the part `content` of a multipart/form-data body; None where it has none."""
    boundary = re.search(r'boundary="?([^";]+)', content_type)
    if boundary is None:
        return None
    for part in body.split(b"--" + boundary[1].encode())[1:-1]:
        head, blank, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = message_from_bytes(head + b"\r\n\r\n")
        if blank and headers.get_param("name", header="content-disposition") == "content":
            return headers.get_content_type(), data.removesuffix(b"\r\n")
    return None
