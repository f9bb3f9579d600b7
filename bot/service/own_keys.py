"""A guild's own tokens and keys: checked with whom they are for, kept only if they hold, and let go."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from pydantic import SecretStr

from bot.domain.account import Vendor
from bot.service.ports import Clock, KeyCheck, KeyFinding, Keys, KeySet, KeysHeld, Retirement

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of keys that were brought. They are kept only if all of the `findings` say that they hold."""

    findings: Mapping[Vendor, KeyFinding]
    replaced: Retirement | None = None  # the account that they took the place of

    @property
    def kept(self) -> bool:
        return all(finding is KeyFinding.HOLDS for finding in self.findings.values())


class OwnKeys:
    """Methods may raise `StoreUnavailable` of `bot.domain.errors`. Who may call them is the caller's to know."""

    def __init__(self, keys: Keys, replicate_check: KeyCheck, openai_check: KeyCheck, clock: Clock) -> None:
        self._keys = keys
        self._replicate_check = replicate_check
        self._openai_check = openai_check
        self._clock = clock

    async def held(self, guild_id: int) -> KeysHeld | None:
        return await self._keys.held(guild_id)

    async def bring(self, guild_id: int, keys: KeySet, by: int) -> Brought:
        """Check the keys, of which there is at least one, and let the guild's jobs run on them if they all hold; else
        all stays as it was."""
        checks = [self._check(vendor, key) for vendor, key in keys.by_vendor.items()]
        brought = Brought(dict(await asyncio.gather(*checks)))
        if not brought.findings:
            raise ValueError("there is no key to bring")
        said = {vendor.value: finding.value for vendor, finding in brought.findings.items()}
        if not brought.kept:
            _log.info("a server's keys were not kept", guild=guild_id, by=by, **said)
            return brought
        replaced = await self._keys.bring(guild_id, keys, by, self._clock.now())
        _log.info("a server's keys were kept", guild=guild_id, by=by, replaced=replaced is not None, **said)
        return Brought(brought.findings, replaced)

    async def remove(self, guild_id: int, by: int) -> Retirement | None:
        """Let the guild's new jobs run on the operator's account; None where they did already."""
        retired = await self._keys.retire(guild_id, by, self._clock.now())
        if retired is not None:
            _log.info("a server's keys were removed", guild=guild_id, by=by, live_jobs=retired.live_jobs)
        return retired

    async def _check(self, vendor: Vendor, key: SecretStr) -> tuple[Vendor, KeyFinding]:
        match vendor:
            case Vendor.REPLICATE:
                return vendor, await self._replicate_check.check(key)
            case Vendor.OPENAI:
                return vendor, await self._openai_check.check(key)
