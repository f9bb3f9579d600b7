"""Types of columns that hold domain values the same way in every database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from bot.storage.cipher import Cipher, Root

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware datetime in Python, microseconds since 1970 (UTC) in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + value * _MICROSECOND


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one type become JSON values, and come back."""

    dump: Callable[[Any], Any]
    load: Callable[[Any], Any]


class Entrusted(TypeDecorator[Any]):
    """What people entrust: a domain value in Python, encrypted JSON in the database.

    The cipher is the engine's (`use_cipher`), so that no statement can write or read such a column in clear. Of what
    is read again and again the last few values are `remembered`, by their encrypted form: they are read once.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, codec: Codec, *, remembered: int = 0) -> None:
        super().__init__()
        self.codec = codec
        self.remembered = remembered
        self._load = lru_cache(remembered)(self._read) if remembered else self._read

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else _CIPHERS[dialect].encrypt_json(self.codec.dump(value))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return None if value is None else self._load(_CIPHERS[dialect], value)

    def _read(self, cipher: Cipher, token: bytes) -> Any:
        return self.codec.load(cipher.decrypt_json(token))


class Sealed(TypeDecorator[bytes]):
    """Bytes that whoever writes them has encrypted, with the cipher of the engine."""

    impl = LargeBinary
    cache_ok = True


# Every engine has a dialect of its own, and a dialect is all that a type is given to work with.
_CIPHERS: WeakKeyDictionary[Dialect, Cipher] = WeakKeyDictionary()
_ROOTS: WeakKeyDictionary[Dialect, Root] = WeakKeyDictionary()


def use_cipher(dialect: Dialect, cipher: Cipher) -> None:
    """Encrypt and decrypt the `Entrusted` columns of the dialect's engine with that cipher."""
    _CIPHERS[dialect] = cipher


def cipher_of(dialect: Dialect) -> Cipher:
    return _CIPHERS[dialect]


def use_root(dialect: Dialect, root: Root) -> None:
    """Derive keys for other purposes from that root."""
    _ROOTS[dialect] = root


def root_of(dialect: Dialect) -> Root:
    return _ROOTS[dialect]
