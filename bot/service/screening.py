"""Prompts and input pictures, judged before anything is spent."""

import structlog

from bot.domain.errors import CheckUnavailable, ContentFlagged
from bot.domain.job import Job
from bot.domain.moderation import Policy
from bot.service.ports import Blobs, CheckFailed, Classifier, Preferences

_log = structlog.get_logger(__name__)


class ContentCheck:
    """Methods may raise `StoreUnavailable` of `bot.domain.errors`."""

    def __init__(self, classifier: Classifier, preferences: Preferences, blobs: Blobs) -> None:
        self._classifier = classifier
        self._preferences = preferences
        self._blobs = blobs

    async def applies(self, guild_id: int | None, policy: Policy) -> bool:
        """Whether requests in the guild are judged, or outside of guilds; or in guilds without keys of their own, for
        None too."""
        return policy.screening.on and await self._classifier.has_key(guild_id)

    async def check(self, job: Job) -> None:
        """Raise `ContentFlagged` for what the guild doesn't let pass, and `CheckUnavailable` where it can't be judged
        and the guild lets nothing pass then. The job's inputs are kept by now."""
        if not job.oversight.screened:
            return
        policy = Policy() if job.guild_id is None else await self._preferences.policy(job.guild_id)
        kept = [(image, await self._blobs.get(image.key)) for image in job.inputs]
        pictures = [(image, data) for image, data in kept if data is not None]
        try:
            scores = await self._classifier.classify(job.account, job.request.text, pictures)
        except CheckFailed as error:
            _log.warning("a request could not be judged", refused=policy.screening.closed, error=str(error))
            if policy.screening.closed:
                raise CheckUnavailable from None
            return
        flagged = policy.screening.flagged(scores)
        if flagged:
            _log.info("a request was refused by the moderation endpoint", categories=flagged)
            raise ContentFlagged(flagged)
