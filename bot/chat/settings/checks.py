"""Whether and how strictly requests are judged before they are sent."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.chat.settings.setting import Change, Choices, Entry, Section, Setting, Shown
from bot.chat.words import checks as words
from bot.chat.words import settings as settings_words
from bot.domain.screening import DEFAULTS, FIXED, Screening, Strictness

_CATEGORIES = tuple(each for each in DEFAULTS if each not in FIXED)
"""What a guild may choose for."""


def _change(change: Callable[[Screening], Screening]) -> Change:
    return lambda policy: replace(policy, screening=change(policy.screening))


def _yes_or_no(
    key: str,
    title: Callable[[], str],
    *,
    held: Callable[[Screening], bool],
    said: Callable[[bool], str],
    change: Callable[[Screening, bool], Screening],
    about: Callable[[Shown], str | None] = lambda _: None,
    offered: Callable[[Shown], bool] = lambda _: True,
) -> Setting:
    def entries(shown: Shown) -> list[Entry]:
        now = held(shown.policy.screening)
        return [Entry(said(each), str(each), each == now) for each in (True, False)]

    def save(_: Shown, chosen: Sequence[str]) -> Change:
        return _change(lambda screening: change(screening, chosen[0] == str(True)))

    return Setting(
        key=key,
        title=title,
        holds=lambda shown: said(held(shown.policy.screening)),
        control=Choices(entries, save),
        about=about,
        offered=offered,
    )


def _judged(strictness: Strictness) -> Setting:
    """The categories that are judged so. One that is taken from here is judged normally."""

    def chosen_now(shown: Shown) -> list[str]:
        return [each for each in _CATEGORIES if shown.policy.screening.strictness(each) is strictness]

    def entries(shown: Shown) -> list[Entry]:
        now = chosen_now(shown)
        return [Entry(words.category_words(each), each, each in now) for each in _CATEGORIES]

    def save(shown: Shown, chosen: Sequence[str]) -> Change:
        def change(screening: Screening) -> Screening:
            for each in _CATEGORIES:
                if each in chosen:
                    screening = screening.with_strictness(each, strictness)
                elif screening.strictness(each) is strictness:
                    screening = screening.with_strictness(each, Strictness.NORMAL)
            return screening

        return _change(change)

    def holds(shown: Shown) -> str:
        return ", ".join(words.category_words(each) for each in chosen_now(shown)) or words.nothing()

    return Setting(
        key=f"screening_{strictness.value}",
        title=lambda: words.judged_title(strictness),
        holds=holds,
        control=Choices(entries, save, least=0, most=None, placeholder=lambda _: words.nothing()),
        about=lambda _: words.judged_about(strictness),
        offered=lambda shown: shown.policy.screening.on,
    )


CHECKS = Section(
    "checks",
    words.section,
    (
        _yes_or_no(
            "screening",
            words.on_title,
            held=lambda screening: screening.on,
            said=lambda yes: settings_words.yes_no(yes=yes),
            change=lambda screening, yes: replace(screening, on=yes),
            about=lambda _: words.explained(),
        ),
        _judged(Strictness.STRICT),
        _judged(Strictness.LAX),
        _judged(Strictness.OFF),
        _yes_or_no(
            "screening_closed",
            words.failed_title,
            held=lambda screening: screening.closed,
            said=lambda closed: words.when_failed(closed=closed),
            change=lambda screening, closed: replace(screening, closed=closed),
            offered=lambda shown: shown.policy.screening.on,
        ),
    ),
)
