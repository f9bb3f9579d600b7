"""What SimCord's page lacks: other places to go to, and the apps' commands in a message's menu.

The page knows one channel and no context menu. Both are added from outside, with a script and a style sheet of ours
beside its own: going to a place is to the page a change of who looks, and a menu's command is a control of its message.
"""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from simcord import SetupError
from simcord.actors import (
    _dispatch_actor_interaction,
    _resolve_visible_command,
)
from simcord.backend import serializers
from simcord.enums import AppCommandType, InteractionType
from simcord.env import Env
from simcord.preview import Preview

from bot.demo.places import Place, Seat

# The reason is in bot/demo/page.py.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

_STATIC = Path(__file__).parent / "static"

_HOOK = """
import { drawRoom, holdHeights } from "./room.js";
const drawSnapshot = renderSnapshot;
renderSnapshot = (snapshot, ...rest) => {
  const letGo = holdHeights();
  drawSnapshot(snapshot, ...rest);
  void Promise.allSettled(state.renderPendingMedia).then(letGo);
  drawRoom(snapshot, dispatch);
};
"""
"""Comes after the page's own script, whose functions are hidden from any other."""

_MENU_COMMAND = re.compile(r"^message:\d+:component:app:(.+)$")

_Plan = Callable[[Any, int], Any]


class PageAdditions:
    """Adds to a preview that was not entered yet. `places` are those to go to; the first is where a page opens."""

    def __init__(self, env: Env, preview: Preview, places: Sequence[Place]) -> None:
        self._env = env
        self._preview = preview
        self._places = {each.name: each for each in places}
        self._first = places[0]
        self._prepare, self._open = preview._prepare_action, preview._open_page
        preview._prepare_action = self._prepare_action
        preview._open_page = self._open_page
        server = preview._server
        self._serve = server._static
        server._STATIC_FILES = {**server._STATIC_FILES, "/room.js": "room.js"}  # pyright: ignore[reportAttributeAccessIssue] # for this server alone
        server._static = self._static

    @contextmanager
    def at(self, page: Any) -> Generator[None]:
        """Let the preview mean the page's place: it knows of one channel, and who looks at it."""
        with self._in(self._place_of(page), page.viewer.id):
            yield

    def describe(self, page: Any) -> dict[str, Any]:
        """What our script draws: where the page is and could be, and the commands of a message's menu."""
        viewer, here = page.viewer.id, self._place_of(page)
        commands = self._env.backend.visible_commands(
            user_id=viewer, channel_id=page.channel_id, type=AppCommandType.MESSAGE
        )
        return {
            "place": here.name,
            "places": [name for name, each in self._places.items() if each.open_to(viewer, self._env)],
            "commands": [str(each["name"]) for each in commands],
        }

    @contextmanager
    def _in(self, place: Place, viewer_id: int) -> Generator[None]:
        preview = self._preview
        before = preview.channel, preview.viewers
        preview.channel = place.seats[viewer_id].channel
        preview.viewers = tuple(seat.actor for seat in place.seats.values())
        try:
            yield
        finally:
            preview.channel, preview.viewers = before

    def _place_of(self, page: Any) -> Place:
        return next(each for each in self._places.values() if each.holds(page.channel_id))

    def _open_page(self, viewer_id: Any = None, target_id: Any = None) -> Any:
        with self._in(self._first, next(iter(self._first.seats))):
            return self._open(viewer_id, target_id)

    def _prepare_action(self, page: Any, kind: str, body: Mapping[str, Any]) -> Any:
        if kind == "viewer":
            return self._prepare_move(page, body)
        command = _MENU_COMMAND.match(str(body.get("control_key"))) if kind == "click" else None
        return self._prepare_command(page, body, command[1]) if command else self._prepare(page, kind, body)

    def _prepare_move(self, page: Any, body: Mapping[str, Any]) -> _Plan:
        """Look as somebody else, go elsewhere, or both; where a person may not go, they are at the start."""
        viewer_id = int(body.get("viewer_id") or 0)
        place = self._places.get(str(body.get("place")), self._place_of(page))
        if not place.open_to(viewer_id, self._env):
            place = self._first
        seat = place.seats.get(viewer_id)
        if seat is None:
            raise SetupError("unknown preview viewer")
        with self._in(place, viewer_id):
            look: _Plan = self._prepare(page, "viewer", body)

        async def move(action: Any, cursor: int) -> Any:
            page.channel_id = seat.channel.id
            return await look(action, cursor)

        return move

    def _prepare_command(self, page: Any, body: Mapping[str, Any], name: str) -> _Plan:
        """Use a command on a message; SimCord's own way to is for members of a guild alone."""
        preview, backend = self._preview, self._env.backend
        seat = Seat(page.viewer, preview.channel)
        message = preview._target_message(page, preview._target_id(body.get("target_id"), page.viewer))
        root = _resolve_visible_command(seat.actor, seat.channel.id, name, AppCommandType.MESSAGE)
        data = {
            "id": root["id"],
            "name": root["name"],
            "type": AppCommandType.MESSAGE,
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): dict(serializers.message_payload(backend, message))}},
        }

        async def use(action: Any, cursor: int) -> Any:
            used = _dispatch_actor_interaction(seat.actor, InteractionType.APPLICATION_COMMAND, seat.channel, data)
            return await preview._run_interaction_action(page, action, cursor, used, republish_all=True)

        return use

    async def _static(self, request: web.Request) -> web.Response:
        if request.path == "/room.js":
            script = (_STATIC / "room.js").read_text(encoding="utf-8")
            headers = self._preview._server._SECURITY_HEADERS
            return web.Response(text=script, content_type="application/javascript", headers=headers)
        answer: web.Response = await self._serve(request)
        match request.path:
            case "/app.js":
                answer.text = (answer.text or "") + _HOOK
            case "/preview.css":
                answer.text = (answer.text or "") + (_STATIC / "room.css").read_text(encoding="utf-8")
            case _:
                pass
        return answer
