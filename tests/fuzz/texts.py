"""What members and moderators write, and the addresses of what they attach."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from yarl import URL

from bot.chat import entries
from bot.chat.language import speaking
from bot.chat.studio_usage import month_of
from bot.domain.errors import EntryRefused, PictureUnreadable
from bot.domain.hosts import AllowedHosts, is_loopback
from bot.domain.request import Attachment
from bot.domain.wording import WordRules
from bot.images.reader import AttachmentReader
from bot.wording.rules import Re2Wording
from tests.fuzz.target import Target

_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_ZONE = ZoneInfo("Europe/Berlin")
_PATTERNS = ("cdn.discordapp.com", "images-ext-*.discordapp.net", "127.0.0.1")


def _text(data: bytes) -> str:
    """As Discord hands it over: JSON, which can hold halves of characters."""
    return data.decode(errors="surrogatepass") if _is_wtf8(data) else data.decode(errors="replace")


def _is_wtf8(data: bytes) -> bool:
    try:
        data.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def _words(data: bytes) -> None:
    """A list in a file, and after a NUL a prompt to judge by it: refused in words, or a verdict."""
    listed, _, prompt = data.partition(b"\0")
    try:
        rules = WordRules.of_lines(listed.decode(errors="replace"))
        _loop().run_until_complete(_judged(rules, _text(prompt)))
    except EntryRefused:
        return
    assert WordRules.of_lines("\n".join(rules.lines())) == rules, "what is exported can be imported"


async def _judged(rules: WordRules, prompt: str) -> None:
    wording = Re2Wording()
    await wording.skipped(rules)  # compiles also what is refused below, as AutoMod's rules are
    await wording.find(prompt, rules)
    await wording.check(rules)


def _lists() -> list[bytes]:
    return [
        b"badger\nfoo*\n+foobar\n/b[ae]d+/\0a B.a.d.g.e.r",
        "*cat*\n+concatenate\n100\n$5\n/(?i)x{2,5}$/\0c4t, ｃａｔ and с\u0430t".encode(),
        "zwei Wörter\n🦊\n/\\p{Greek}+/\0zwei  WÖRTER 🦊 αβγ".encode(),
    ]


_READERS: tuple[Callable[[str], Any], ...] = (
    entries.read_pictures,
    entries.read_amount,
    entries.read_pause,
    entries.read_days,
    lambda text: entries.read_end(text, _NOW, _ZONE),
    lambda text: entries.read_until(text, _NOW, _ZONE),
    lambda text: entries.read_begin(text, _NOW, _ZONE),
    lambda text: entries.day_suggestions(text, _NOW, _ZONE),
    lambda text: month_of(text, _NOW.date()),
)


def _entries(data: bytes) -> None:
    """Read, or refused in words."""
    text = _text(data)
    with speaking("de"):
        for reader in _READERS:
            try:
                reader(text)
            except EntryRefused:
                continue


def _written() -> list[bytes]:
    return [
        each.encode()
        for each in ("20", "$12,50", "90m", "2 Wochen", "29.2.", "31.12.2026", "2026-11-30", "morgen", "Freitag",
                     "unlimited", "für immer", "2026-10")
    ]  # fmt: skip


def _address(data: bytes) -> None:
    """An address is read from an allowed host, whoever reads it, or not at all."""
    address = _text(data)
    reader = AttachmentReader(AllowedHosts(_PATTERNS))
    try:
        url = reader._allowed(Attachment(1, "a.png", address, 1, "image/png"))
    except PictureUnreadable:
        return
    assert isinstance(url, URL)
    host = url.host or ""
    assert host in _PATTERNS or (host.startswith("images-ext-") and host.endswith(".discordapp.net"))
    assert url.scheme == "https" or is_loopback(host)
    assert url.user is None
    assert url.password is None


def _addresses() -> list[bytes]:
    return [
        b"https://cdn.discordapp.com/attachments/1/2/a.png?ex=1&is=2&hm=3",
        b"https://images-ext-1.discordapp.net/external/x/https/example.org/a%20b.png",
        b"http://127.0.0.1:8080/a.png",
        b"https://cdn.discordapp.com@example.org/",
        b"https://[::1]/a",
        "https://cdn。discordapp。com/".encode(),
    ]


TARGETS = (
    Target("words", _words, _lists, 2_048),
    Target("entries", _entries, _written, 64),
    Target("addresses", _address, _addresses, 512),
)
