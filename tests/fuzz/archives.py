"""A file that somebody hands over as a backup."""

import tempfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from bot.storage.archive import DATABASE, KEY, ArchiveWriter, Manifest, unpack
from bot.storage.errors import BadArchive
from tests.fuzz.target import Target


def _unpack(data: bytes) -> None:
    """Whole, or none; and nothing is written but what the manifest names, in its own directory."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "staging"
        directory.mkdir()
        archive = Path(name) / "archive"
        archive.write_bytes(data)
        try:
            manifest = unpack(archive, directory)
        except BadArchive:
            manifest = None
        assert sorted(each.name for each in Path(name).iterdir()) == ["archive", "staging"]
        if manifest is not None:
            written = {str(each.relative_to(directory)) for each in directory.rglob("*") if each.is_file()}
            assert written == manifest.files.keys()
        assert sum(each.stat().st_size for each in directory.rglob("*") if each.is_file()) <= len(data), "no bomb"


def _seeds() -> list[bytes]:
    found: list[bytes] = []
    for names in ((), (DATABASE,), (DATABASE, KEY, "blobs/00ff.blob")):
        output = BytesIO()
        writer = ArchiveWriter(output)
        for name in names:
            writer.add_bytes(name, b"x" * 20)
        at = datetime(2026, 11, 23, tzinfo=UTC)
        writer.close(Manifest("0.1.0", "0001", at, "k", 0, 0, dict(writer.files)))
        found.append(output.getvalue())
    return found


TARGETS = (Target("archives", _unpack, _seeds, 16_384),)
