"""The places in a job's life where Replicate is called, each as the circumstances that lead there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bot.demo.replicate_faults import Hang, LoseAnswer, Reset, Respond, Wait
from bot.demo.replicate_webhooks import ANSWER_SECONDS, RETRY_DELAYS
from bot.domain.errors import Canceled, EaselError, PicturesGone, TimedOut, UnknownFate, VendorBusy
from tests.faults.calls import Site
from tests.faults.stage import Stage
from tests.process.deployment import noise
from tests.wire.discord_server import File

Strike: TypeAlias = Callable[[], None]
Play: TypeAlias = Callable[[Stage, Strike], Awaitable[None]]

ROUTES: Mapping[str, tuple[str, str]] = {
    "create": ("POST", "/v1/models/*/predictions"),
    "get": ("GET", "/v1/predictions/*"),
    "recent": ("GET", "/v1/predictions"),
    "page": ("GET", "/v1/predictions"),
    "cancel": ("POST", "/v1/predictions/*/cancel"),
    "upload": ("POST", "/v1/files"),
    "fetch": ("GET", "/delivery/*"),
    "schema": ("GET", "/v1/models/*"),
    "check_account": ("GET", "/v1/account"),
    "webhook_secret": ("GET", "/v1/webhooks/default/secret"),
}
"""How the stand-in sees each of the client's calls: method and path."""

TWIN_REPORT = "Replicate ran something that no job owns, and may bill it"

EMPTY_LIST = Respond(200, {"next": None, "previous": None, "results": []})


@dataclass(frozen=True, slots=True)
class Scene:
    """`play` brings a job to the place, says when the fault is to strike, and ends with the job.

    `ends` is how the job ends even so where the fault passes, None with its pictures. `gives_up` are the outcomes that
    a fault which stays may come to besides.
    """

    site: Site
    play: Play
    ends: type[EaselError] | None = None
    gives_up: tuple[type[EaselError], ...] = ()
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    webhooks: bool = False

    @property
    def route(self) -> tuple[str, str]:
        return ROUTES[self.site.call]


async def _plain(stage: Stage, strike: Strike) -> None:
    strike()
    await stage.imagine()
    await stage.ended()


async def _with_large_picture(stage: Stage, strike: Strike) -> None:
    """A picture that is too large to be sent within the create."""
    strike()
    await stage.imagine(image=File("fox.png", noise(300, "PNG"), "image/png"))
    await stage.ended()


async def _lost_create(stage: Stage, strike: Strike) -> None:
    stage.replicate.faults.order(LoseAnswer(), method="POST", path=ROUTES["create"][1])
    await _plain(stage, strike)


async def _absent_create(stage: Stage, strike: Strike) -> None:
    stage.replicate.faults.order(Reset(), method="POST", path=ROUTES["create"][1])
    await _plain(stage, strike)


async def _stopped_while_submitting(stage: Stage, strike: Strike) -> None:
    stage.replicate.faults.order(Hang(done=True), method="POST", path=ROUTES["create"][1])
    await stage.imagine()
    await stage.until_status("submitting")
    await stage.stop()
    strike()
    await stage.start()
    await stage.ended()


async def _stopped_while_running(stage: Stage, strike: Strike) -> None:
    stage.replicate.end_gate.hold()
    await stage.imagine()
    await stage.until_status("running")
    await stage.stop()
    stage.replicate.end_gate.release()
    strike()
    await stage.start()
    await stage.ended()


async def _on_no_list(stage: Stage, strike: Strike) -> None:
    """A run that the list has forgotten is asked for by its id once it is overdue."""
    stage.replicate.faults.order(EMPTY_LIST, method="GET", path=ROUTES["recent"][1], times=None)
    await _plain(stage, strike)


async def _endless(stage: Stage, strike: Strike) -> None:
    """A run that doesn't end, and that Replicate's own deadline doesn't end either."""
    stage.replicate.keeps_deadlines = False
    stage.replicate.end_gate.hold()
    await _plain(stage, strike)


async def _told(stage: Stage, strike: Strike) -> None:
    """The job's end doesn't wait for its webhook, so whether that arrives at last is another matter."""
    await _plain(stage, strike)
    arrived = stage.replicate.until(lambda: any(each.status == 200 for each in stage.replicate.webhooks))
    with suppress(TimeoutError):
        await asyncio.wait_for(arrived, timeout=sum(RETRY_DELAYS) + len(RETRY_DELAYS) * ANSWER_SECONDS)


async def _canceled(stage: Stage, strike: Strike) -> None:
    """Its member cancels what runs."""
    stage.replicate.end_gate.hold()
    await stage.imagine()
    await stage.until_status("running")
    strike()
    await stage.press("cancel")
    await stage.ended()


async def _twin(stage: Stage, strike: Strike) -> None:
    """A create that had long been given up takes effect, and nobody waits for its run."""
    late = asyncio.Event()
    stage.replicate.faults.order(Wait(late), method="POST", path=ROUTES["create"][1])
    await stage.imagine()
    await stage.ended()
    stage.replicate.end_gate.hold()
    strike()
    late.set()
    await stage.replicate.until(lambda: len(stage.replicate.runs) == 2 and stage.replicate.runs[1].ended)
    with suppress(TimeoutError):
        await asyncio.wait_for(stage.until_logged(TWIN_REPORT), timeout=600)


_LOOK = Site("service.recovery._look_once", "recent")
_LOOK_UP = Site("service.look_ups.LookUps._get", "get")

_SHORT = {"replicate_cancel_after_s": 5}

SCENES: Mapping[str, Scene] = {
    "create": Scene(Site("service.submission.Submissions._create", "create"), _plain, gives_up=(VendorBusy,)),
    "upload": Scene(Site("service.staging.Staging._image_url", "upload"), _with_large_picture, gives_up=(VendorBusy,)),
    "look for a create that took effect": Scene(_LOOK, _lost_create, gives_up=(UnknownFate,)),
    "look for a create that took none": Scene(_LOOK, _absent_create, gives_up=(UnknownFate,)),
    "look for a create after a restart": Scene(_LOOK, _stopped_while_submitting, gives_up=(UnknownFate,)),
    "sweep": Scene(Site("service.sweep.Sweep._ask", "recent"), _plain, gives_up=(TimedOut,)),
    "ask for what is on no list": Scene(Site("service.sweep.Sweep._ask", "get"), _on_no_list, gives_up=(TimedOut,)),
    "ask after a restart": Scene(_LOOK_UP, _stopped_while_running),
    "ask for what is overdue": Scene(_LOOK_UP, _endless, ends=TimedOut, settings=_SHORT),
    "cancel what is overdue": Scene(
        Site("service.fulfilment.Fulfilment._end_overdue", "cancel"), _endless, ends=TimedOut, settings=_SHORT
    ),
    "cancel for its member": Scene(Site("service.fulfilment.Fulfilment._stop_run", "cancel"), _canceled, ends=Canceled),
    "look for twins": Scene(Site("service.strays.StraySearch._look_through", "recent"), _twin),
    "cancel a twin": Scene(Site("service.strays.StraySearch._report", "cancel"), _twin),
    "fetch": Scene(Site("service.results.Results._fetch", "fetch"), _plain, gives_up=(PicturesGone,)),
    "webhook secret": Scene(Site("process.web_server", "webhook_secret"), _told, webhooks=True),
}
