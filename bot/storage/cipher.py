"""Encryption of what people entrust, the keys that it hangs on, and what is derived from them."""

import hmac
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from bot.storage.errors import MalformedKey, Undecipherable
from bot.storage.fernet import LARGE, PiecewiseFernet
from bot.storage.files import written_beside

_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")  # 32 bytes


@dataclass(frozen=True, slots=True)
class Root:
    """What the keys for other purposes are derived from. It stays what it is when the secret key is changed: with it,
    pseudonyms, traces of erased people and jobs' ids would change."""

    secret: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for a purpose, that tells nothing of the root or of those of other purposes."""
        return HKDFExpand(SHA256(), length=32, info=f"easel:{purpose}".encode()).derive(self.secret)


class Cipher:
    """Fernet (AES-128-CBC with HMAC-SHA256) over bytes and JSON values."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._roots = [_root_of(key) for key in keys]
        self._fernets = [Fernet(key) for key in keys]
        self._fernet = MultiFernet(self._fernets)
        self._large = [PiecewiseFernet(key) for key in keys]

    @classmethod
    def from_key(cls, key: str, *retired: str) -> "Cipher":
        """Encrypt with `key`; decrypt with it and with the `retired` ones. Raises `MalformedKey`."""
        keys = (key, *retired)
        if not all(map(_is_key, keys)):
            raise MalformedKey(
                "EASEL_SECRET_KEY or one of EASEL_RETIRED_SECRET_KEYS is no key: one takes 32 bytes in URL-safe "
                "base64, 44 characters."
            )
        return cls(keys)

    @property
    def fingerprints(self) -> Sequence[str]:
        """What names each key without telling anything else of it, the key that encrypts first."""
        return [root.derive("fingerprint")[:8].hex() for root in self._roots]

    def root_of(self, token: bytes) -> Root:
        """The root that the token's key stands for. Raises `Undecipherable`."""
        for fernet, root in zip(self._fernets, self._roots, strict=True):
            if _decrypts(fernet, token):
                return root
        raise Undecipherable

    def is_current(self, token: bytes) -> bool:
        """Whether it was encrypted with the key that encrypts now."""
        return _decrypts(self._fernets[0], token)

    def rotate(self, token: bytes) -> bytes:
        """The same, encrypted with the key that encrypts now. Raises `Undecipherable`."""
        try:
            return self._fernet.rotate(token)
        except InvalidToken:
            raise Undecipherable from None

    def encrypt(self, data: bytes) -> bytes:
        return (self._fernet if len(data) < LARGE else self._large[0]).encrypt(data)

    def decrypt(self, token: bytes) -> bytes:
        """Raises `Undecipherable`."""
        for fernet in [self._fernet] if len(token) < LARGE else self._large:
            with suppress(InvalidToken):
                return fernet.decrypt(token)
        raise Undecipherable

    def encrypt_json(self, value: Any) -> bytes:
        return self.encrypt(json.dumps(value, separators=(",", ":")).encode())

    def decrypt_json(self, token: bytes) -> Any:
        """Raises `Undecipherable`."""
        return json.loads(self.decrypt(token))


def load_or_make_keys(path: Path) -> Sequence[str]:
    """The keys in that file, a line each, the one that encrypts first. Where there is no file, it is made (mode 0600)
    with one key. It blocks.

    Processes that start at once get the same key. Raises `MalformedKey` where the file holds something else.
    """
    if not path.exists():
        # A link is made whole or not at all, and by the first of several alone.
        with written_beside(path, Fernet.generate_key() + b"\n") as new, suppress(FileExistsError):
            path.hardlink_to(new)
    keys = path.read_text("ascii", errors="replace").split()
    if not keys or not all(map(_is_key, keys)):
        raise MalformedKey(
            f"{path} holds no key (32 bytes in URL-safe base64). Put back the key that the database was made with."
        )
    return keys


def keep_keys(path: Path, keys: Sequence[str]) -> None:
    """Let the file hold these keys and no other: all of them from one moment on, whatever happens. It blocks."""
    with written_beside(path, "".join(f"{key}\n" for key in keys).encode()) as new:
        new.replace(path)


def make_key() -> str:
    return Fernet.generate_key().decode()


def _is_key(key: str) -> bool:
    return _KEY.fullmatch(key) is not None


def _root_of(key: str) -> Root:
    """The first half of HKDF (RFC 5869, 2.2), without salt: it can't be turned back into the key."""
    return Root(hmac.digest(bytes(32), urlsafe_b64decode(key), "sha256"))


def _decrypts(fernet: Fernet, token: bytes) -> bool:
    try:
        fernet.decrypt(token)
    except InvalidToken:
        return False
    return True
