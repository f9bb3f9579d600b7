"""A backup's one file: a tar archive of the database, the kept pictures and a manifest, which comes last.

All of it blocks.
"""

import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from pydantic import TypeAdapter, ValidationError

from bot.storage.blobs import SUFFIX
from bot.storage.errors import BadArchive
from bot.storage.files import put_on_disk

DATABASE = "easel.db"
KEY = "secret.key"
BLOBS = "blobs"
_MANIFEST = "manifest.json"
_FORMAT = 1
_BLOCK = 1 << 20  # bytes
_LARGEST_MANIFEST = 1 << 28  # bytes; a million pictures take half of it


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a backup."""

    size: int  # bytes
    sha256: str  # hexadecimal


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, and what it takes to restore it."""

    version: str  # of Easel
    revision: str  # of the database's schema
    created_at: datetime  # the moment that the database is of
    key: str  # which secret key decrypts it: a name that tells nothing of the key
    jobs: int
    ledger_entries: int
    files: dict[str, Entry]
    format: int = _FORMAT

    @property
    def pictures(self) -> int:
        return sum(name.startswith(f"{BLOBS}/") for name in self.files)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(each.size for each in self.files.values())


_CODEC = TypeAdapter(Manifest)


class ArchiveWriter:
    """Writes files into an archive, one after the other, and keeps what the manifest has to say of them."""

    def __init__(self, output: BinaryIO) -> None:
        self._tar = tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 # closed by `close`
        self.files: dict[str, Entry] = {}

    def add(self, name: str, path: Path) -> None:
        digest = sha256()
        with path.open("rb") as file:
            member = _member(name, path.stat().st_size)
            self._tar.addfile(member, _Hashed(file, digest.update))
        self.files[name] = Entry(member.size, digest.hexdigest())

    def add_bytes(self, name: str, data: bytes) -> None:
        self._tar.addfile(_member(name, len(data)), BytesIO(data))
        self.files[name] = Entry(len(data), sha256(data).hexdigest())

    def close(self, manifest: Manifest) -> None:
        """Write the manifest and the archive's end."""
        data = _CODEC.dump_json(manifest, indent=1)
        self._tar.addfile(_member(_MANIFEST, len(data)), BytesIO(data))
        self._tar.close()


class _Hashed:
    """A file whose bytes are told of as they are read."""

    def __init__(self, file: BinaryIO, tell: Callable[[bytes], object]) -> None:
        self._file = file
        self._tell = tell

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._tell(data)
        return data


def unpack(archive: Path, directory: Path) -> Manifest:
    """Write the archive's files (mode 0600) into a directory, and see that they are all of what was backed up.

    Raises `BadArchive`, and `OSError` where a file can't be read or written.
    """
    manifest: Manifest | None = None
    found: dict[str, Entry] = {}
    try:
        with tarfile.open(archive, "r:") as tar:
            for member in tar:
                # A file with holes may take any room: it isn't as large as what it unfolds to.
                content = tar.extractfile(member) if member.isreg() and not member.issparse() else None
                if content is None or manifest is not None:
                    raise BadArchive(archive, "it is no backup of Easel's")
                if member.name == _MANIFEST:
                    manifest = _CODEC.validate_json(content.read(_LARGEST_MANIFEST))
                elif _is_ours(member.name) and member.name not in found:
                    found[member.name] = _write(content, directory / member.name)
                else:
                    raise BadArchive(archive, "it is no backup of Easel's")
    except (tarfile.TarError, EOFError, ValidationError):
        raise BadArchive(archive, "it is damaged, or no backup of Easel's") from None
    if manifest is None:
        raise BadArchive(archive, "it is cut off, or no backup of Easel's")
    if manifest.format != _FORMAT:
        raise BadArchive(archive, f"it was made by a newer version of Easel ({manifest.version})")
    if wrong := sorted(name for name in found.keys() | manifest.files if found.get(name) != manifest.files.get(name)):
        raise BadArchive(archive, f"it is damaged: {wrong[0]} is not as it was backed up")
    if DATABASE not in found:
        raise BadArchive(archive, "it holds no database")
    return manifest


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(time.time())
    return member


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    if name in (DATABASE, KEY):
        return True
    return path.parts[:-1] == (BLOBS,) and path.suffix == SUFFIX and name == f"{BLOBS}/{path.name}"


def _write(content: IO[bytes], path: Path) -> Entry:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    digest, size = sha256(), 0
    path.touch(mode=0o600)
    with path.open("wb") as file:
        while block := content.read(_BLOCK):
            digest.update(block)
            size += len(block)
            file.write(block)
        put_on_disk(file)
    return Entry(size, digest.hexdigest())
