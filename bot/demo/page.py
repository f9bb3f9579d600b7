"""The room's page: SimCord's preview, made to follow by itself and to lose no command.

SimCord 3.2.1 runs one operation at a time and refuses a second: a person's click, a step of its clock and a refresh of
the page turn each other away, and a click made on a page that was refreshed meanwhile is refused as stale. Here they
take turns instead. A relative timestamp stays as it was drawn until its message changes; here it counts. Its public
interface has no place for either, hence the exact pin of its version in pyproject.toml.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, cast

import structlog
from simcord import SetupError
from simcord.env import Env
from simcord.preview import Preview

from bot.demo.additions import PageAdditions
from bot.demo.media import PicturesAsTheyAre
from bot.demo.places import Place
from bot.demo.reading import relative

# The reason for both is above.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

_log = structlog.get_logger(__name__)

TICK_SECONDS = 0.25

MEDIA_BUDGET = 1 << 30
"""Bytes of pictures that a page may hold. SimCord's own, 128 MiB, is full after two large batches."""


class LivePage:
    """Wraps a preview that was not entered yet; enter this in its place. `url` opens the page at the first place.

    `turn` is held by whoever else operates on the simulated Discord. `changed` is called, in its turn, after the bot
    did something. `ended` is set once the person has ended the session, or `end` was called.
    """

    def __init__(
        self, env: Env, preview: Preview, places: Sequence[Place], *, changed: Callable[[], None] = lambda: None
    ) -> None:
        self.turn = asyncio.Lock()
        self.ended = asyncio.Event()
        self._env = env
        self._preview = preview
        self._changed = changed
        self._calls_seen = 0
        self._act, self._publish = preview._action, preview._publish
        preview._action = self._take_turn
        preview._publish = self._publish_now
        preview._media_worker = PicturesAsTheyAre()
        preview._MAX_MEDIA_BYTES = MEDIA_BUDGET  # pyright: ignore[reportAttributeAccessIssue] # for this preview alone
        self._additions = PageAdditions(env, preview, places)

    @property
    def url(self) -> str:
        return self._preview.url

    async def __aenter__(self) -> Self:
        """Open the page and begin to follow the room. Raises `OSError` where the port can't be listened at."""
        try:
            await self._preview.__aenter__()
        except SetupError as error:
            raise error.__cause__ if isinstance(error.__cause__, OSError) else error from None
        # The page that a script would look through: nobody does, and to keep it up to date costs as much as another's.
        # Where it is, there a page starts that is opened.
        self._start = self._preview._pages.pop("python")
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        await self._following
        await self._preview.close()

    def end(self) -> None:
        """Let the page end; leaving the context closes it."""
        self.ended.set()

    async def _follow(self) -> None:
        """Keep the simulated clock with the real one, and the page with the room."""
        while not self.ended.is_set():
            async with self.turn:
                try:
                    await self._tick()
                except Exception:  # noqa: BLE001 # the simulation's trouble is shown, and the room stays open
                    _log.exception("the room missed a tick")
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self.ended.wait()

    async def _tick(self) -> None:
        behind = (datetime.now(UTC) - self._env.now()).total_seconds()
        if behind > 0:
            await self._env.advance_time(behind)
        pages = self._preview._pages.values()
        calls = len(self._env.backend.http_requests)
        # A page is stale after an action that went wrong, and takes no command until it is published anew.
        if calls != self._calls_seen or any(page.status == "stale" for page in pages):
            await self._preview.refresh()
        for page in tuple(pages):
            self._show_time(page)
            await self._measure_pictures(page)
        if calls != self._calls_seen:
            self._calls_seen = calls
            self._start.target_id = self._newest(self._start)
            self._changed()

    def _publish_now(self, page: Any, **kwargs: Any) -> None:
        self._preview._advance_presentation_time()
        if page is self._preview._action_page:
            self._go_to_answer(page)
        with self._additions.at(page):
            self._publish(page, **kwargs)
        page.snapshot["room"] = self._additions.describe(page)
        self._show_time(page)

    def _go_to_answer(self, page: Any) -> None:
        """Scroll to what the person's own action brought about, wherever on the page they were."""
        newest = self._newest(page)
        if newest is not None and str(newest) not in page.snapshot["messages"]:
            page.target_id = page.window_end_id = newest

    def _newest(self, page: Any) -> int | None:
        return self._preview._initial_target(page.viewer, page.channel_id)

    def _show_time(self, page: Any) -> None:
        """Let the page show every relative timestamp as it is read now, and draw nothing anew where all are."""
        moved = False
        for message in page.snapshot["messages"].values():
            if unix_times := _relative_times(message):
                shown = [relative(each, self._env.now()) for each in unix_times]
                moved = moved or message.get("shown_times") != shown
                message["shown_times"] = shown  # the page draws a message again where anything in it differs
        if moved:
            page.snapshot["profile"]["presentationTime"] = self._env.now().isoformat()

    async def _measure_pictures(self, page: Any) -> None:
        """Know how large the pictures are before the page asks for them: it leaves their room, and needn't jump."""
        for each in tuple(page.assets.values()):
            if each.available and not each.validated:
                with suppress(SetupError):  # it went meanwhile, or can't be shown, which the page says itself
                    await self._preview._prepare_asset(page.id, each.id)

    async def _take_turn(self, context_id: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self.turn:
            page = self._preview._get_page(context_id)
            # Only our own refreshes come between what the person saw and this action; its target is checked anyway.
            if isinstance(body, dict) and "published_revision" in body:
                body = {**body, "published_revision": page.revision}
            with self._additions.at(page):
                result = await self._act(context_id, body)
            await self._measure_pictures(page)
        if body.get("kind") == "close" and not result["rejected"]:
            self.end()
        return result


def _relative_times(part: Any) -> list[int]:
    """The relative timestamps in a projected message, from top to bottom."""
    match part:
        case {"type": "timestamp", "style": "R", "unix": int(unix)}:
            return [unix]
        case dict():
            parts = list(cast("dict[str, Any]", part).values())
        case list():
            parts = cast("list[Any]", part)
        case _:
            return []
    return [unix for each in parts for unix in _relative_times(each)]
