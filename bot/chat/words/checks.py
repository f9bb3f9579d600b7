"""What the moderation endpoint's judgement is called, and what is said of it."""

from bot.chat.language import gettext as _
from bot.chat.words.lists import all_of
from bot.domain import errors
from bot.domain.screening import Strictness


def content_sentence(outcome: errors.ContentFlagged | errors.CheckUnavailable) -> str:
    match outcome:
        case errors.ContentFlagged(categories=categories):
            named = all_of(list(dict.fromkeys(category_words(each) for each in categories[:_MOST_NAMED])))
            return _(
                "I looked at your request before I sent it, and found {categories} in it, which isn't allowed here. "
                "Please ask for something else. Nothing was charged."
            ).format(categories=f"**{named}**")
        case errors.CheckUnavailable():
            return _(
                "Your request has to be checked before I send it, and that isn't possible right now. "
                "Please try again in a few minutes. Nothing was charged."
            )


_MOST_NAMED = 3


def category_words(category: str) -> str:
    """A category, as OpenAI names it, in words; of a new one that name."""
    match category:
        case "sexual/minors":
            return _("sexual content with minors")
        case "sexual":
            return _("sexual content")
        case "violence":
            return _("violence")
        case "violence/graphic":
            return _("graphic violence")
        case "hate":
            return _("hate")
        case "hate/threatening":
            return _("hate with threats")
        case "harassment":
            return _("harassment")
        case "harassment/threatening":
            return _("harassment with threats")
        case "self-harm":
            return _("self-harm")
        case "self-harm/intent":
            return _("an intent of self-harm")
        case "self-harm/instructions":
            return _("instructions for self-harm")
        case "illicit":
            return _("advice on wrongdoing")
        case "illicit/violent":
            return _("advice on violent wrongdoing")
        case _:
            return category


def section() -> str:
    return _("Checks of prompts and pictures")


def on_title() -> str:
    return _("Prompts and attached pictures are judged before they are sent")


def explained() -> str:
    return _(
        "By OpenAI's moderation, where there is an OpenAI key: that of whoever runs this bot, or your server's own "
        "(`/studio key`). What isn't named below is refused where it is likely; sexual content with minors always "
        "where it is possible."
    )


def judged_title(strictness: Strictness) -> str:
    match strictness:
        case Strictness.STRICT:
            return _("Judged strictly")
        case Strictness.LAX:
            return _("Judged laxly")
        case Strictness.NORMAL:
            return _("Judged normally")
        case Strictness.OFF:
            return _("Not judged")


def judged_about(strictness: Strictness) -> str | None:
    match strictness:
        case Strictness.STRICT:
            return _("Refused already where it is possible.")
        case Strictness.LAX:
            return _("Refused only where it is certain.")
        case _:
            return None


def nothing() -> str:
    return _("nothing")


def failed_title() -> str:
    return _("While OpenAI can't be asked")


def when_failed(*, closed: bool) -> str:
    return _("Requests are refused") if closed else _("Requests go on, to the model's own safety system")
