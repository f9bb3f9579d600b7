"""The key, and what it encrypts."""

import random
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.storage.cipher import Cipher, Root, keep_keys, load_or_make_keys, make_key
from bot.storage.errors import MalformedKey, Undecipherable
from bot.storage.fernet import LARGE

KEY = urlsafe_b64encode(bytes(range(32))).decode()
BAD_KEYS = ["", "secret", KEY[:-5], KEY + KEY, "é" * 44, "!" * 44]


def test_bytes_and_json_come_back(cipher: Cipher) -> None:
    assert cipher.decrypt(cipher.encrypt(b"a fox")) == b"a fox"
    value = {"a": [1, 2.5, None, True, "é \ud83d"]}
    assert cipher.decrypt_json(cipher.encrypt_json(value)) == value
    assert b"fox" not in cipher.encrypt(b"a fox")


@pytest.mark.parametrize("length", [LARGE - 1, LARGE, 3 << 17, (3 << 17) + 15, 1_500_000])
def test_large_data_makes_the_librarys_own_tokens(length: int) -> None:
    data, cipher, library = random.Random(length).randbytes(length), Cipher.from_key(KEY), Fernet(KEY)
    token = cipher.encrypt(data)
    assert library.decrypt(token) == data == cipher.decrypt(token)
    assert cipher.decrypt(library.encrypt(data)) == data
    assert Cipher.from_key(make_key(), KEY).decrypt(token) == data
    assert abs(library.extract_timestamp(token) - time.time()) < 60
    assert token != cipher.encrypt(data), "no two have the same initialization vector"


@pytest.mark.parametrize("at", [0, 40, 200_000, -5])
def test_large_data_that_was_changed(at: int) -> None:
    token = bytearray(Cipher.from_key(KEY).encrypt(bytes(LARGE)))
    token[at] = ord("A") if token[at] != ord("A") else ord("B")
    for spoiled in (bytes(token), bytes(token[:-4]), bytes(token[:-1]), b"!" * LARGE, bytes(LARGE)):
        with pytest.raises(Undecipherable):
            Cipher.from_key(KEY).decrypt(spoiled)


def test_another_key_decrypts_nothing(cipher: Cipher) -> None:
    with pytest.raises(Undecipherable):
        Cipher.from_key(KEY).decrypt(cipher.encrypt(b"a fox"))
    for damaged in (b"", b"x", cipher.encrypt(b"a fox")[:-4]):
        with pytest.raises(Undecipherable):
            cipher.decrypt(damaged)


def test_a_retired_key_decrypts_but_does_not_encrypt() -> None:
    new = Fernet.generate_key().decode()
    rotated = Cipher.from_key(new, KEY)
    assert rotated.decrypt(Cipher.from_key(KEY).encrypt(b"a fox")) == b"a fox"
    assert Cipher.from_key(new).decrypt(rotated.encrypt(b"a fox")) == b"a fox"


def test_what_a_key_is_rotated_to() -> None:
    new, token = make_key(), Cipher.from_key(KEY).encrypt(b"a fox")
    both = Cipher.from_key(new, KEY)
    assert not both.is_current(token)
    rotated = both.rotate(token)
    assert both.is_current(rotated)
    assert Cipher.from_key(new).decrypt(rotated) == b"a fox"
    assert both.root_of(token) == Cipher.from_key(KEY).root_of(token) != both.root_of(rotated)
    assert both.fingerprints == [*Cipher.from_key(new).fingerprints, *Cipher.from_key(KEY).fingerprints]
    assert len(set(both.fingerprints)) == 2
    stranger = Cipher.from_key(make_key())
    for reading in (stranger.rotate, stranger.root_of):
        with pytest.raises(Undecipherable):
            reading(token)


def test_derived_keys_are_those_of_hkdf_and_differ_by_purpose_and_key(cipher: Cipher) -> None:
    """As they were derived from the key itself, before it could be changed."""

    def root(cipher: Cipher) -> Root:
        return cipher.root_of(cipher.encrypt(b""))

    whole = HKDF(SHA256(), length=32, salt=None, info=b"easel:a").derive(bytes(range(32)))
    derived = root(Cipher.from_key(KEY)).derive("a")
    assert derived == whole
    assert len({derived, root(Cipher.from_key(KEY)).derive("b"), root(cipher).derive("a")}) == 3


def test_no_key_shows() -> None:
    assert KEY not in repr(Cipher.from_key(KEY))
    shown = Cipher.from_key(KEY)
    assert KEY not in str(vars(shown).keys())
    assert "secret" not in repr(shown.root_of(shown.encrypt(b"")))


@pytest.mark.parametrize("key", BAD_KEYS)
def test_keys_that_are_none(key: str, tmp_path: Path) -> None:
    with pytest.raises(MalformedKey) as refused:
        Cipher.from_key(key)
    assert not key or key not in str(refused.value)
    path = tmp_path / "secret.key"
    path.write_text(key)
    with pytest.raises(MalformedKey, match=r"secret\.key") as refused:
        load_or_make_keys(path)
    assert not key or key not in str(refused.value).replace(str(path), "")
    assert path.read_text() == key


def test_a_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    [key] = load_or_make_keys(path)
    Cipher.from_key(key)
    assert load_or_make_keys(path) == [key]
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert [each.name for each in path.parent.iterdir()] == ["secret.key"]


def test_a_file_of_several_keys(tmp_path: Path) -> None:
    path, new = tmp_path / "secret.key", make_key()
    path.write_text(f"{KEY}\n")
    keep_keys(path, (new, KEY))
    assert load_or_make_keys(path) == [new, KEY]
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    path.write_text(f"{new}\nsecret\n")
    with pytest.raises(MalformedKey):
        load_or_make_keys(path)
    assert [each.name for each in tmp_path.iterdir()] == ["secret.key"]


def test_all_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    for number in range(20):
        path, together = tmp_path / str(number) / "secret.key", Barrier(8)

        def start(path: Path = path, together: Barrier = together) -> Sequence[str]:
            together.wait()
            return load_or_make_keys(path)

        with ThreadPoolExecutor(8) as pool:
            assert len({tuple(each.result()) for each in [pool.submit(start) for _ in range(8)]}) == 1


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    code = "import sys, pathlib; from bot.storage.cipher import load_or_make_keys\nsys.stdin.read()\n"
    code += f"print(*load_or_make_keys(pathlib.Path({str(path)!r})))"
    root = Path(__file__).parents[2]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin
        process.stdin.close()
    keys: set[str] = set()
    for process in processes:
        assert process.stdout
        with process.stdout as output:
            keys.add(output.read())
        assert process.wait() == 0
    assert keys == {load_or_make_keys(path)[0] + "\n"}
