"""Warnings, blocks and lowered limits: what moderators do and see, and what the member hears."""

from datetime import datetime

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import number_words
from bot.domain import errors
from bot.domain.quota import Period, UsageLimits
from bot.domain.sanction import Sanction, SanctionKind

# --------------------------------------------------------------------------------------------------------- the commands


def about_warn() -> str:
    return _("Warn a member. Enough warnings lead to what this server's ladder says.")


def about_block() -> str:
    return _("Let a member make no pictures here for a while, or for good.")


def about_lower() -> str:
    return _("Lower how many pictures a member may make here, whatever their roles allow.")


def about_lift() -> str:
    return _("Lift a member's block, and the limits that were lowered for them.")


def member_option() -> str:
    return _("Whom it is about.")


def reason_option() -> str:
    return _("What for, in your words; the member reads it.")


def lift_reason_option() -> str:
    return _("Why, in your words; the log keeps it.")


def until_option() -> str:
    return _("How long (3d, 12h), the last day (2026-12-24, Sunday), or: for good.")


def pictures_option() -> str:
    return _("How many pictures they may make; 0 for none.")


def period_option() -> str:
    return _("In which time; a day unless you choose another.")


def strikes_option() -> str:
    return _("How many strikes it counts for; 1 unless you say more.")


def per_period(period: Period) -> str:
    return {Period.DAY: _("each day"), Period.WEEK: _("each week"), Period.MONTH: _("each month")}[period]


def for_good_entries() -> str:
    # Translators: ways to write that something has no end, with commas between them; the first is suggested.
    return _("for good, forever")


# ------------------------------------------------------------------------------------------------------ what is imposed


def until(ends_at: datetime | None) -> str:
    """In the middle of a sentence."""
    return _("for good") if ends_at is None else _("until <t:{ends_at}:f>").format(ends_at=int(ends_at.timestamp()))


def pictures(limits: UsageLimits | None) -> str:
    """ "2 pictures each day"; of several periods all."""
    said = [
        ngettext("{count} picture {period}", "{count} pictures {period}", allowed).format(
            count=number_words(allowed), period=per_period(period)
        )
        for period in Period
        if limits is not None and (allowed := limits.in_period(period).pictures) is not None
    ]
    return ", ".join(said)


def sanction(imposed: Sanction) -> str:
    """What it is, in a few words."""
    match imposed.kind:
        case SanctionKind.WARN:
            return ngettext("Warning, {count} strike", "Warning, {count} strikes", imposed.strikes).format(
                count=imposed.strikes
            )
        case SanctionKind.BLOCK:
            return _("Block {until}").format(until=until(imposed.ends_at))
        case SanctionKind.LOWER:
            return _("Limit of {pictures}, {until}").format(
                pictures=pictures(imposed.limits), until=until(imposed.ends_at)
            )


def made_by(by: int | None) -> str:
    return _("by this server's ladder") if by is None else _("by {whom}").format(whom=f"<@{by}>")


def imposed(made: Sanction) -> str:
    """What a moderator has just done."""
    member = f"<@{made.member_id}>"
    match made.kind:
        case SanctionKind.WARN:
            return ngettext(
                "**{member} is warned**, which counts for {count} strike.",
                "**{member} is warned**, which counts for {count} strikes.",
                made.strikes,
            ).format(member=member, count=made.strikes)
        case SanctionKind.BLOCK:
            return _("**{member} is blocked** {until}.").format(member=member, until=until(made.ends_at))
        case SanctionKind.LOWER:
            return _("**{member} may make {pictures}** now, {until}.").format(
                member=member, pictures=pictures(made.limits), until=until(made.ends_at)
            )


def led_to(by_ladder: Sanction) -> str:
    return _("With so many strikes, the ladder adds: {sanction}.").format(sanction=sanction(by_ladder))


def strikes(count: int, days: int) -> str:
    return ngettext(
        "They have {count} strike in the last {days} days.", "They have {count} strikes in the last {days} days.", count
    ).format(count=count, days=days)


def canceled(count: int) -> str:
    return ngettext(
        "{count} request of theirs was canceled.", "{count} requests of theirs were canceled.", count
    ).format(count=count)


def heard(*, told: bool) -> str:
    if told:
        return _("I have told them in a direct message, with your reason and a way to appeal.")
    return _("I couldn't reach them by direct message: they hear of it when they next use me here.")


