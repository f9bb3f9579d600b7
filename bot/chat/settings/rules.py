"""Settings of rules: what a guild sets, a channel may leave to it or set otherwise."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from bot.chat.settings.setting import Change, Choices, Entry, Setting, Shown, always
from bot.chat.words import settings as words

_T = TypeVar("_T")

_OPEN = "-"
"""The value of the entry that leaves a rule to the guild."""


def set_rules(shown: Shown, **changes: object) -> Change:
    """Rules of the guild, or of the channel that is shown."""
    channel_id = shown.channel_id
    return lambda policy: policy.with_rules(channel_id, **changes)


def one_of_few(
    rule: str,
    title: Callable[[], str],
    values: Callable[[Shown], Sequence[_T]],
    said: Callable[[Shown, _T], str],
    default: Callable[[Shown], _T],
    *,
    about: Callable[[Shown], str | None] = lambda _: None,
    offered: Callable[[Shown], bool] = always,
) -> Setting:
    """A rule with one of few values; `default` is what it comes to where nobody has set it."""

    def holding(shown: Shown) -> _T:
        return _or(getattr(shown.holding, rule), default(shown))

    def inherited(shown: Shown) -> _T:
        return _or(getattr(shown.inherited, rule), default(shown))

    def entries(shown: Shown) -> list[Entry]:
        own: Any = getattr(shown.rules, rule)
        chosen = holding(shown) if shown.channel_id is None or own is not None else None
        listed = [*values(shown)]
        if chosen is not None and chosen not in listed:  # another version's
            listed.append(chosen)
        entries = [Entry(said(shown, each), str(each), each == chosen) for each in listed]
        if shown.channel_id is None:
            return entries
        return [Entry(words.as_in_server(said(shown, inherited(shown))), _OPEN, own is None), *entries]

    def save(shown: Shown, chosen: Sequence[str]) -> Change:
        known = {str(each): each for each in values(shown)} | {str(holding(shown)): holding(shown)}
        return set_rules(shown, **{rule: known.get(chosen[0])})

    return Setting(
        key=rule,
        title=title,
        holds=lambda shown: said(shown, holding(shown)),
        control=Choices(entries, save),
        rule=rule,
        about=about,
        offered=offered,
    )


def some_of_many(
    rule: str,
    title: Callable[[], str],
    values: Callable[[Shown], Sequence[str]],
    said: Callable[[Shown, str], str],
    *,
    offered: Callable[[Shown], bool] = always,
) -> Setting:
    """A rule that names what is allowed; all of them where it names none."""

    def names(shown: Shown, held: Sequence[str] | None) -> str:
        return " · ".join(said(shown, each) for each in held) if held else words.all_of_them()

    def entries(shown: Shown) -> list[Entry]:
        own: Sequence[str] = getattr(shown.rules, rule) or ()
        return [Entry(said(shown, each), each, each in own) for each in values(shown)]

    def save(shown: Shown, chosen: Sequence[str]) -> Change:
        offered = values(shown)
        allowed: tuple[str, ...] | None = tuple(each for each in offered if each in chosen)
        if len(allowed or ()) == len(offered):
            allowed = ()  # whatever there will be
        elif not allowed:
            allowed = None
        return set_rules(shown, **{rule: allowed})

    def open_said(shown: Shown) -> str:
        if shown.channel_id is None:
            return words.all_of_them()
        return words.as_in_server(names(shown, getattr(shown.inherited, rule)))

    return Setting(
        key=rule,
        title=title,
        holds=lambda shown: names(shown, getattr(shown.holding, rule)),
        control=Choices(entries, save, least=0, most=None, placeholder=open_said),
        rule=rule,
        offered=offered,
    )


def choice(name: str, title: Callable[[], str], values: Sequence[_T], said: Callable[[_T], str]) -> Setting:
    """One of few values, of the guild alone: the field of `Policy` of that name."""

    def held(shown: Shown) -> _T:
        value: _T = getattr(shown.policy, name)
        return value

    def entries(shown: Shown) -> list[Entry]:
        own = held(shown)
        listed = [*values] if own in values else [*values, own]
        return [Entry(said(each), str(each), each == own) for each in listed]

    def save(shown: Shown, chosen: Sequence[str]) -> Change:
        value = next((each for each in values if str(each) == chosen[0]), held(shown))
        return lambda policy: replace(policy, **{name: value})  # type: ignore[arg-type] # the name's own

    return Setting(key=name, title=title, holds=lambda shown: said(held(shown)), control=Choices(entries, save))


def _or(value: _T | None, default: _T) -> _T:
    return default if value is None else value
