"""Fernet over large data, piece by piece.

The tokens are the library's, byte for byte (https://github.com/fernet/spec). Its own functions make each pass over the
data in one call that holds the interpreter's lock, so that the event loop stands still even while they run in a thread.
"""

import hmac
import os
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator
from io import BytesIO

from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

LARGE = 1 << 18
"""Bytes from which on it is worth while."""

_PIECE = 3 << 16  # bytes: whole groups of base64
_ENCODED_PIECE = _PIECE // 3 * 4
_BLOCK = 128  # bits
_TURN = threading.Lock()  # each thread that computes makes the event loop wait once more for the interpreter's lock
_VERSION = b"\x80"
_HEAD, _IV, _SIGNATURE = 9, 16, 32  # bytes: the version and the time, the initialization vector, the HMAC


class PiecewiseFernet:
    """`encrypt` and `decrypt` as those of `cryptography.fernet.Fernet`, of which it reads what they make.

    Of all threads, one computes at a time.
    """

    def __init__(self, key: str) -> None:
        secret = urlsafe_b64decode(key)
        self._signing_key, self._key = secret[:16], secret[16:]

    def encrypt(self, data: bytes) -> bytes:
        with _TURN:
            return self._encrypted(data)

    def decrypt(self, token: bytes) -> bytes:
        """Raises `InvalidToken`."""
        with _TURN:
            return self._decrypted(token)

    def _encrypted(self, data: bytes) -> bytes:
        iv = os.urandom(_IV)
        padder, encryptor = PKCS7(_BLOCK).padder(), Cipher(AES(self._key), CBC(iv)).encryptor()
        body = bytearray(_VERSION + int(time.time()).to_bytes(_HEAD - 1, "big") + iv)
        for piece in _pieces(data, _PIECE):
            body += encryptor.update(padder.update(piece))
        body += encryptor.update(padder.finalize()) + encryptor.finalize()
        body += self._signature(memoryview(body))
        token = BytesIO()
        for piece in _pieces(body, _PIECE):
            token.write(urlsafe_b64encode(piece))
        return token.getvalue()  # without a copy

    def _decrypted(self, token: bytes) -> bytes:
        body = bytearray()
        try:
            for piece in _pieces(token, _ENCODED_PIECE):
                body += urlsafe_b64decode(piece)
        except NotBase64:
            raise InvalidToken from None
        whole = memoryview(body)
        signed, signature = whole[:-_SIGNATURE], whole[-_SIGNATURE:]
        if not (body.startswith(_VERSION) and hmac.compare_digest(self._signature(signed), signature)):
            raise InvalidToken
        decryptor = Cipher(AES(self._key), CBC(bytes(signed[_HEAD : _HEAD + _IV]))).decryptor()
        unpadder = PKCS7(_BLOCK).unpadder()
        data = BytesIO()
        try:
            for piece in _pieces(signed[_HEAD + _IV :], _PIECE):
                data.write(unpadder.update(decryptor.update(piece)))
            data.write(unpadder.update(decryptor.finalize()) + unpadder.finalize())
        except ValueError:
            raise InvalidToken from None
        return data.getvalue()

    def _signature(self, body: memoryview) -> bytes:
        signing = hmac.new(self._signing_key, digestmod="sha256")
        for piece in _pieces(body, _PIECE):
            signing.update(piece)
        return signing.digest()


def _pieces(data: bytes | bytearray | memoryview, size: int) -> Iterator[memoryview]:
    whole = memoryview(data)
    for at in range(0, len(whole), size):
        yield whole[at : at + size]
