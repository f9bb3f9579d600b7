"""`/moderate purge`: all of a member's results are removed."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import number_words
from bot.service.ports import Purge, Purged


def about_purge() -> str:
    return _("Remove a member's pictures from this server.")


def member_option() -> str:
    return _("Whose pictures; they needn't be here any more.")


def since_option() -> str:
    return _("How far back; the last day unless you say so.")


def reason_option() -> str:
    return _("What it is for; moderators alone read it.")


def since(choice: str) -> str:
    match choice:
        case "1h":
            return _("The last hour")
        case "1d":
            return _("The last day")
        case "7d":
            return _("The last 7 days")
        case "30d":
            return _("The last 30 days")
        case "all":
            return _("All of them")
        case other:
            raise ValueError(other)


def form_title() -> str:
    return _("Remove a member's pictures")


def confirm(count: int, member: str, since: int | None) -> str:
    """`member` is a mention."""
    results = ngettext("{count} result", "{count} results", count).format(count=number_words(count))
    if since is None:
        what = _("This removes **{results}** of {member} from this server.").format(results=results, member=member)
    else:
        what = _("This removes **{results}** of {member} since <t:{since}:f> from this server.").format(
            results=results, member=member, since=since
        )
    return what + " " + _("Messages, kept pictures and inputs are gone for good; requests under way are canceled.")


def reason_label() -> str:
    return _("Why (moderators alone read it)")


def nothing(member: str) -> str:
    """`member` is a mention."""
    return _("There are no results of {member} in that time.").format(member=member)


def progress(purge: Purge, member: str) -> str:
    """`member` is a mention."""
    return _("Removing the results of {member}: {done} of {total} done …").format(
        member=member, done=number_words(purge.results - purge.left), total=number_words(purge.results)
    )


def summary(purge: Purge, member: str) -> list[str]:
    """What came of it, a line each. `member` is a mention."""
    removed = purge.count(Purged.REMOVED)
    lines = [
        ngettext(
            "**Removed:** {count} result of {member}.", "**Removed:** {count} results of {member}.", removed
        ).format(count=number_words(removed), member=member)
    ]
    if canceled := purge.count(Purged.CANCELED):
        lines.append(
            ngettext("{count} request was canceled.", "{count} requests were canceled.", canceled).format(
                count=number_words(canceled)
            )
        )
    if private := purge.count(Purged.PRIVATE):
        lines.append(
            ngettext(
                "{count} private result is out of my reach: its member alone sees it. What I kept of it is deleted.",
                "{count} private results are out of my reach: their member alone sees them. What I kept of them is "
                "deleted.",
                private,
            ).format(count=number_words(private))
        )
    if failed := purge.count(Purged.FAILED):
        lines.append(
            ngettext(
                "Discord didn't let me delete {count} message. I may lack access to its channel; delete it there.",
                "Discord didn't let me delete {count} messages. I may lack access to their channels; delete "
                "them there.",
                failed,
            ).format(count=number_words(failed))
        )
    if purge.left:
        lines.append(
            ngettext(
                "{count} more is still to be done, and follows by itself.",
                "{count} more are still to be done, and follow by themselves.",
                purge.left,
            ).format(count=number_words(purge.left))
        )
    return lines
