"""Encryption of what people entrust, and the key that it hangs on."""

import json
import re
from base64 import urlsafe_b64decode
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.storage.errors import MalformedKey, Undecipherable
from bot.storage.files import written_beside

_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")  # 32 bytes


class Cipher:
    """Fernet (AES-128-CBC with HMAC-SHA256) over bytes and JSON values."""

    def __init__(self, key: bytes, fernet: MultiFernet) -> None:
        self._key = key
        self._fernet = fernet

    @classmethod
    def from_key(cls, key: str, *retired: str) -> "Cipher":
        """Encrypt with `key`; decrypt with it and with the `retired` ones. Raises `MalformedKey`."""
        keys = (key, *retired)
        if not all(map(_is_key, keys)):
            raise MalformedKey("EASEL_SECRET_KEY is no key: it takes 32 bytes in URL-safe base64, 44 characters.")
        return cls(urlsafe_b64decode(key), MultiFernet([Fernet(each) for each in keys]))

    def encrypt(self, data: bytes) -> bytes:
        return self._fernet.encrypt(data)

    def decrypt(self, token: bytes) -> bytes:
        """Raises `Undecipherable`."""
        try:
            return self._fernet.decrypt(token)
        except InvalidToken:
            raise Undecipherable from None

    def encrypt_json(self, value: Any) -> bytes:
        return self.encrypt(json.dumps(value, separators=(",", ":")).encode())

    def decrypt_json(self, token: bytes) -> Any:
        """Raises `Undecipherable`."""
        return json.loads(self.decrypt(token))

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for another purpose, that tells nothing of this one or of those of other purposes."""
        return HKDF(SHA256(), length=32, salt=None, info=f"easel:{purpose}".encode()).derive(self._key)


def load_or_make_key(path: Path) -> str:
    """The key in that file, which is made (mode 0600) where there is none. It blocks.

    Processes that start at once get the same key. Raises `MalformedKey` where the file holds something else.
    """
    if not path.exists():
        # A link is made whole or not at all, and by the first of several alone.
        with written_beside(path, Fernet.generate_key() + b"\n") as new, suppress(FileExistsError):
            path.hardlink_to(new)
    key = path.read_text("ascii", errors="replace").strip()
    if not _is_key(key):
        raise MalformedKey(
            f"{path} holds no key (32 bytes in URL-safe base64). Put back the key that the database was made with."
        )
    return key


def _is_key(key: str) -> bool:
    return _KEY.fullmatch(key) is not None
