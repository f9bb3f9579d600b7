"""What stands between a request and its admission: the guild's rules, one after the other."""

from dataclasses import dataclass

from bot.domain.moderation import Asker, Oversight, Policy, Review, ReviewStage, Rules, check_time_out
from bot.domain.request import ImageRequest
from bot.domain.style import Style
from bot.service.ports import Clock, Preferences, RequestContext, Reviews
from bot.service.screening import ContentCheck
from bot.service.wording import WordCheck


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that may be admitted, and what holds for it."""

    policy: Policy
    rules: Rules  # of its channel
    oversight: Oversight


class Gate:
    """Every request goes through it, whether it comes of a command, a button or a form."""

    def __init__(
        self, preferences: Preferences, reviews: Reviews, words: WordCheck, content: ContentCheck, clock: Clock
    ) -> None:
        self._preferences = preferences
        self._reviews = reviews
        self._words = words
        self._content = content
        self._clock = clock

    async def context(self, asker: Asker) -> RequestContext:
        """What holds for whoever asks, where they ask."""
        return await self._preferences.context(asker.guild_id, asker.member_id)

    async def check(self, request: ImageRequest, asker: Asker, context: RequestContext) -> Passed:
        """Raise the `RuledOut` of `bot.domain.errors` that keeps the request out, if one does."""
        if asker.guild_id is None:
            screened = await self._content.applies(None, Policy())
            return Passed(Policy(), Rules(), Oversight(screened=screened))
        now = self._clock.now()
        policy = context.policy
        rules = policy.rules_in(asker.channel_id, asker.parent_id)
        check_time_out(asker, now)
        rules.check(request, asker, now)
        await self._words.check(request, asker, context)
        with_keys = None if context.terms.account is None else asker.guild_id  # it has no key where it has no account
        screened = await self._content.applies(with_keys, policy)
        review = (rules.review or Review()).stages_for(asker, request, now)
        if review and await self._reviews.trusts(asker.guild_id, asker.member_id):
            review = frozenset[ReviewStage]()
        return Passed(policy, rules, Oversight(screened=screened, review=review))

    async def check_style(self, style: Style, asker: Asker) -> None:
        """Raise `WordBlocked` for a style that the guild's words don't allow."""
        if asker.guild_id is not None:
            await self._words.check_style(style, asker, await self.context(asker))
