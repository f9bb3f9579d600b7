"""The log of what was decided in a server: each entry a sentence, and what it changed."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import number_words, size_words
from bot.chat.words.options import background_words, format_words, quality_words
from bot.chat.words.settings import spoilers_choice
from bot.domain.trail import Action


def about_log() -> str:
    return _("What was decided here, by whom and why.")


def member_option() -> str:
    return _("Only what concerned this member.")


def by_option() -> str:
    return _("Only what this moderator did.")


def what_option() -> str:
    return _("Only decisions of one kind.")


def since_option() -> str:
    return _("Only since then: a day (2026-11-01, Monday), or how long ago (12h, 7d).")


def since_days(days: int) -> str:
    """What is suggested for the option."""
    return ngettext("The last {count} day", "The last {count} days", days).format(count=days)


def kind(name: str) -> str:
    """Decisions that are looked for together."""
    match name:
        case "settings":
            return _("Settings, limits, grants, styles and keys")
        case "reviews":
            return _("Reviews and trust")
        case "sanctions":
            return _("Warnings, blocks and appeals")
        case "pictures":
            return _("Reports, and pictures hidden or deleted")
        case _:
            return _("Exports and look-ups")


def title() -> str:
    return _("Log")


def filters(chosen: str) -> str:
    """Below the title: "Only: …"."""
    return _("Only: {chosen}").format(chosen=chosen)


def of_member(whom: str) -> str:
    return _("about {whom}").format(whom=whom)


def done_by(whom: str) -> str:
    return _("done by {whom}").format(whom=whom)


def since(at: int) -> str:
    return _("since <t:{at}:f>").format(at=at)


def nothing(*, filtered: bool) -> str:
    if filtered:
        return _("Nothing like that was decided here. Leave options out to see more.")
    return _("Nothing was decided here yet. What moderators do with me is entered by itself.")


def older_label() -> str:
    return _("Older")


def newest_label() -> str:
    return _("Newest")


def export_label() -> str:
    return _("As a CSV file")


def exported(entries: int) -> str:
    return ngettext(
        "**The log:** {count} entry, newest first, for a spreadsheet. You alone see it.",
        "**The log:** {count} entries, newest first, for a spreadsheet. You alone see it.",
        entries,
    ).format(count=number_words(entries))


def cut_short(limit: int) -> str:
    """`limit` is the largest file's, in bytes."""
    return _(
        "These are the latest: a file here may have {size} at most. `/moderate log` with `member`, `by` or `what` has "
        "fewer entries."
    ).format(size=size_words(limit))


def more_in_file(count: int) -> str:
    """Below a message of the log channel that has no room for all."""
    return ngettext(
        "{count} more decision is in the file. `/moderate log` shows them one by one.",
        "{count} more decisions are in the file. `/moderate log` shows them one by one.",
        count,
    ).format(count=number_words(count))


def easel() -> str:
    """In the place of a moderator, of what the bot did on the server's rules."""
    return _("Easel")


def erased() -> str:
    return _("someone whose data was deleted")


def somebody() -> str:
    """In the place of a member who isn't named."""
    return _("a member")


def decision(action: Action, by: str, whom: str) -> str:
    """One decision as a sentence; `by` and `whom` are mentions."""
    return _decision(action).format(by=by, whom=whom)


def _decision(action: Action) -> str:  # a sentence each
    match action:
        case Action.POLICY:
            return _("{by} changed the settings.")
        case Action.LIMITS:
            return _("{by} changed the limits.")
        case Action.GRANT:
            return _("{by} granted {whom} more pictures.")
        case Action.REVOKE:
            return _("{by} revoked a grant of {whom}.")
        case Action.KEY:
            return _("{by} changed this server's own key.")
        case Action.STYLE:
            return _("{by} changed a style.")
        case Action.WORDS:
            return _("{by} changed which words may not be asked for.")
        case Action.APPROVE:
            return _("{by} approved a request of {whom}.")
        case Action.REJECT:
            return _("{by} rejected a request of {whom}.")
        case Action.EXPIRE:
            return _("A request of {whom} expired, as nobody had decided on it.")
        case Action.TRUST:
            return _("{by} trusts {whom}: their requests are no longer reviewed.")
        case Action.DISTRUST:
            return _("{by} no longer trusts {whom}: their requests are reviewed again.")
        case Action.WARN:
            return _("{by} warned {whom}.")
        case Action.BLOCK:
            return _("{by} blocked {whom}.")
        case Action.LOWER:
            return _("{by} lowered the limits of {whom}.")
        case Action.LIFT:
            return _("{by} lifted a sanction of {whom}.")
        case Action.APPEAL:
            return _("{by} decided on an appeal of {whom}.")
        case Action.REPORT:
            return _("{by} decided on a report about pictures of {whom}.")
        case Action.HIDE:
            return _("{by} hid pictures of {whom}.")
        case Action.RESTORE:
            return _("{by} showed pictures of {whom} again.")
        case Action.DELETE:
            return _("{by} deleted pictures of {whom}.")
        case Action.PURGE:
            return _("{by} purged pictures of {whom}.")
        case Action.CANCEL:
            return _("{by} canceled a request of {whom}.")
        case Action.EXPORT:
            return _("{by} exported data.")
        case Action.WHOIS:
            return _("{by}, who runs this bot, looked up {whom} by their pseudonym at Replicate.")