def lifted(member_id: int, count: int) -> str:
    return ngettext(
        "**Lifted:** {count} sanction of {member}.", "**Lifted:** {count} sanctions of {member}.", count
    ).format(count=count, member=f"<@{member_id}>")


def nothing_to_lift(member_id: int) -> str:
    return _("Nothing is in force for {member}. A warning is lifted below `/moderate member`.").format(
        member=f"<@{member_id}>"
    )


def lifted_before() -> str:
    return _("That was lifted before, or has ended.")


def out_of_reach(outcome: errors.OutOfReach) -> str:
    match outcome:
        case errors.NotABot(user_id=user_id):
            return _("{bot} is a bot; bots can't ask me for pictures anyway.").format(bot=f"<@{user_id}>")
        case errors.RanksTooHigh(user_id=user_id):
            return _(
                "You can't do that to {member}: their highest role is as high as yours or higher, or they run this "
                "server. Ask somebody above them."
            ).format(member=f"<@{user_id}>")
        case _:
            return _("You can't do that to yourself. Ask another moderator.")


def not_for_you() -> str:
    return _("That is for this server's moderators.")


# ------------------------------------------------------------------------------------------------ what the member hears


def told(imposed: Sanction, server: str) -> str:
    """The first words of a direct message, or of a note at the next use."""
    match imposed.kind:
        case SanctionKind.WARN:
            return ngettext(
                "The moderators of **{server}** have warned you about how you use me. It counts for {count} strike.",
                "The moderators of **{server}** have warned you about how you use me. It counts for {count} strikes.",
                imposed.strikes,
            ).format(server=server, count=imposed.strikes)
        case SanctionKind.BLOCK if imposed.made_by is None:
            return _("After repeated warnings, you can't make pictures in **{server}** {until}.").format(
                server=server, until=until(imposed.ends_at)
            )
        case SanctionKind.BLOCK:
            return _("The moderators of **{server}** have blocked you from making pictures there {until}.").format(
                server=server, until=until(imposed.ends_at)
            )
        case SanctionKind.LOWER if imposed.made_by is None:
            return _("After repeated warnings, you can make {pictures} in **{server}**, {until}.").format(
                server=server, pictures=pictures(imposed.limits), until=until(imposed.ends_at)
            )
        case SanctionKind.LOWER:
            return _("The moderators of **{server}** let you make {pictures} there, {until}.").format(
                server=server, pictures=pictures(imposed.limits), until=until(imposed.ends_at)
            )


def told_lifted(lifted: Sanction, server: str) -> str:
    match lifted.kind:
        case SanctionKind.WARN:
            return _("The moderators of **{server}** have taken a warning back. Its strikes no longer count.").format(
                server=server
            )
        case SanctionKind.BLOCK:
            return _("You can make pictures in **{server}** again: the moderators have lifted your block.").format(
                server=server
            )
        case SanctionKind.LOWER:
            return _("The moderators of **{server}** have lifted the limit that they had set for you.").format(
                server=server
            )


def this_server() -> str:
    """Where its name isn't known."""
    return _("a server")


def blocked(outcome: errors.MemberBlocked) -> str:
    """Why a request is refused; the reason follows as a quote."""
    if outcome.until is None:
        return _("The moderators of this server have blocked you from making pictures here for good.")
    return _(
        "The moderators of this server have blocked you from making pictures here until <t:{until}:f> (<t:{until}:R>)."
    ).format(until=outcome.until)


def barred(outcome: errors.MemberBarred) -> str:
    """In the place of pictures, for all to read: without a reason."""
    if not outcome.blocked:
        return _("The pictures aren't shown: the member was timed out in this server meanwhile.")
    return _("The pictures aren't shown: the member was blocked from making any here meanwhile.")


# ------------------------------------------------------------------------------------------------------------ the forms


def warn_title() -> str:
    return _("Warn a member")


def block_title() -> str:
    return _("Block a member")


def lower_title() -> str:
    return _("Lower a member's limits")


def lift_title() -> str:
    return _("Lift a sanction")


def reason_label() -> str:
    return _("Reason")


def reason_hint() -> str:
    return _("The member reads it.")


def lift_reason_hint() -> str:
    return _("The log keeps it.")


def until_label() -> str:
    return _("How long")


def until_hint() -> str:
    return _("3d, 12h, a day such as 2026-12-24, or: {for_good}").format(for_good=first_for_good())


def pictures_label() -> str:
    return _("Pictures each day")


def first_for_good() -> str:
    return for_good_entries().partition(",")[0]
