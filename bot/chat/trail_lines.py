"""An entry of the trail as its readers see it: who did what, and below it when, what it changed, and why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import accumulate, chain
from typing import Any, TypeAlias, cast

from bot.chat.layout import plain_line
from bot.chat.words import ladder, limits_panel
from bot.chat.words import trail as words
from bot.chat.words.checks import category_words, judged_title
from bot.domain.quota import Allowance, UsageLimits
from bot.domain.sanction import Rung, SanctionKind
from bot.domain.screening import DEFAULTS, Strictness
from bot.domain.trail import Action, TrailEntry

_Values: TypeAlias = Mapping[str, Any]
_Path: TypeAlias = tuple[str, ...]

_LONGEST_REASON, _LONGEST_VALUE, _LONGEST_CHANGES = 160, 60, 240
"""Characters. A page of ten entries stays below the 4,000 of a message."""

_UNTOLD = {"account", "about"}
"""What a sentence has no room for; the export has it."""


def entry_lines(entry: TrailEntry) -> str:
    """Two lines of markdown."""
    facts = [f"<t:{int(entry.at.timestamp())}:f>", *_shortened(list(_changes(entry)))]
    if entry.reason:
        facts.append(words.reason(plain_line(entry.reason, _LONGEST_REASON)))
    if entry.job_id:
        facts.append(words.job(entry.job_id))
    return f"{_sentence(entry)}\n-# {' · '.join(facts)}"


def fitting(lines: Sequence[str], limit: int) -> int:
    """How many of the lines fit into so many characters."""
    return sum(1 for end in accumulate(len(line) + 1 for line in lines) if end <= limit)


def _sentence(entry: TrailEntry) -> str:
    by, before, after = _actor(entry.actor_id), entry.before, entry.after
    match entry.action:
        case Action.KEY if not before:
            return words.key_added(by)
        case Action.KEY:
            return words.key_replaced(by) if after else words.key_removed(by)
        case Action.STYLE:
            return _about_style(by, before, after)
        case Action.EXPORT:
            month = (after or {}).get("month")
            return words.usage_exported(by, str(month)) if month else words.log_exported(by)
        case action:
            return words.decision(action, by, _whom(entry))


def _about_style(by: str, before: _Values | None, after: _Values | None) -> str:
    old, new = (plain_line(str((each or {}).get("name", "")), _LONGEST_VALUE) for each in (before, after))
    if not before:
        return words.style_saved(by, new)
    if not after:
        return words.style_removed(by, old)
    return words.style_changed(by, new) if old == new else words.style_renamed(by, old, new)


def _actor(actor_id: int | None) -> str:
    if actor_id is None:
        return words.easel()
    return f"<@{actor_id}>" if actor_id else words.erased()


def _whom(entry: TrailEntry) -> str:
    if entry.subject_id is not None:
        return f"<@{entry.subject_id}>" if entry.subject_id else words.erased()
    role_id = (entry.after or entry.before or {}).get("role_id")
    if role_id is None:
        return words.somebody()
    return "@everyone" if role_id == entry.guild_id else f"<@&{role_id}>"


def _changes(entry: TrailEntry) -> Iterator[str]:
    """Each value that is another than before, in words."""
    if entry.action is Action.STYLE and not entry.after:
        return
    before, after = dict(_leaves(entry.before or {})), dict(_leaves(entry.after or {}))
    for path in chain(after, (each for each in before if each not in after)):
        if path[-1] in _UNTOLD or path[-1] in _SAID.get(entry.action, ()):
            continue
        was, now = before.get(path), after.get(path)
        if path == ("ends_at",) and path in after and now is None:
            yield words.for_good()
        elif not entry.after:  # what was ended, not what it was changed to
            yield _change(entry.action, path, None, was)
        elif was != now and (_counts(was) or _counts(now)):
            yield _change(entry.action, path, was, now)


def _counts(value: Any) -> bool:
    """Whether it says something, other than a list with nothing on it."""
    return value is not None and value != []


_SAID: Mapping[Action, Sequence[str]] = {
    Action.GRANT: ("role_id",),
    Action.REVOKE: ("role_id",),
    Action.STYLE: ("name",),
    Action.EXPORT: ("month",),
}
"""What the sentences say themselves."""


def _change(action: Action, path: _Path, was: Any, now: Any) -> str:
    match action, path:
        case ((Action.LIMITS | Action.LOWER), (*party, part, "pictures" | "amount" as unit)):
            return _limit_change(party, unit, part, was, now)
        case ((Action.LIMITS | Action.LOWER), (*party, "cooldown")):
            return _limit_change(party, "pause", "request", was, now)
        case _, ("screening", "thresholds", category):
            threshold = DEFAULTS[category].threshold if now is None and category in DEFAULTS else now
            return words.value_now(category_words(category), judged_title(Strictness.of(threshold or 0.0)))
        case (Action.WORDS, ("removed",)):
            return words.value_now(words.name_of("removed"), _value("removed", was))
        case _, ("channels", channel_id, *_rest):
            return words.in_channel(f"<#{channel_id}>", _value_change(_field(path), was, now))
        case _:
            return _value_change(_field(path), was, now)


def _field(path: _Path) -> str:
    """What a value is called: those of a rule and of its review may share a name."""
    return "reviewed_role_ids" if path[-2:] == ("review", "role_ids") else path[-1]


def _value_change(field: str, was: Any, now: Any) -> str:
    name = plain_line(words.name_of(field), _LONGEST_VALUE)
    if was is None:
        return words.value_now(name, _value(field, now))
    return words.value_changed(name, _value(field, was), _value(field, now))


def _limit_change(party: Sequence[str], kind: str, part: str, was: Any, now: Any) -> str:
    match party:
        case ["guild", *_rest]:
            whose = limits_panel.server()
        case ["member", *_rest]:
            whose = limits_panel.member()
        case [*_others, role_id] if role_id.isdecimal():
            whose = f"<@&{role_id}>"
        case _:
            whose = ""
    old, new = (words.not_set() if each is None else limits_panel.limit(kind, part, each) for each in (was, now))
    if not whose:
        return new
    return words.value_now(whose, new) if was is None else words.value_changed(whose, old, new)


def _value(field: str, value: Any) -> str:
    """As markdown, a few words at most."""
    match value:
        case None:
            return words.not_set()
        case bool():
            return words.yes_or_no(value=value)
        case list():
            each = [_value(field, one) for one in cast("list[Any]", value)]
            return _listed(each) if each else words.nobody()
        case int() | str() if field.endswith(("_at", "until")):
            return _moment(value)
        case int() | str() if field.endswith(("channel_id", "channel_ids")):
            return f"<#{value}>"
        case int() | str() if field.endswith(("role_id", "role_ids")):
            return f"<@&{value}>"
        case int() | str() if field.endswith(("member_id", "person_id", "user_id")):
            return f"<@{value}>"
        case {"strikes": int(), "kind": str()}:
            return _rung(cast("_Values", value))
        case str():
            return plain_line(words.choice(field, value), _LONGEST_VALUE)
        case _:
            return plain_line(str(value), _LONGEST_VALUE)


def _rung(value: _Values) -> str:
    """A step of the ladder."""
    pictures = dict(_leaves(value)).get(("limits", "day", "pictures"))
    limits = UsageLimits(day=Allowance(pictures=pictures))
    rung = Rung(value["strikes"], SanctionKind(value["kind"]), value.get("days"), limits)
    return f"{rung.strikes}: {ladder.rung(rung)}"


def _moment(value: int | str) -> str:
    """Of seconds since 1970, or as ISO 8601 has it."""
    return f"<t:{value if isinstance(value, int) else int(datetime.fromisoformat(value).timestamp())}:f>"


def _listed(values: Sequence[str]) -> str:
    """Those that fit, and how many don't."""
    shown = values[: max(1, fitting(values, _LONGEST_CHANGES // 2))]
    rest = [words.more(len(values) - len(shown))] if len(shown) < len(values) else []
    return ", ".join([*shown, *rest])


def _shortened(changes: Sequence[str]) -> list[str]:
    shown = list(changes[: max(1, fitting(changes, _LONGEST_CHANGES))])
    return [*shown, words.more(len(changes) - len(shown))] if len(shown) < len(changes) else shown


def _leaves(values: _Values, path: _Path = ()) -> Iterator[tuple[_Path, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(cast("_Values", value), (*path, name))
        else:
            yield (*path, name), value
