"""Discord's gateway, v10, in JSON: sessions, their events, and the compression that a client asks for."""

import asyncio
import json
import secrets
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import zstandard
from aiohttp import WSMsgType, web

from tests.wire.rules import JSON
from tests.wire.timing import PATIENCE
from tests.wire.world import Guild, World

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 7, 9, 10, 11
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED, ALREADY_AUTHENTICATED = range(4001, 4006)
INVALID_SHARD, DISALLOWED_INTENTS = 4010, 4014

IDENTIFY_PERIOD = timedelta(seconds=5)

GUILDS_INTENT = 1 << 0
PRIVILEGED_INTENTS = 1 << 1 | 1 << 8 | 1 << 15  # members, presences, message content


class NotConnected(Exception):
    """No session serves this shard: a member would see that the application did not respond."""


def _compressor(asked: str | None) -> Callable[[bytes], bytes] | None:
    """What turns a payload into a message of one stream that spans the connection."""
    match asked:
        case "zlib-stream":
            deflate = zlib.compressobj()
            return lambda data: deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)
        case "zstd-stream":
            stream = zstandard.ZstdCompressor().compressobj()
            return lambda data: stream.compress(data) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        case _:
            return None


class Connection:
    """One websocket."""

    def __init__(self, socket: web.WebSocketResponse, compress: str | None) -> None:
        self.socket = socket
        self.closed_with: int | None = None  # our own code, where it was us
        self._compress = _compressor(compress)
        self._turn = asyncio.Lock()

    async def send(self, op: int, data: Any = None, *, event: str | None = None, sequence: int | None = None) -> None:
        """Raises a `ConnectionError` where the client is gone."""
        text = json.dumps({"op": op, "d": data, "s": sequence, "t": event})
        async with self._turn:  # what was compressed first must leave first
            if self._compress is None:
                await self.socket.send_str(text)
            else:
                await self.socket.send_bytes(self._compress(text.encode()))

    async def close(self, code: int) -> None:
        self.closed_with = code
        await self.socket.close(code=code)

    @property
    def close_code(self) -> int | None:
        return self.closed_with or self.socket.close_code


@dataclass(eq=False, slots=True)
class Session:
    """What an IDENTIFY began. It outlives its connection, to be resumed."""

    id: str
    shard: int
    shards: int
    intents: int
    connection: Connection | None
    events: list[tuple[str, JSON]] = field(default_factory=list[tuple[str, JSON]], repr=False)

    @property
    def sequence(self) -> int:
        return len(self.events)

    async def dispatch(self, event: str, data: JSON) -> None:
        """Send an event, or keep it for a RESUME."""
        self.events.append((event, data))
        if self.connection is not None:
            await self._send(self.connection, self.sequence)

    async def resume(self, connection: Connection, after: int) -> None:
        """Send what the client has missed, and from then on what is new."""
        self.connection = None  # what happens meanwhile joins the queue
        while after < self.sequence:
            after += 1
            await self._send(connection, after)
        self.connection = connection

    async def _send(self, connection: Connection, sequence: int) -> None:
        event, data = self.events[sequence - 1]
        with suppress(ConnectionError):  # the client is gone, and may come back for it
            await connection.send(DISPATCH, data, event=event, sequence=sequence)


