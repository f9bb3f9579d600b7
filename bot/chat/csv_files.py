"""Files for spreadsheets, no larger than Discord takes them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CsvFile:
    data: bytes
    rows: int
    whole: bool


async def csv_file(lines: AsyncIterator[str], limit: int) -> CsvFile:
    """As many of the lines, of which the first names the columns, as fit into so many bytes."""
    data, count = bytearray(), 0
    async for line in lines:
        encoded = line.encode()
        if len(data) + len(encoded) > limit:
            return CsvFile(bytes(data), count - 1, whole=False)
        data += encoded
        count += 1
    return CsvFile(bytes(data), count - 1, whole=True)
