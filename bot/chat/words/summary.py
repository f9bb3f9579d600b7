"""The monthly summary."""

from datetime import date

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import number_words, price_words
from bot.domain.catalog import MicroDollars


def title(month: date) -> str:
    # Translators: {month} is the name of a month, such as "October 2026".
    return _("Pictures in {month}").format(month=month_words(month))


def month_words(month: date) -> str:
    names = (
        _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"),
        _("September"), _("October"), _("November"), _("December"),
    )  # fmt: skip
    return _("{month} {year}").format(month=names[month.month - 1], year=month.year)


def total(pictures: int, requests: int, amount: MicroDollars) -> str:
    made = ngettext("{count} picture", "{count} pictures", pictures).format(count=number_words(pictures))
    asked = ngettext("{count} request", "{count} requests", requests).format(count=number_words(requests))
    return _("**{pictures}** from {requests}, for **{price}**.").format(
        pictures=made, requests=asked, price=price_words(amount)
    )


def amount_of_budget(used: MicroDollars, budget: MicroDollars) -> str:
    return _("That is {share} % of the budget of {budget} a month.").format(
        share=_share(used, budget), budget=price_words(budget)
    )


def pictures_of_budget(used: int, budget: int) -> str:
    return ngettext(
        "That is {share} % of the {budget} picture a month that the server has set.",
        "That is {share} % of the {budget} pictures a month that the server has set.",
        budget,
    ).format(share=_share(used, budget), budget=number_words(budget))


def _share(used: int, budget: int) -> str:
    return number_words(round(100 * used / budget) if budget else 100)


def members_title() -> str:
    return _("Who used most")


def member(member_id: int | None, amount: str) -> str:
    """None stands for all that were erased."""
    if member_id is None:
        return _("members whose data was deleted: {amount}").format(amount=amount)
    return _("{member}: {amount}").format(member=f"<@{member_id}>", amount=amount)


def more_members(count: int) -> str:
    return ngettext("and {count} more member", "and {count} more members", count).format(count=number_words(count))
