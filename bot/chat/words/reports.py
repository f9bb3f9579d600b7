"""Reports: the form, what the reporter and the member hear, and what moderators read."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import number_words
from bot.domain.report import Case, Decision, History, ReportReason, Shown
from bot.service.cases import Reception


def menu() -> str:
    return _("Report picture")


def form_title() -> str:
    return _("Report this result")


def reason_label() -> str:
    return _("What is wrong with it?")


def reason_placeholder() -> str:
    return _("Choose a reason")


def text_label() -> str:
    return _("Anything that the moderators should know")


def text_hint() -> str:
    return _("They see who reported it; the member who asked for it doesn't.")


def reason(each: ReportReason) -> str:
    match each:
        case ReportReason.SEXUAL:
            return _("Sexual")
        case ReportReason.VIOLENCE:
            return _("Violence or gore")
        case ReportReason.REAL_PERSON:
            return _("A real person")
        case ReportReason.HATEFUL:
            return _("Hateful")
        case ReportReason.OTHER:
            return _("Something else")


def received(reception: Reception, *, in_guild: bool) -> str:
    """To the one who would report, or has."""
    match reception:
        case Reception.RECORDED if in_guild:
            return _("Thank you. The moderators have been told; you will hear what becomes of it.")
        case Reception.RECORDED:
            return _("Thank you. Your report has been recorded for whoever runs this bot.")
        case Reception.OWN:
            return _("This is your own result. If you don't want it here, press Delete.")
        case Reception.NO_PICTURES:
            return _("There are no pictures in this message that could be reported.")
        case Reception.REPORTED_BEFORE:
            return _("You have reported this result already; the moderators know.")
        case Reception.KEPT:
            return _("The moderators have looked at this result already, and it stays.")
        case Reception.REMOVED:
            return _("The moderators have removed this result already.")


def not_ours() -> str:
    return _("That works on messages with my pictures only. To report others, use Discord's own Report Message.")


# ------------------------------------------------------------------------------------------------ afterwards


def outcome(decision: Decision, link: str) -> str:
    """To a reporter. `link` is an address."""
    match decision:
        case Decision.REMOVED | Decision.WARNED:
            return _(
                "Thank you for your report. A moderator has removed the pictures from [this message]({url})."
            ).format(url=link)
        case Decision.KEPT:
            return _("Thank you for your report. A moderator has looked at [this result]({url}), and it stays.").format(
                url=link
            )


def removed(link: str) -> str:
    """To the member whose result it was. `link` is an address."""
    return _(
        "A moderator has removed the pictures from [this result of yours]({url}), because it was reported."
    ).format(url=link)


# ------------------------------------------------------------------------------------------------ for moderators


def title() -> str:
    return _("Reported result")


def linked(url: str, member: str, channel: str) -> str:
    """`member` and `channel` are mentions."""
    return _("[The message]({url}) in {channel}, asked for by {member}").format(url=url, member=member, channel=channel)


def job(job_id: str) -> str:
    return _("job {id}").format(id=job_id)


def reported_by(count: int) -> str:
    return ngettext("Reported by {count} person", "Reported by {count} people", count).format(count=number_words(count))


def report_line(reporter: str, reason: str) -> str:
    """`reporter` is a mention."""
    return _("{reporter}: {reason}").format(reporter=reporter, reason=reason)


def somebody_erased() -> str:
    return _("somebody who was erased")


def more(count: int) -> str:
    return ngettext("and {count} more", "and {count} more", count).format(count=number_words(count))


def history(history: History) -> str:
    requests = ngettext(
        "{count} request in the last 30 days", "{count} requests in the last 30 days", history.jobs
    ).format(count=number_words(history.jobs))
    removed = ngettext("{count} result removed so far", "{count} results removed so far", history.removed).format(
        count=number_words(history.removed)
    )
    strikes = ngettext("{count} strike that counts", "{count} strikes that count", history.strikes).format(
        count=number_words(history.strikes)
    )
    return _("Their history here: {requests}; {removed}; {strikes}.").format(
        requests=requests, removed=removed, strikes=strikes
    )


def stands(case: Case) -> str:
    """Whether members see the result, while nobody has decided."""
    match case.due:
        case Shown.HIDDEN:
            return _("It is **hidden** until one of you decides.")
        case Shown.OPEN:
            return _(
                "Members **still see** it: I can't read that message, so I could not give the pictures back. Remove "
                "takes them away."
            )
        case _:
            return _("Members still see it.")


def decided(case: Case, moderator: str, decided_at: int) -> str:
    """`moderator` is a mention."""
    if case.decision is Decision.WARNED:
        return _("**Removed** by {moderator}, and the member warned, <t:{at}:R>.").format(
            moderator=moderator, at=decided_at
        )
    if case.decision is Decision.REMOVED:
        return _("**Removed** by {moderator}, <t:{at}:R>.").format(moderator=moderator, at=decided_at)
    return _("**Kept** by {moderator}, <t:{at}:R>.").format(moderator=moderator, at=decided_at)


def decided_before(case: Case, moderator: str) -> str:
    """To a moderator who came later. `moderator` is a mention."""
    if case.decision is not None and case.decision.removes:
        return _("{moderator} was first, and has removed it.").format(moderator=moderator)
    return _("{moderator} was first, and has kept it.").format(moderator=moderator)


def pictures_missing(shown: int, total: int) -> str:
    return _("{shown} of its {total} pictures fit here; the others are in the message.").format(
        shown=number_words(shown), total=number_words(total)
    )


def no_pictures() -> str:
    return _("I have no pictures of it to show: they were deleted, or I can't read that message.")


def keep_label() -> str:
    return _("Keep")


def remove_label() -> str:
    return _("Remove")


def warn_label() -> str:
    return _("Remove and warn")


def look_label() -> str:
    return _("Look")


def moderators_see_more() -> str:
    return _(
        "Everybody can see this channel, so what was reported, and by whom, is shown to moderators alone: press Look."
    )


def your_own() -> str:
    return _("This is your own result. Please leave it to another moderator.")


def moderators_only() -> str:
    return _("Only the moderators of this server can decide on reports.")


# ------------------------------------------------------------------------------------------------ /moderate reports


def about_reports() -> str:
    return _("Results that were reported and wait for a moderator to decide.")


def open_title() -> str:
    return _("Open reports")


def none_open() -> str:
    return _("No reports wait for a decision.")


def open_line(case: Case, member: str, title: str) -> str:
    """`member` is a mention, `title` the beginning of the prompt, with a link."""
    since = int(case.opened_at.timestamp())
    said = reported_by(len(case.reports))
    if case.due is Shown.HIDDEN:
        return _("{title} by {member}. {reports}, <t:{since}:R>; hidden").format(
            title=title, member=member, reports=said, since=since
        )
    return _("{title} by {member}. {reports}, <t:{since}:R>").format(
        title=title, member=member, reports=said, since=since
    )


def more_open() -> str:
    return _("There are more; these are the oldest.")
