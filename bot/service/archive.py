"""ZIP files that are written part by part, each within a size. All of it blocks, but for as long as a part takes."""

import zipfile
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

_OVERHEAD = 256
"""Bytes that an entry takes beside its data and its name, at most; and those at the end of a file."""


class Archive:
    """Parts of at most `part_size` bytes (None: a single one of any size), each a ZIP file that opens by itself."""

    def __init__(self, part_size: int | None, at: datetime) -> None:
        self._part_size = part_size
        self._at = at.timetuple()[:6]
        self._left_out: list[str] = []
        self._begin()

    @property
    def left_out(self) -> list[str]:
        """The names of what no part is large enough for."""
        return self._left_out

    def add(self, name: str, data: bytes) -> Iterator[bytes]:
        """Put a file in, and yield the part that has no room for it, if that is so."""
        weight = len(data) + 2 * len(name.encode()) + _OVERHEAD  # as if nothing could be compressed
        if self._part_size is not None:
            if weight + _OVERHEAD > self._part_size:
                self._left_out.append(name)
                return
            if self._buffer.tell() + self._directory + weight + _OVERHEAD > self._part_size:
                yield self.end()
                self._begin()
        text = name.endswith((".json", ".csv", ".txt"))
        entry = zipfile.ZipInfo(name, self._at)
        entry.external_attr = 0o600 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED if text else zipfile.ZIP_STORED
        self._zip.writestr(entry, data)
        self._directory += len(name.encode()) + _OVERHEAD

    def end(self) -> bytes:
        """The last part."""
        self._zip.close()
        return self._buffer.getvalue()

    def _begin(self) -> None:
        self._buffer = BytesIO()
        self._zip = zipfile.ZipFile(self._buffer, "w")
        self._directory = 0