def key_added(by: str) -> str:
    return _("{by} added a key of this server's own.").format(by=by)


def key_replaced(by: str) -> str:
    return _("{by} replaced this server's own key.").format(by=by)


def key_removed(by: str) -> str:
    return _("{by} removed this server's own key.").format(by=by)


def style_saved(by: str, name: str) -> str:
    """`name` is safe as markdown, as in those below."""
    return _("{by} saved a new style, **{name}**.").format(by=by, name=name)


def style_changed(by: str, name: str) -> str:
    return _("{by} changed the style **{name}**.").format(by=by, name=name)


def style_renamed(by: str, name: str, new_name: str) -> str:
    return _("{by} renamed the style **{name}** to **{new_name}**.").format(by=by, name=name, new_name=new_name)


def style_removed(by: str, name: str) -> str:
    return _("{by} removed the style **{name}**.").format(by=by, name=name)


def usage_exported(by: str, month: str) -> str:
    return _("{by} exported the usage of {month}.").format(by=by, month=month)


def log_exported(by: str) -> str:
    return _("{by} exported this log.").format(by=by)


def reason(text: str) -> str:
    """In the moderator's own words, safe as markdown."""
    return _("because: {text}").format(text=text)


def job(job_id: str) -> str:
    return _("request {job_id}").format(job_id=f"`{job_id}`")


def value_now(name: str, value: str) -> str:
    """What holds now, where nothing did before."""
    return _("{name}: {value}").format(name=name, value=value)


def value_changed(name: str, before: str, after: str) -> str:
    return _("{name}: {before} → {after}").format(name=name, before=before, after=after)


def in_channel(channel: str, change: str) -> str:
    """A rule of one channel."""
    return _("in {channel}, {change}").format(channel=channel, change=change)


def more(count: int) -> str:
    return ngettext("and {count} more", "and {count} more", count).format(count=count)


def not_set() -> str:
    return _("not set")


def for_good() -> str:
    """Of a block without an end."""
    return _("for good")


def nobody() -> str:
    """Of a list with nothing on it."""
    return _("none")


def yes_or_no(*, value: bool) -> str:
    return _("yes") if value else _("no")


def name_of(field: str) -> str:  # a name each
    """What was changed, as moderators call it; a field that this version doesn't know by its own name."""
    match field:
        case "open":
            return _("Easel may be used")
        case "role_ids":
            return _("roles that may ask")
        case "reviewed_role_ids":
            return _("roles whose requests are reviewed")
        case "membership_days":
            return _("days of membership")
        case "models":
            return _("models")
        case "qualities":
            return _("qualities")
        case "most_pictures":
            return _("pictures of one request")
        case "low_moderation":
            return _("low moderation")
        case "of":
            return _("reviewed")
        case "stage" | "stages":
            return _("reviewed before")
        case "new_member_days":
            return _("days for which members are new")
        case "spoilers":
            return _("spoilers")
        case "time_zone":
            return _("time zone")
        case "language":
            return _("language")
        case "summary_channel_id":
            return _("channel of the summary")
        case "log_channel_id":
            return _("log channel")
        case "review_channel_id":
            return _("channel of the reviewers")
        case "reviewer_role_ids":
            return _("roles that may review")
        case "review_hours":
            return _("hours until a review expires")
        case "retention_days":
            return _("days for which records are kept")
        case "report_threshold":
            return _("reports that hide a picture")
        case "reports":
            return _("reports")
        case "decision":
            return _("decision")
        case "results":
            return _("results")
        case "since_at":
            return _("since")
        case "removed":
            return _("removed")
        case "private":
            return _("private, out of reach")
        case "failed":
            return _("not deleted by Discord")
        case "canceled":
            return _("canceled")
        case "automod":
            return _("AutoMod's rules hold")
        case "on":
            return _("requests are judged")
        case "closed":
            return _("refused what can't be judged")
        case "entries":
            return _("entries of the list")
        case "added":
            return _("added")
        case "removed":
            return _("removed")
        case "pictures":
            return _("pictures")
        case "ends_at" | "until":
            return _("until")
        case "vendors":
            return _("for")
        case "suffix":
            return _("words")
        case "strikes":
            return _("strikes")
        case "sanction":
            return _("sanction")
        case "granted":
            return _("granted")
        case "days":
            return _("days for which strikes count")
        case "rungs":
            return _("the ladder")
        case _:
            return field.replace("_", " ")


def choice(field: str, value: str) -> str:  # a name each
    """One of a few values that a field can have; others are what they are."""
    match field, value:
        case "spoilers", _other:
            return spoilers_choice(value)
        case (("quality" | "qualities"), _other):
            return quality_words(value)
        case "background", _other:
            return background_words(value)
        case "output_format", _other:
            return format_words(value)
        case "of", "everyone":
            return _("everyone")
        case "of", "new_members":
            return _("new members")
        case "of", "edits":
            return _("edits of pictures")
        case "of", "roles":
            return _("some roles")
        case (("stage" | "stages"), "request"):
            return _("it is made")
        case (("stage" | "stages"), "result"):
            return _("it is shown")
        case "decision", "kept":
            return _("kept")
        case "decision", "removed":
            return _("removed")
        case "decision", "warned":
            return _("removed, and a warning")
        case "sanction", "warn":
            return _("a warning")
        case "sanction", "block":
            return _("a block")
        case "sanction", "lower":
            return _("lowered limits")
        case _:
            return value
