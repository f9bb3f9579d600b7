"""The runs that the stand-in for Replicate keeps, and how its API shows them."""

import asyncio
import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bot.domain.catalog import Model

RETENTION = timedelta(hours=1)
"""How long after its end a run's input, output, logs and files are kept."""

LIVE_STATUSES = ("starting", "processing")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run is to end, in place of what would become of it by itself.

    `output` is taken as it is (URLs, one string, an empty list, None); `error` is the text of a failed run.
    """

    status: str = "succeeded"
    output: Any = None
    error: str | None = None


class Gate:
    """Holds back whoever comes by while it is held. It starts open."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    async def passed(self) -> None:
        await self._open.wait()


@dataclass(slots=True, eq=False)
class Run:
    """A prediction, as the stand-in keeps it."""

    id: str
    number: int  # counts up from 1 in the order of creation
    token: str = field(repr=False)  # it was created with
    model: Model
    input: Mapping[str, Any] = field(repr=False)  # as sent
    created_at: datetime
    account: str = ""  # whose token created it
    cancel_after: timedelta | None = None
    webhook: str | None = None
    events: tuple[str, ...] = ()
    source: str = "api"
    ending: Ending | None = None
    status: str = "starting"
    started_at: datetime | None = None
    completed_at: datetime | None = None
    output: Any = None
    error: str | None = None
    logs: str = ""
    files: dict[str, bytes] = field(default_factory=dict[str, bytes], repr=False)  # by name
    tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]], repr=False)

    @property
    def ended(self) -> bool:
        return self.status not in LIVE_STATUSES

    def value(self, name: str) -> Any:
        """An input as sent, or else the model's default."""
        return self.input.get(name, self.model.inputs[name].default)

    def forgotten(self, now: datetime) -> bool:
        """Whether its data is gone. From then on the files are really gone, too."""
        if self.completed_at is None or now - self.completed_at < RETENTION:
            return False
        self.files.clear()
        return True

    def as_json(self, api_url: str, now: datetime, *, show_webhook: bool) -> dict[str, Any]:
        """The prediction object of predictions.get; what isn't known yet is left out, as there."""
        gone = self.forgotten(now)
        url = f"{api_url}/predictions/{self.id}"
        shown: dict[str, Any] = {
            "id": self.id,
            "model": self.model.slug,
            "version": "hidden",
            "input": {} if gone else _masked(self.model, self.input),
            "logs": "" if gone else self.logs,
            "output": None if gone else self.output,
            "data_removed": gone,
            "error": self.error,
            "source": self.source,
            "status": self.status,
            "created_at": moment(self.created_at),
            "urls": {"get": url, "cancel": f"{url}/cancel", "web": f"{api_url.removesuffix('/v1')}/p/{self.id}"},
        }
        if self.cancel_after is not None:
            shown["deadline"] = moment(self.created_at + self.cancel_after)
        if self.started_at is not None:
            shown["started_at"] = moment(self.started_at)
        if self.completed_at is not None:
            shown["completed_at"] = moment(self.completed_at)
            shown["metrics"] = self._metrics(self.completed_at)
        if show_webhook and self.webhook is not None:
            shown["webhook"] = self.webhook
        return shown

    def _metrics(self, completed_at: datetime) -> dict[str, float]:
        metrics = {"total_time": (completed_at - self.created_at).total_seconds()}
        if self.started_at is not None:
            metrics["predict_time"] = (completed_at - self.started_at).total_seconds()
        output: object = self.output
        if self.status == "succeeded" and isinstance(output, list):
            metrics["image_output_count"] = len(cast("list[object]", output))
        return metrics


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of a run."""

    text_in: int
    images_in: int
    out: int


LOGS_AT_START = "Model check completed.\nModel: {name}\nGenerating image...\n"


def logs_at_end(seconds: float, pictures: int, usage: Usage) -> str:
    """What the logs of a run that made pictures end with."""
    return (
        f"Generated image in {seconds:.1f}sec\n"
        f"Generated {pictures} images\n"
        f"Input text token count: {usage.text_in}\n"
        f"Input image token count: {usage.images_in}\n"
        f"Output token count: {usage.out}\n"
    )


def new_id() -> str:
    """An id of Replicate's form: 26 small letters and digits."""
    return base64.b32encode(secrets.token_bytes(20)).decode().lower()[:26]


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _masked(model: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: "[REDACTED]" if name in model.inputs and model.inputs[name].kind == "secret" else value
        for name, value in values.items()
    }


Pace = Callable[[Mapping[str, Any]], float]
"""How many seconds a run with this input takes."""

_SECONDS = {"low": 2.5, "medium": 4.0, "high": 6.0, "auto": 6.0, "xhigh": 7.0, "max": 8.0}

SLOW = "slow"
"""A word in a prompt that makes its run a long one, to see what is said while it runs and who waits behind it."""

_SLOW_SECONDS = 60.0


def demo_pace(values: Mapping[str, Any]) -> float:
    """A few seconds by quality and count: shorter than the real thing, and long enough to be seen waiting."""
    if SLOW in str(values.get("prompt", "")).lower().split():
        return _SLOW_SECONDS
    return _SECONDS[values["quality"]] + 0.5 * (values["number_of_images"] - 1)


def at_once(values: Mapping[str, Any]) -> float:
    """No longer than the pictures take to be drawn."""
    return 0.0
