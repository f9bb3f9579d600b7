"""What strikes lead to: how moderators read it, and write it."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.lists import one_of
from bot.chat.words.sanctions import first_for_good, pictures
from bot.domain import errors
from bot.domain.sanction import Rung, SanctionKind


def about_ladder() -> str:
    return _("What strikes lead to in this server.")


def title() -> str:
    return _("The ladder")


def explained(days: int) -> str:
    return _(
        "What a member's strikes lead to by themselves. Warnings give strikes; they count for {days} days, unless they "
        "are lifted."
    ).format(days=days)


def no_rungs() -> str:
    return _("Strikes lead to nothing by themselves.")


def rung_line(each: Rung) -> str:
    return ngettext("- {count} strike: {what}", "- {count} strikes: {what}", each.strikes).format(
        count=each.strikes, what=rung(each)
    )


def rung(each: Rung) -> str:
    """What it imposes, in the middle of a sentence."""
    if each.days is None:
        how_long = _("for good")
    else:
        how_long = ngettext("for {count} day", "for {count} days", each.days).format(count=each.days)
    if each.kind is SanctionKind.LOWER:
        return _("a limit of {pictures} {how_long}").format(pictures=pictures(each.limits), how_long=how_long)
    return _("a block {how_long}").format(how_long=how_long)


def change_label() -> str:
    return _("Change")


def saved() -> str:
    return _("**Saved.**")


def rungs_label() -> str:
    return _("One line for each step")


def rungs_hint() -> str:
    return _("3: block 1d · 5: lower 2 7d (2 pictures a day) · 8: block {for_good}").format(for_good=first_for_good())


def days_label() -> str:
    return _("Days for which a strike counts")


def block_entries() -> str:
    # Translators: ways to write, in a line of the ladder, that a member is blocked, with commas between them.
    return _("block")


def lower_entries() -> str:
    # Translators: ways to write, in a line of the ladder, that a member's limits are lowered, with commas between them.
    return _("lower, limit")


def not_yours_to_change() -> str:
    return _("Only those who may manage this server can change the ladder.")


def bad_ladder(outcome: errors.EntryRefused) -> str:
    match outcome:
        case errors.BadLadder(line=line):
            block, lower = (each().partition(",")[0] for each in (block_entries, lower_entries))
            examples = (f"3: {block} 1d", f"5: {lower} 2 7d", f"8: {block} {first_for_good()}")
            return _(
                "I can't read {line}. Write one step on each line: the strikes, then {block}, or {lower} with a number "
                "of pictures a day, then how long. For example {examples}."
            ).format(
                line=f"`{line}`",
                block=f"`{block}`",
                lower=f"`{lower}`",
                examples=one_of([f"`{each}`" for each in examples]),
            )
        case errors.BadRungs(limit=limit):
            return _("There can be {limit} steps at most, each with another number of strikes.").format(limit=limit)
        case _:
            return _("That can't be read. Nothing was changed.")