class Gateway:
    """`identifies` and `resumes` count those that were not refused; what the bot may ask for is `allowed_intents`.

    `GET /gateway/bot` tells how many of `session_starts` a day are left; whoever goes on beyond isn't stopped here.
    With `enforces_concurrency`, of the shards with the same remainder by `max_concurrency` one may IDENTIFY in five
    seconds of the world's clock; who comes sooner gets INVALID_SESSION, as do the next `sessions_to_invalidate`, for
    which Discord has no room. Where it no longer `acknowledges` heartbeats, the connection looks dead to its client.
    """

    def __init__(self, world: World, token: str, *, shards: int = 1, heartbeat_interval_ms: int = 41_250) -> None:
        self.world = world
        self.url = ""  # known once the server listens
        self.shards = shards
        self.session_starts = 1000
        self.max_concurrency = 1
        self.enforces_concurrency = False
        self.hasty_identifies = 0
        self._identified_at: dict[int, datetime] = {}  # by remainder
        self.sessions_to_invalidate = 0
        self.identifies = 0
        self.resumes = 0
        self.heartbeats = 0
        self.acknowledges = True
        self.sessions: dict[str, Session] = {}
        self.allowed_intents = ~PRIVILEGED_INTENTS
        self._token = token
        self.heartbeat_interval_ms = heartbeat_interval_ms
        self._connections: set[Connection] = set()

    # -------------------------------------------------------------------------------------------- for the tests

    async def ready(self, patience: float = PATIENCE) -> Session:
        """Wait until a session is connected, and answer it."""
        return await self.world.changes.until(
            lambda: next((each for each in self.sessions.values() if each.connection), None), patience
        )

    async def reconnect(self) -> None:
        """Ask every client to connect anew and resume, as Discord does now and then."""
        await self._to_all(RECONNECT)

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Tell every client that its session is no longer good; one that isn't `resumable` is forgotten."""
        if not resumable:
            self.sessions.clear()
        await self._to_all(INVALID_SESSION, resumable)

    async def lose(self, shard: int) -> None:
        """Forget the sessions of one shard, and cut off who held them."""
        for session in [each for each in self.sessions.values() if each.shard == shard]:
            del self.sessions[session.id]
            if session.connection is not None:
                await session.connection.close(4000)

    async def request_heartbeat(self) -> None:
        """Ask every client for a heartbeat out of turn."""
        await self._to_all(HEARTBEAT)

    async def _to_all(self, op: int, data: Any = None) -> None:
        await asyncio.gather(*(each.send(op, data) for each in tuple(self._connections)))

    async def disconnect(self, code: int = 4000) -> None:
        """Close every connection. Sessions can be resumed, unless the code is 1000 or 1001."""
        await asyncio.gather(*(each.close(code) for each in tuple(self._connections)))

    # ------------------------------------------------------------------------------------------- for the server

    def bot_payload(self) -> JSON:
        """The answer of `GET /gateway/bot`."""
        limit = {
            "total": self.session_starts,
            "remaining": max(self.session_starts - self.identifies, 0),
            "reset_after": 86_400_000,
            "max_concurrency": self.max_concurrency,
        }
        return {"url": self.url, "shards": self.shards, "session_start_limit": limit}

    async def dispatch(self, event: str, data: JSON, guild: Guild | None) -> None:
        """Send an event to the sessions of a guild's shard; direct messages are the first one's.

        Raises `NotConnected` where there is none.
        """
        served = [each for each in self.sessions.values() if self._serves(each, guild)]
        if not served:
            raise NotConnected(event)
        for session in served:
            await session.dispatch(event, data)

    async def tell(self, event: str, data: JSON, guild: Guild) -> None:
        """Send what happened in a guild to those sessions of its shard that want to know, if there are any."""
        for session in tuple(self.sessions.values()):
            if self._serves(session, guild) and session.intents & GUILDS_INTENT:
                await session.dispatch(event, data)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, timeout=1.0)
        await socket.prepare(request)
        connection = Connection(socket, request.query.get("compress"))
        self._connections.add(connection)
        session: Session | None = None
        try:
            await connection.send(HELLO, {"heartbeat_interval": self.heartbeat_interval_ms})
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    await connection.close(DECODE_ERROR)
                    break
                session = await self._receive(connection, session, json.loads(message.data))
        except ConnectionError:
            pass  # the client is gone
        except Exception as error:  # noqa: BLE001 - kept, and raised when the server closes
            self.world.failures.append(error)
        finally:
            self._connections.discard(connection)
            self._detach(session, connection)
        return socket

    # -------------------------------------------------------------------------------------------------- opcodes

    async def _receive(self, connection: Connection, session: Session | None, message: JSON) -> Session | None:
        """Answer what a client sent; the session that the connection then belongs to."""
        op: int = message["op"]
        data: Any = message.get("d")
        match op:
            case 1:
                self.heartbeats += 1
                self.world.changes.announce()
                if self.acknowledges:
                    await connection.send(HEARTBEAT_ACK)
            case 2 | 6 if session is not None:
                await connection.close(ALREADY_AUTHENTICATED)
            case 2:
                session = await self._identify(connection, data)
            case 6:
                session = await self._resume(connection, data)
            case 3 | 4 | 8 if session is not None:
                pass  # presence, voice state and member requests have no effect here
            case _:
                await connection.close(UNKNOWN_OPCODE if session else NOT_AUTHENTICATED)
        return session

    async def _identify(self, connection: Connection, data: JSON) -> Session | None:
        shard, shards = data.get("shard") or (0, 1)
        intents: int = data["intents"]
        if data["token"] != self._token:
            await connection.close(AUTHENTICATION_FAILED)
        elif not 0 <= shard < shards:
            await connection.close(INVALID_SHARD)
        elif intents & ~self.allowed_intents:
            await connection.close(DISALLOWED_INTENTS)
        elif self.sessions_to_invalidate or self._hasty(shard):
            self.sessions_to_invalidate = max(self.sessions_to_invalidate - 1, 0)
            self.identifies += 1
            await connection.send(INVALID_SESSION, data=False)
            self.world.changes.announce()
        else:
            return await self._begin(connection, shard, shards, intents)
        return None

    def _hasty(self, shard: int) -> bool:
        """Whether it identifies too soon after another one with the same remainder."""
        key, now = shard % self.max_concurrency, self.world.clock.now()
        last = self._identified_at.get(key)
        self._identified_at[key] = now
        hasty = self.enforces_concurrency and last is not None and now - last < IDENTIFY_PERIOD
        self.hasty_identifies += hasty
        return hasty

    async def _begin(self, connection: Connection, shard: int, shards: int, intents: int) -> Session:
        for old in tuple(self.sessions.values()):
            if old.connection is None and (old.shard, old.shards) == (shard, shards):
                del self.sessions[old.id]
        session = Session(secrets.token_hex(16), shard, shards, intents, connection)
        self.identifies += 1
        guilds = [each for each in self.world.guilds.values() if each.installed and _shard(each, shards) == shard]
        ready: JSON = {
            "v": 10,
            "user": self.world.bot.payload(),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": [shard, shards],
            "application": {"id": str(self.world.application_id), "flags": 0},
            "private_channels": [],
        }
        await session.dispatch("READY", ready)
        if intents & GUILDS_INTENT:
            for guild in guilds:
                await session.dispatch("GUILD_CREATE", guild.payload())
        self.sessions[session.id] = session
        self.world.changes.announce()
        return session

    async def _resume(self, connection: Connection, data: JSON) -> Session | None:
        session = self.sessions.get(data["session_id"])
        if data["token"] != self._token:
            await connection.close(AUTHENTICATION_FAILED)
            return None
        if session is None or not 0 <= data["seq"] <= session.sequence:
            await connection.send(INVALID_SESSION, data=False)
            return None
        self.resumes += 1
        await session.resume(connection, after=data["seq"])
        await session.dispatch("RESUMED", {})
        self.world.changes.announce()
        return session

    # ------------------------------------------------------------------------------------------------- sessions

    def _serves(self, session: Session, guild: Guild | None) -> bool:
        return session.shard == (_shard(guild, session.shards) if guild else 0)

    def _detach(self, session: Session | None, connection: Connection) -> None:
        """Part a session from its lost connection; a client that closed normally has ended it."""
        if session is None or session.connection is not connection:
            return
        session.connection = None
        if connection.close_code in {1000, 1001}:
            self.sessions.pop(session.id, None)
        self.world.changes.announce()


def _shard(guild: Guild, shards: int) -> int:
    return (guild.id >> 22) % shards
