"""What is kept about a member, why, and how it goes."""

from collections.abc import Sequence

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import number_words
from bot.service.ports import Held
from bot.service.privacy import PrivacyTerms


def about_privacy() -> str:
    return _("What I keep about you and why; get it as a file, or erase it.")


def title() -> str:
    return _("Your data")


def kept(held: Held, terms: PrivacyTerms, days: int) -> Sequence[str]:
    """`days` is how long requests made here are kept."""
    lines = [
        _(
            "{requests}, with prompts and options, so that the buttons below your pictures and `/jobs` work. {kept}"
        ).format(requests=requests(held.requests), kept=_requests_kept(days)),
        ngettext(
            "Pictures that you attach, and results that could not be delivered, each for {days} day.",
            "Pictures that you attach, and results that could not be delivered, each for {days} days.",
            1 if terms.picture_days == 1 else 2,
        ).format(days=_days(terms.picture_days)),
        ngettext(
            "{count} entry in the account of what was used, for limits and bills. Where you erase your data, it stays "
            "without your name.",
            "{count} entries in the account of what was used, for limits and bills. Where you erase your data, they "
            "stay without your name.",
            held.entries,
        ).format(count=number_words(held.entries)),
    ]
    if held.defaults:
        lines.append(_("What you chose in `/defaults`."))
    decided = [
        (held.grants, ngettext("{count} grant", "{count} grants", held.grants)),
        (held.sanctions, ngettext("{count} sanction", "{count} sanctions", held.sanctions)),
        (held.decisions, ngettext("{count} decision about you", "{count} decisions about you", held.decisions)),
        (held.appeals, ngettext("{count} appeal of yours", "{count} appeals of yours", held.appeals)),
        (held.reports, ngettext("{count} report of yours", "{count} reports of yours", held.reports)),
    ]
    if there := [said.format(count=number_words(count)) for count, said in decided if count]:
        lines.append(_("What moderators need to decide fairly: {what}.").format(what=", ".join(there)))
    return lines


def requests(count: int) -> str:
    return ngettext("{count} request of yours", "{count} requests of yours", count).format(count=number_words(count))


def who_gets_what_title() -> str:
    return _("Who gets what")


def who_gets_what() -> str:
    return _(
        "Your prompt and the pictures you attach go to Replicate, and from there to OpenAI, to make your pictures and "
        "to keep harmful ones out. Neither learns who you are from me: they get a pseudonym. Moderators of a server "
        "may see what was asked for there. Your words and pictures are kept encrypted."
    )


def who_runs_this_title() -> str:
    return _("Who runs this bot")


def who_runs_this(contact: str | None, policy_url: str | None) -> str:
    asked = (
        _("Ask {contact} about your data.").format(contact=contact)
        if contact
        else _("Whoever runs this bot has left no address here. The moderators of the server may know them.")
    )
    policy = _("The whole policy: {url}").format(url=f"<{policy_url}>") if policy_url else ""
    return f"{asked} {policy}".rstrip()


def export_label() -> str:
    return _("Get my data")


def erase_label() -> str:
    return _("Erase my data …")


def confirm_label() -> str:
    return _("Erase all of it now")


def keep_label() -> str:
    return _("Keep it")


def exported() -> str:
    return _("Here is what I keep about you. README.txt in it says what is what. You alone see this.")


def exported_part(number: int) -> str:
    return _("Part {number} of what I keep about you; more follow. Each opens by itself.").format(number=number)


def exported_last(number: int) -> str:
    return _("Part {number}, the last. README.txt in it says what is what. You alone see this.").format(number=number)


def erase_title() -> str:
    return _("Erase your data?")


def goes_title() -> str:
    return _("**This goes at once, and nobody can bring it back:**")


def goes(held: Held) -> Sequence[str]:
    lines = [
        _(
            "{requests}: prompts, options, kept pictures. Again, Edit, Variations and Details stop working on them."
        ).format(requests=requests(held.requests)),
        _("Your defaults, and the words of your reports and appeals."),
    ]
    if held.under_way:
        lines.append(
            ngettext(
                "{count} request is under way. It is canceled if that is still possible, charged if it has started, "
                "and erased as it ends.",
                "{count} requests are under way. They are canceled if that is still possible, charged if they have "
                "started, and erased as they end.",
                held.under_way,
            ).format(count=number_words(held.under_way))
        )
    return lines


def stays_title() -> str:
    return _("**This stays:**")


def stays() -> Sequence[str]:
    return [
        _("What was used and what it cost, and what moderators decided, without your name."),
        _(
            "Until your used limits, grants and sanctions are over, a code that nobody can read your name from: it "
            "tells me whether someone who comes back is you."
        ),
        _(
            "Your pictures in Discord. I don't delete messages: press Delete below those that you want gone before you "
            "go on, because afterwards I no longer know that they are yours. Moderators can delete them at any time."
        ),
    ]


def erased(count: int) -> str:
    return ngettext(
        "**Erased.** {count} request is gone, with all else that was kept about you.",
        "**Erased.** {count} requests are gone, with all else that was kept about you.",
        count,
    ).format(count=number_words(count))


def ends_soon(count: int) -> str:
    """Nothing of none."""
    if not count:
        return ""
    return ngettext(
        "{count} that was under way is erased as it ends.", "{count} that were under way are erased as they end.", count
    ).format(count=number_words(count))


def traced(until: str | None, *, sanctioned: bool) -> str:
    """How long a trace is kept; `until` is a day, None where no limit needs it."""
    if sanctioned:
        return _("For as long as a sanction counts, a code tells me whether someone who comes back is you.")
    if until:
        return _("Until {until} a code tells me whether someone who comes back is you, for the limits.").format(
            until=until
        )
    return _("Nothing tells me any more who you were.")


def in_discord() -> str:
    return _("Your messages and pictures in Discord are untouched.")


def readme(at: str, left_out: Sequence[str]) -> str:
    """The file that explains an export made at that time; `left_out` are names of files."""
    parts = [
        _("What Easel keeps about you, as of {at} (UTC)").format(at=at),
        "\n".join(
            [
                "requests-*.json: "
                + _("your requests: prompt, options, when, where, what came of them and what they cost"),
                "records.json: "
                + _("your defaults; grants, sanctions and other decisions about you; your appeals and reports"),
                "usage-*.csv: " + _("your entries in the account of what was used"),
                "pictures/: "
                + _("pictures that you attached and that are still kept; results that could not be delivered"),
            ]
        ),
        _("Sums in the JSON files are millionths of a US dollar, times are UTC, and ids are Discord's."),
        _(
            "Nothing of other people is in here: decisions are told without who made them, and reports about your "
            "results belong to those who made them. Delivered pictures are not kept: they are in their messages."
        ),
    ]
    if left_out:
        said = _("Too large for a file on Discord; whoever runs this bot can give them to you:")
        parts.append("\n".join([said, *left_out]))
    return "\n\n".join(parts) + "\n"


def _requests_kept(days: int) -> str:
    return ngettext("Kept for {days} day.", "Kept for {days} days.", days).format(days=number_words(days))


def _days(days: float) -> str:
    return number_words(days, 0 if float(days).is_integer() else 1)
