"""Ceilings, and whether a request fits below them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.catalog import MicroDollars
from bot.domain.errors import AdmissionRefused, DailySpendReached, MemberPicturesSpent
from bot.domain.ledger import Committed


@dataclass(frozen=True, slots=True)
class Quota:
    """The ceilings of a day (UTC)."""

    member_pictures: int
    spend: MicroDollars  # of the whole deployment


@dataclass(frozen=True, slots=True)
class QuotaDecision:
    """`refusal` is None where the request may run."""

    refusal: AdmissionRefused | None = None


def day_of(now: datetime) -> tuple[datetime, datetime]:
    """The UTC day that `now` lies in: its first instant, and the next day's."""
    start = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + timedelta(days=1)


def decide(
    quota: Quota, *, pictures: int, price: MicroDollars, member: Committed, deployment: Committed, now: datetime
) -> QuotaDecision:
    """Whether `pictures` for `price` fit, given what the member and the deployment have committed today."""
    resets_at = int(day_of(now)[1].timestamp())
    if member.pictures + pictures > quota.member_pictures:
        return QuotaDecision(MemberPicturesSpent(quota.member_pictures, member.pictures, pictures, resets_at))
    if deployment.amount + price > quota.spend:
        return QuotaDecision(DailySpendReached(quota.spend, deployment.amount, price, resets_at))
    return QuotaDecision()
