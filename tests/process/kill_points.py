"""A process that kills or stops itself where a test has ordered it to, just before a call of a port or just after it.

`install` is called in the process that is to die, before `easel` begins; everything else, by the test. "After" means
that the call has had its effect and nothing was made of its answer.
"""

import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, Literal, TypeAlias

from bot.service import presence
from bot.service.clock import SystemClock
from bot.storage import postgres, processes
from tests.process.boundaries import Boundary, methods

When: TypeAlias = Literal["before", "after"]

INSTALL = "tests.process.kill_points:install"

LONGEST_SLEEP, LIFE = "TEST_LONGEST_SLEEP_S", "TEST_LIFE_S"
"""Variables of the environment: what the sleeps of the process are shortened to, and how long after its last heartbeat
one counts as living; the other times of heartbeats are shortened alike."""

ADAPTERS: Mapping[str, tuple[str, ...]] = {
    "Announcer": ("bot.chat.announcer:DiscordAnnouncer",),
    "Appeals": ("bot.storage.appeals:SqlAppeals",),
    "Attachments": ("bot.images.reader:AttachmentReader",),
    "AutoModRules": ("bot.chat.automod:DiscordAutoMod",),
    "Blobs": ("bot.storage.blobs:DirectoryBlobs", "bot.storage.blobs:TableBlobs"),
    "Books": ("bot.storage.books:SqlBooks",),
    "Budgets": ("bot.storage.budgets:SqlBudgets",),
    "Bulletins": ("bot.chat.bulletins:DiscordBulletins",),
    "CaseNotices": ("bot.chat.case_notices:DiscordCaseNotices",),
    "Charts": ("bot.charts.process:ChartProcess",),
    "Erasures": ("bot.storage.erasures:SqlErasures",),
    "Classifier": ("bot.openai.moderation:OpenAiModeration",),
    "Figures": ("bot.storage.figures:SqlFigures",),
    "Incidents": ("bot.storage.incidents:SqlIncidents",),
    "KeyCheck": ("bot.openai.key_check:OpenAiKeyCheck", "bot.replicate.token_check:ReplicateTokenCheck"),
    "Keys": ("bot.storage.keys:SqlKeys",),
    "Membership": ("bot.chat.membership:DiscordMembership",),
    "Mirrors": ("bot.storage.mirrors:SqlMirrors",),
    "Occasions": ("bot.storage.occasions:SqlOccasions",),
    "OperatorChannel": ("bot.chat.operator_channel:DiscordOperatorChannel",),
    "PersonalData": ("bot.storage.privacy:SqlPersonalData",),
    "Pictures": ("bot.images.verify:PictureVerifier",),
    "Predictions": ("bot.replicate.client:ReplicateClient",),
    "Preferences": ("bot.storage.preferences:SqlPreferences",),
    "Processes": ("bot.storage.processes:SqlProcesses",),
    "Purges": ("bot.storage.purges:SqlPurges",),
    "Queue": ("bot.storage.queue:SqlQueue",),
    "Refitter": ("bot.images.refit:PictureRefitter",),
    "Reports": ("bot.storage.reports:SqlReports",),
    "ReviewDesk": ("bot.chat.review_desk:DiscordReviewDesk",),
    "Reviews": ("bot.storage.reviews:SqlReviews",),
    "RunBooks": ("bot.storage.runs:SqlRunBooks",),
    "Sanctions": ("bot.storage.sanctions:SqlSanctions",),
    "Store": ("bot.storage.store:SqlStore",),
    "Trail": ("bot.storage.trail:SqlTrail",),
    "Vitals": ("bot.storage.vitals:SqlVitals",),
    "WordLists": ("bot.storage.words:SqlWordLists",),
    "Wording": ("bot.wording.rules:Re2Wording",),
    "Wakeups": ("bot.storage.wakeups:NoWakeups", "bot.storage.wakeups:PostgresWakeups"),
}
"""What stands behind each port in a deployment."""

