"""The tokens and keys that guilds have brought, as ports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import SecretStr

from bot.domain.account import Billing, Vendor


@dataclass(frozen=True, slots=True)
class KeySet:
    """What a guild brings: a token for Replicate, a key of OpenAI's, or both. Without a token its runs are the
    operator's at Replicate, and OpenAI bills them to the key."""

    replicate_api_token: SecretStr | None = None
    openai_api_key: SecretStr | None = None

    @property
    def billing(self) -> Billing:
        return Billing.PICTURE if self.openai_api_key is None else Billing.TOKEN

    @property
    def by_vendor(self) -> dict[Vendor, SecretStr]:
        """Those that there are."""
        both = {Vendor.REPLICATE: self.replicate_api_token, Vendor.OPENAI: self.openai_api_key}
        return {vendor: key for vendor, key in both.items() if key is not None}


@dataclass(frozen=True, slots=True)
class KeysHeld:
    """What may be told of a guild's keys."""

    account: str
    vendors: frozenset[Vendor]
    added_by: int | None  # a Discord id; None where the person was erased
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Retirement:
    """An account that takes no new jobs. Its keys are deleted: at once, or when the last of `live_jobs` has ended."""

    account: str
    live_jobs: int


class Keys(Protocol):
    """Guilds' keys. Each set is an account of its own, which never changes: what runs on an old one is still looked up
    there. Every method is one transaction. What changes a guild's enters its trail, never with any part of a key: `by`
    whom (None: Easel itself) and when.

    Any method may raise `StoreUnavailable` of `bot.domain.errors`; after all but its `CommitInDoubt` nothing was done.
    """

    async def bring(self, guild_id: int, keys: KeySet, by: int, now: datetime) -> Retirement | None:
        """Let the guild's jobs run on these from now on; answers what became of those that they replace."""
        ...

    async def retire(self, guild_id: int, by: int | None, now: datetime) -> Retirement | None:
        """Let the guild's jobs run on the operator's account from now on; None where they did already."""
        ...

    async def held(self, guild_id: int) -> KeysHeld | None:
        """What there is for the guild's new jobs."""
        ...

    async def of_account(self, account: str) -> KeySet | None:
        """None where there are none, or none any more, or where they can't be decrypted."""
        ...

    async def accounts(self) -> Sequence[str]:
        """The names of all accounts whose keys are kept, the retired ones among them."""
        ...

    async def forget_retired(self) -> int:
        """Delete the keys of retired accounts whose last job has ended; answers of how many accounts."""
        ...


class KeyFinding(StrEnum):
    """What a vendor says of a key."""

    HOLDS = "holds"
    REFUSED = "refused"
    NO_ACCESS = "no_access"  # it is known, but may not use the model
    UNKNOWN = "unknown"  # the vendor could not be asked, or gave no answer that tells


class KeyCheck(Protocol):
    """Asks a vendor about a key, which goes to the configured origin of its API and nowhere else."""

    async def check(self, key: SecretStr) -> KeyFinding:
        """It takes a minute at most, and raises nothing, whatever the vendor answers."""
        ...
