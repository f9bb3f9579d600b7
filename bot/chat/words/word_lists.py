"""What a server's moderators read of the words that prompts may not say."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import number_words, size_words
from bot.domain import errors
from bot.domain.wording import Found, Source


def about_words() -> str:
    return _("Words, phrases and patterns that nobody may ask for here.")


def title() -> str:
    return _("What may not be asked")


def explained() -> str:
    return _(
        "A prompt or a style that says one of these is refused, however it is written: other letters, spaces, "
        "numbers for letters. Whoever asks isn't told which word it was."
    )


def counts(phrases: int, patterns: int, allowed: int) -> str:
    if not phrases + patterns + allowed:
        return _("Nothing is on this server's list.")
    said = [
        ngettext("{count} word or phrase", "{count} words and phrases", phrases).format(count=number_words(phrases)),
        ngettext("{count} pattern", "{count} patterns", patterns).format(count=number_words(patterns)),
        ngettext("{count} exception", "{count} exceptions", allowed).format(count=number_words(allowed)),
    ]
    return _("On this server's list: {counts}.").format(counts=" · ".join(said))


def automod_title() -> str:
    return _("AutoMod")


def automod_off() -> str:
    return _("This server's AutoMod rules don't hold for prompts.")


def automod_unread() -> str:
    return _(
        "I can't read this server's AutoMod rules: that needs the permission **Manage Server**. "
        "If I have it, please look again in a minute."
    )


def automod_none() -> str:
    return _("This server has no AutoMod rule that blocks messages for their words.")


def automod_rules(count: int) -> str:
    return ngettext(
        "{count} AutoMod rule that blocks messages for their words holds for prompts, too.",
        "{count} AutoMod rules that block messages for their words hold for prompts, too.",
        count,
    ).format(count=count)


def automod_skipped(count: int) -> str:
    return ngettext(
        "{count} of their patterns can't be used here.", "{count} of their patterns can't be used here.", count
    ).format(count=count)


def automod_presets() -> str:
    return _("Discord's own lists (profanity, slurs, sexual content) aren't published, so they can't be applied here.")


def automod_on_label() -> str:
    return _("Apply AutoMod")


def automod_off_label() -> str:
    return _("Don't apply AutoMod")


def add_label() -> str:
    return _("Add")


def remove_label() -> str:
    return _("Remove")


def import_label() -> str:
    return _("Import")


def export_label() -> str:
    return _("Export")


def try_label() -> str:
    return _("Try a prompt")


def add_title() -> str:
    return _("Add words")


def remove_title() -> str:
    return _("Remove words")


def import_title() -> str:
    return _("Import a list")


def try_title() -> str:
    return _("Try a prompt")


def entries_label() -> str:
    return _("One a line")


def entries_hint() -> str:
    """At most 100 characters."""
    return _("A word or phrase; word* for its beginning; /a pattern/; +an exception.")


def remove_hint() -> str:
    """At most 100 characters."""
    return _("As they are on the list, which Export shows you.")


def file_label() -> str:
    return _("A text file, one entry a line")


def mode_label() -> str:
    return _("What becomes of the list that there is")


def merge_choice() -> str:
    return _("Add to it what is new")


def replace_choice() -> str:
    return _("Put the file in its place")


def prompt_label() -> str:
    return _("A prompt")


def changed(added: int, removed: int) -> str:
    if added and removed:
        return _("**Saved:** {added} added, {removed} removed.").format(added=added, removed=removed)
    if added:
        return ngettext("**Saved:** {count} entry added.", "**Saved:** {count} entries added.", added).format(
            count=added
        )
    if removed:
        return ngettext("**Saved:** {count} entry removed.", "**Saved:** {count} entries removed.", removed).format(
            count=removed
        )
    return _("**Nothing was changed:** the list was so already.")


def not_changed(why: str, written: bool) -> str:
    """`why` is a sentence; `written`: what was entered stands below."""
    said = _("**Nothing was changed.** {why}").format(why=why)
    return said + " " + _("This is what you wrote:") if written else said


def would_pass() -> str:
    return _("This prompt may be asked.")


def would_not_pass(found: Found) -> str:
    entry = f"`{_plain(found.entry)}`"
    if found.source is Source.AUTOMOD:
        return _("This prompt would be refused, for {entry} in the AutoMod rule “{rule}”.").format(
            entry=entry, rule=_plain(found.rule)
        )
    return _("This prompt would be refused, for {entry} on this server's list.").format(entry=entry)


def exported(entries: int) -> str:
    return ngettext("The list, {count} entry.", "The list, {count} entries.", entries).format(
        count=number_words(entries)
    )


def nothing_to_export() -> str:
    return _("There is nothing on the list to export.")


def no_file() -> str:
    return _("You attached no file. Attach a text file with an entry a line.")


def word_entry_sentence(outcome: errors.BadWord | errors.TooManyWords | errors.NoWordList) -> str:
    match outcome:
        case errors.NoWordList(limit=limit):
            return _("That file can't be read as a list. It has to be text (UTF-8) of {limit} at most.").format(
                limit=size_words(limit)
            )
        case errors.TooManyWords(kind="patterns", limit=limit):
            return _("A list holds {limit} patterns at most. Please remove some first.").format(
                limit=number_words(limit)
            )
        case errors.TooManyWords(limit=limit):
            return _("A list holds {limit} words and phrases at most. Please remove some first.").format(
                limit=number_words(limit)
            )
        case errors.BadWord(line=line, entry=entry, problem=problem, detail=detail):
            return _("Line {line}, {entry}: {problem}").format(
                line=line, entry=f"`{_plain(entry)}`", problem=_problem(problem, detail)
            )


def _problem(problem: str, detail: str) -> str:
    match problem:
        case "too_long":
            return _("that is longer than {limit} characters.").format(limit=detail)
        case "empty":
            return _("there is no letter and no number in it.")
        case "matches_all":
            return _("that pattern fits any prompt, or an empty one.")
        case "too_complex":
            return _("that pattern is too large. Write a shorter one, or several.")
        case _:
            return _("that is no pattern that can be used here ({detail}).").format(detail=f"`{_plain(detail)}`")


def _plain(text: str) -> str:
    """Short, on one line, and unable to leave a code span."""
    return " ".join(text.replace("`", "'").split())[:80]
