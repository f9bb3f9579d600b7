"""The key, and what it encrypts."""

import subprocess
import sys
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.fernet import Fernet

from bot.storage.cipher import Cipher, load_or_make_key
from bot.storage.errors import MalformedKey, Undecipherable

KEY = urlsafe_b64encode(bytes(range(32))).decode()
BAD_KEYS = ["", "secret", KEY[:-5], KEY + KEY, "é" * 44, "!" * 44]


def test_bytes_and_json_come_back(cipher: Cipher) -> None:
    assert cipher.decrypt(cipher.encrypt(b"a fox")) == b"a fox"
    value = {"a": [1, 2.5, None, True, "é \ud83d"]}
    assert cipher.decrypt_json(cipher.encrypt_json(value)) == value
    assert b"fox" not in cipher.encrypt(b"a fox")


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


def test_derived_keys_are_stable_and_differ_by_purpose_and_key(cipher: Cipher) -> None:
    derived = Cipher.from_key(KEY).derive("a")
    assert derived == Cipher.from_key(KEY).derive("a")
    assert len(derived) == 32
    assert len({derived, Cipher.from_key(KEY).derive("b"), cipher.derive("a")}) == 3


def test_no_key_shows() -> None:
    assert KEY not in repr(Cipher.from_key(KEY))
    assert KEY not in str(vars(Cipher.from_key(KEY)).keys())


@pytest.mark.parametrize("key", BAD_KEYS)
def test_keys_that_are_none(key: str, tmp_path: Path) -> None:
    with pytest.raises(MalformedKey) as refused:
        Cipher.from_key(key)
    assert not key or key not in str(refused.value)
    path = tmp_path / "secret.key"
    path.write_text(key)
    with pytest.raises(MalformedKey, match=r"secret\.key") as refused:
        load_or_make_key(path)
    assert not key or key not in str(refused.value).replace(str(path), "")
    assert path.read_text() == key


def test_a_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    key = load_or_make_key(path)
    Cipher.from_key(key)
    assert load_or_make_key(path) == key
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert [each.name for each in path.parent.iterdir()] == ["secret.key"]


def test_all_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    for number in range(20):
        path, together = tmp_path / str(number) / "secret.key", Barrier(8)

        def start(path: Path = path, together: Barrier = together) -> str:
            together.wait()
            return load_or_make_key(path)

        with ThreadPoolExecutor(8) as pool:
            assert len({each.result() for each in [pool.submit(start) for _ in range(8)]}) == 1


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    code = "import sys, pathlib; from bot.storage.cipher import load_or_make_key\nsys.stdin.read()\n"
    code += f"print(load_or_make_key(pathlib.Path({str(path)!r})))"
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
    assert keys == {load_or_make_key(path) + "\n"}
