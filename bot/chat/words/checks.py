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


def about_checks() -> str:
    return _("How strictly prompts and attached pictures are judged before they are sent.")


def title() -> str:
    return _("Checks")


def explained() -> str:
    return _(
        "Before a request is sent, OpenAI's moderation judges its prompt and its attached pictures. "
        "The stricter you choose, the more is refused."
    )


def no_key() -> str:
    return _(
        "There is no OpenAI key for it here, so nothing is judged. Whoever runs this bot can set one; "
        "or bring your server's own with `/studio key`."
    )


def fixed() -> str:
    return _("Sexual content with minors is always judged strictly.")


def category_menu() -> str:
    return _("Choose a subject, then how strictly it is judged")


def strictness_menu(category: str) -> str:
    return _("How strictly: {category}").format(category=category_words(category))


def strictness_words(strictness: Strictness) -> str:
    match strictness:
        case Strictness.OFF:
            return _("Not at all")
        case Strictness.LAX:
            return _("Only what is certain")
        case Strictness.NORMAL:
            return _("What is likely")
        case Strictness.STRICT:
            return _("What is possible")


def line(category: str, strictness: Strictness) -> str:
    return _("{category}: {strictness}").format(
        category=category_words(category), strictness=f"**{strictness_words(strictness)}**"
    )


def on_label() -> str:
    return _("Judge requests")


def off_label() -> str:
    return _("Don't judge requests")


def is_off() -> str:
    return _("Requests aren't judged in this server.")


def when_failed(*, closed: bool) -> str:
    if closed:
        return _("While OpenAI can't be asked, requests are refused.")
    return _("While OpenAI can't be asked, requests go on unjudged; the model's own safety system still looks at them.")


def closed_label() -> str:
    return _("Refuse what can't be judged")


def open_label() -> str:
    return _("Let pass what can't be judged")
