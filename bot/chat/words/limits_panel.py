"""`/studio limits`: what bounds the use of a server, and how it is changed."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.entries import unlimited
from bot.chat.words.limits import pause_words
from bot.chat.words.numbers import number_words, price_words
from bot.domain.catalog import MicroDollars
from bot.domain.quota import UNLIMITED, Period


def about_limits() -> str:
    return _("How much may be used here: by all together, by each member, and by role.")


def title() -> str:
    return _("Limits of this server")


def calendar(zone: str) -> str:
    """By which clock periods begin."""
    return _("Days begin at midnight in {zone}, weeks on Monday. `/studio settings` changes the time zone.").format(
        zone=f"**{zone}**"
    )


def server() -> str:
    return _("All members together")


def member() -> str:
    return _("Each member")


def deleted_role(role_id: int) -> str:
    return _("A role that no longer exists ({role_id})").format(role_id=role_id)


def party_title(name: str) -> str:
    """Over the limits of one party."""
    return _("Limits: {name}").format(name=name)


def server_explained() -> str:
    return _("What all members use together counts here, by day, week and month.")


def member_explained() -> str:
    return _("These hold for every member by themselves, unless a role of theirs has limits of its own.")


def role_explained() -> str:
    return _(
        "These hold in place of each member's. Of several roles the most generous one counts, limit by limit; "
        "what isn't set here is as for each member."
    )


def no_limits() -> str:
    return _("No limits are set.")


def as_operator() -> str:
    """Behind a limit that the server hasn't set."""
    return _("set by whoever runs this bot")


def as_each_member() -> str:
    """Behind a limit that a role hasn't set."""
    return _("as for each member")


def operator_ceiling(limits: str) -> str:
    """What bounds all that runs on the operator's account."""
    return _("All servers that share this bot's account have together: {limits}.").format(limits=limits)


def own_account() -> str:
    return _("This server pays with its own key, so nothing but its own limits holds.")


def limit(kind: str, part: str, value: int) -> str:
    """One limit: "50 pictures a day". `kind` is "pictures", "amount" or "pause"; `part` what it bounds: "day", "week",
    "month" or "request"."""
    if kind == "pause":
        if not value:
            return _("no pause between requests")
        return _("{duration} from one request to the next").format(duration=pause_words(value))
    what = _pictures(value) if kind == "pictures" else _amount(value)
    match part:
        case "day":
            return _("{what} a day").format(what=what)
        case "week":
            return _("{what} a week").format(what=what)
        case "month":
            return _("{what} a month").format(what=what)
        case _:
            return _("{what} a request").format(what=what)


def used_title() -> str:
    return _("Used now, by all members together")


def used(
    period: Period, pictures: int, most_pictures: int | None, amount: MicroDollars, most_amount: MicroDollars | None
) -> str:
    """What is used in a period, of the limits there are."""
    match period:
        case Period.DAY:
            line = _("Today: {pictures}, {amount}")
        case Period.WEEK:
            line = _("This week: {pictures}, {amount}")
        case Period.MONTH:
            line = _("This month: {pictures}, {amount}")
    return line.format(pictures=_pictures_of(pictures, most_pictures), amount=_amount_of(amount, most_amount))


def ends(resets_at: int) -> str:
    """When a period ends."""
    return _("starts anew <t:{resets_at}:f>").format(resets_at=resets_at)


def more_roles(count: int) -> str:
    """At the end of a list that is too long."""
    return ngettext(
        "{count} more role has limits; choose it below.", "{count} more roles have limits; choose them below.", count
    ).format(count=count)


def choose_party() -> str:
    """In the menu of those whose limits may be changed."""
    return _("Whose limits to change")


def choose_role() -> str:
    return _("Or a role that has none yet")


def pictures_label() -> str:
    return _("Pictures")


def amounts_label() -> str:
    return _("Money")


def request_label() -> str:
    return _("Each request")


def remove_label() -> str:
    return _("Remove these limits")


def back_label() -> str:
    return _("Back")


def correct_label() -> str:
    """Of the button that opens the form again, with what was entered."""
    return _("Correct it")


def nothing_changed(sentence: str) -> str:
    return _("**Nothing was changed.** {sentence}").format(sentence=sentence)


def saved() -> str:
    return _("**Saved.** It holds from now on.")


def removed(name: str) -> str:
    """`name` is the party's."""
    return _("**Removed:** the limits of {name}.").format(name=name)


def form_title(label: str, name: str) -> str:
    return _("{label}: {name}").format(label=label, name=name)


def form_hint() -> str:
    """Over the fields of a form."""
    return _(
        "Leave a field empty to set no limit here. {unlimited} says that there is none, whatever else is set."
    ).format(unlimited=f"**{unlimited()}**")


def field_label(kind: str, part: str) -> str:
    match kind, part:
        case "pictures", "day":
            return _("Pictures a day")
        case "pictures", "week":
            return _("Pictures a week")
        case "pictures", "month":
            return _("Pictures a month")
        case "pictures", _other:
            return _("Pictures a request")
        case "amount", "day":
            return _("Dollars a day")
        case "amount", "week":
            return _("Dollars a week")
        case "amount", "month":
            return _("Dollars a month")
        case "amount", _other:
            return _("Dollars a request")
        case _:
            return _("Pause between a member's requests")


def field_example(kind: str) -> str:
    """In an empty field where nothing else holds."""
    match kind:
        case "pictures":
            return _("For example {example}").format(example="50")
        case "amount":
            return _("For example {example}").format(example=price_words(2_500_000))
        case _:
            return _("For example 90s, 10m or 1h")


def field_inherited(limit: str, source: str) -> str:
    """In an empty field, what holds then and why."""
    return _("{limit} ({source})").format(limit=limit, source=source)


def _pictures(count: int) -> str:
    if count >= UNLIMITED:
        return _("any number of pictures")
    return ngettext("{count} picture", "{count} pictures", count).format(count=number_words(count))


def _amount(amount: MicroDollars) -> str:
    return _("any sum") if amount >= UNLIMITED else price_words(amount)


def _pictures_of(used: int, most: int | None) -> str:
    if most is None:
        return _pictures(used)
    return ngettext("{used} of {most} picture", "{used} of {most} pictures", most).format(
        used=number_words(used), most=number_words(most)
    )


def _amount_of(used: MicroDollars, most: MicroDollars | None) -> str:
    if most is None:
        return price_words(used)
    return _("{used} of {most}").format(used=price_words(used), most=price_words(most))
