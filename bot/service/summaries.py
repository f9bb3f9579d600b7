"""The monthly summary: last month's use, posted once where a guild's moderators chose.

It is due at nine in the morning of the first, in the guild's time zone, and made up for at the next start in the week
that follows. Each is claimed in the database before it is posted. A process that dies in between leaves the claim to be
taken over after `LEASE`; if the message did go out, its nonce keeps the repetition from making a second for the few
minutes that Discord remembers it.
"""

from datetime import date, datetime, time, timedelta

import structlog

from bot.domain.errors import StoreUnavailable
from bot.service.ports import Bulletins, Clock, Occasion, Occasions, Preferences, TryLater, Undeliverable
from bot.service.zones import zone_of

_log = structlog.get_logger(__name__)

HOUR = time(9)
"""Of the first of the month, in the guild's time zone."""

CATCH_UP = timedelta(days=7)
"""How late a summary may be. Later than that, and where moderators have just chosen a channel, the next one is."""

LEASE = timedelta(minutes=2)
"""Longer than charts and a post take, and no longer than Discord remembers a nonce."""

ROUND_SECONDS = 15 * 60
"""Time zones differ by quarters of an hour."""

RETRY_SECONDS = 121.0


class Summaries:
    def __init__(self, preferences: Preferences, occasions: Occasions, bulletins: Bulletins, clock: Clock) -> None:
        self._preferences = preferences
        self._occasions = occasions
        self._bulletins = bulletins
        self._clock = clock
        self._settled: dict[int, date] = {}  # by guild, the month in which all is done

    async def run(self) -> None:
        """Post what is due now, and whatever becomes due, until canceled."""
        while True:
            try:
                all_posted = await self.post_due()
            except StoreUnavailable as error:
                _log.warning("summaries can't be looked after", error=repr(error))
                all_posted = False
            to_quarter = ROUND_SECONDS - self._clock.now().timestamp() % ROUND_SECONDS
            await self._clock.sleep(to_quarter if all_posted else min(to_quarter, RETRY_SECONDS))

    async def post_due(self) -> bool:
        """Post every summary that is due; False where some are to be tried again. Raises `StoreUnavailable` of
        `bot.domain.errors`."""
        now = self._clock.now()
        all_posted = True
        for guild_id, policy in (await self._preferences.policies()).items():
            if policy.summary_channel_id is None:
                continue
            zone = zone_of(policy.time_zone)
            first = now.astimezone(zone).date().replace(day=1)
            due = datetime.combine(first, HOUR, zone)
            if due <= now < due + CATCH_UP and self._settled.get(guild_id) != first:
                if await self._post(policy.summary_channel_id, guild_id, (first - timedelta(days=1)).replace(day=1)):
                    self._settled[guild_id] = first
                else:
                    all_posted = False
        return all_posted

    async def _post(self, channel_id: int, guild_id: int, month: date) -> bool:
        """Post a summary, unless that is done; False where it is to be tried again."""
        occasion = f"summary {month:%Y-%m} {guild_id}"
        match await self._occasions.claim(occasion, self._clock.now(), LEASE):
            case Occasion.PAST:
                return True
            case Occasion.OTHERS:
                return False
            case Occasion.OURS:
                pass
        try:
            if await self._bulletins.post_summary(channel_id, guild_id, month):
                _log.info("a summary was posted", guild=guild_id, month=f"{month:%Y-%m}")
        except TryLater as error:
            _log.warning("a summary could not be posted yet", guild=guild_id, error=repr(error.__cause__ or error))
            return False
        except Undeliverable as error:
            why = repr(error.__cause__ or error)
            _log.warning("a summary's channel is out of reach", guild=guild_id, channel=channel_id, error=why)
        await self._occasions.done(occasion)
        return True
