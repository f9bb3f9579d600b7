"""Whether a guild lets something be said: its own words first, then its AutoMod's."""

from collections.abc import Callable, Sequence

from bot.domain.errors import NoWordList, PictureRefused, WordBlocked
from bot.domain.moderation import Asker, Policy
from bot.domain.request import Attachment, ImageRequest
from bot.domain.style import Style
from bot.domain.wording import AutoModRule, Found, Source, WordRules
from bot.service.ports import Attachments, AutoModRules, Clock, RequestContext, Wording, WordLists

LARGEST_FILE = 1_000_000
"""Bytes of a list; the longest possible has a third of that."""


class WordCheck:
    """Methods may raise `StoreUnavailable` of `bot.domain.errors`. Who may change a list is the caller's to know."""

    def __init__(
        self, lists: WordLists, automod: AutoModRules, wording: Wording, attachments: Attachments, clock: Clock
    ) -> None:
        self._lists = lists
        self._automod = automod
        self._wording = wording
        self._attachments = attachments
        self._clock = clock

    async def check(self, request: ImageRequest, asker: Asker, context: RequestContext) -> None:
        """Raise `WordBlocked` where the prompt, or the style that joins it, says what the guild doesn't allow."""
        if await self.find(request.prompt, asker, context) is not None:
            raise WordBlocked
        # The style may have been saved before its words were blocked; and what neither says both may.
        if request.style is not None and request.style.suffix and await self.find(request.text, asker, context):
            raise WordBlocked(in_style=True)

    async def check_style(self, style: Style, asker: Asker, context: RequestContext) -> None:
        """Raise `WordBlocked` where its name or its suffix says what the guild doesn't allow."""
        for text in (style.name, style.suffix):
            if text and await self.find(text, asker, context) is not None:
                raise WordBlocked(in_style=True)

    async def find(self, text: str, asker: Asker, context: RequestContext) -> Found | None:
        """What in the text isn't allowed to this member in this place; nothing outside of guilds."""
        if asker.guild_id is None:
            return None
        own = await self._wording.find(text, context.words)
        if own is not None:
            return Found(Source.WORDS, own)
        for rule in await self.automod_rules(asker.guild_id, context.policy) or ():
            if _exempt(rule, asker):
                continue
            entry = await self._wording.find(text, rule.words)
            if entry is not None:
                return Found(Source.AUTOMOD, entry, rule.name)
        return None

    async def words(self, guild_id: int) -> WordRules:
        return await self._lists.words(guild_id)

    async def automod_rules(self, guild_id: int, policy: Policy) -> Sequence[AutoModRule] | None:
        """None where they don't hold for prompts, or can't be read."""
        return await self._automod.rules(guild_id) if policy.automod else None

    def automod_changed(self, guild_id: int) -> None:
        """Read the rules anew when they are needed next."""
        self._automod.forget(guild_id)

    async def skipped(self, rules: Sequence[AutoModRule]) -> int:
        """How many patterns of AutoMod's rules can't be used here."""
        return sum([await self._wording.skipped(each.words) for each in rules])

    async def change(
        self, guild_id: int, change: Callable[[WordRules], WordRules], by: int
    ) -> tuple[WordRules, WordRules]:
        """What held before, and what holds now. Raises what the change does, and `TooManyWords`."""

        def within_bounds(held: WordRules) -> WordRules:
            changed = change(held)
            changed.check_size()
            return changed

        return await self._lists.change_words(guild_id, within_bounds, by, self._clock.now())

    async def read(self, text: str) -> WordRules:
        """The list that moderators wrote. Raises `BadWord` and `TooManyWords`."""
        rules = WordRules.of_lines(text)
        await self._wording.check(rules)
        return rules

    async def read_file(self, file: Attachment) -> WordRules:
        """The list in a text file. Raises `NoWordList`, `BadWord`, and `TooManyWords`."""
        if file.size > LARGEST_FILE:
            raise NoWordList(LARGEST_FILE)
        try:
            data = await self._attachments.read(file)
            text = data[: LARGEST_FILE + 1].decode("utf-8-sig")
        except (PictureRefused, UnicodeDecodeError):
            raise NoWordList(LARGEST_FILE) from None
        if len(data) > LARGEST_FILE or "\0" in text:
            raise NoWordList(LARGEST_FILE)
        return await self.read(text)


def _exempt(rule: AutoModRule, asker: Asker) -> bool:
    places = {asker.channel_id, asker.parent_id}
    return bool(rule.exempt_role_ids & asker.role_ids or rule.exempt_channel_ids & places)