_ORDER = "kill.json"
_AHEAD = "seconds-ahead"


@dataclass(frozen=True, slots=True)
class _Order:
    when: When
    signal: int
    pid: int | None
    file: str
    first_line: int
    last_line: int
    port: str
    method: str

    def strikes(self, port: str, method: str, caller: FrameType | None) -> bool:
        if (port, method) != (self.port, self.method) or self.pid not in (None, os.getpid()):
            return False
        while caller is not None:
            if caller.f_code.co_filename == self.file and self.first_line <= caller.f_lineno <= self.last_line:
                return True
            caller = caller.f_back
        return False

    def strike(self) -> None:
        os.kill(os.getpid(), self.signal)


def arm(
    directory: Path, boundary: Boundary, when: When, *, by: signal.Signals = signal.SIGKILL, pid: int | None = None
) -> None:
    """Have a process that works in this directory, now or later, send itself a signal at this boundary: that of this
    pid, or any."""
    order = asdict(boundary)
    del order["name"]
    written = directory / f"{_ORDER}.new"
    written.write_text(json.dumps(order | {"when": when, "signal": by, "pid": pid}))
    written.replace(directory / _ORDER)


def disarm(directory: Path) -> None:
    (directory / _ORDER).unlink(missing_ok=True)


def set_ahead(directory: Path, seconds: float) -> None:
    """Put the clocks of all processes that work in this directory ahead, at once and from then on."""
    written = directory / f"{_AHEAD}.new"
    written.write_text(str(seconds))
    written.replace(directory / _AHEAD)


def install() -> None:
    for port, adapters in ADAPTERS.items():
        for path in adapters:
            module, _, adapter = path.partition(":")
            for method in methods(port):
                _wrap(getattr(import_module(module), adapter), port, method)
    _set_clock(float(os.environ.get(LONGEST_SLEEP, "inf")))
    _set_life(float(os.environ.get(LIFE, processes.LIFE_SECONDS)))


def _wrap(adapter: type[Any], port: str, method: str) -> None:
    original: Callable[..., Awaitable[Any]] = getattr(adapter, method)

    def call(self: Any, *arguments: Any, **options: Any) -> Awaitable[Any]:
        order = _ordered()
        if order is None or not order.strikes(port, method, sys._getframe(1)):
            return original(self, *arguments, **options)
        if order.when == "after":
            return _strike_after(original(self, *arguments, **options), order)
        order.strike()
        return original(self, *arguments, **options)

    setattr(adapter, method, call)


def _ordered() -> _Order | None:
    try:
        return _Order(**json.loads(Path(_ORDER).read_text()))
    except FileNotFoundError:
        return None


async def _strike_after(call: Awaitable[Any], order: _Order) -> Any:
    try:
        return await call
    finally:
        order.strike()


def _set_clock(longest_sleep: float) -> None:
    now, sleep = SystemClock.now, SystemClock.sleep

    def now_ahead(self: SystemClock) -> datetime:
        try:
            return now(self) + timedelta(seconds=float(Path(_AHEAD).read_text()))
        except FileNotFoundError:
            return now(self)

    async def short_sleep(self: SystemClock, seconds: float) -> None:
        await sleep(self, min(seconds, longest_sleep))

    SystemClock.now = now_ahead
    SystemClock.sleep = short_sleep


def _set_life(seconds: float) -> None:
    share = seconds / processes.LIFE_SECONDS
    defaults = processes.SqlProcesses.__init__.__kwdefaults__ or {}
    processes.SqlProcesses.__init__.__kwdefaults__ = defaults | {
        name: each * share for name, each in defaults.items() if isinstance(each, float)
    }
    # What stands still in a transaction keeps the others waiting for so long.
    postgres._SESSION["idle_in_transaction_session_timeout"] = f"{seconds * 1000:.0f}ms"
    presence.BEAT_SECONDS *= share
    presence.STALE_SECONDS *= share
