"""What reviewers read of what waits for them, and members of theirs that does."""

from datetime import datetime

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.layout import plain_line, quoted
from bot.chat.words.numbers import price_words
from bot.domain.catalog import MicroDollars
from bot.domain.errors import AwaitsReview, ReviewRejected
from bot.domain.moderation import ReviewStage
from bot.domain.review import Decision, ReviewRecord

LONGEST_REASON = 300
"""Characters."""


# ------------------------------------------------------------------------------------------------ to members


def awaited(waits: AwaitsReview) -> str:
    """Why a job waits."""
    until = f"<t:{waits.until}:f>"
    if waits.stage == ReviewStage.RESULT:
        return _(
            "Your pictures are made. A moderator looks at them before they are shown, until {until} at the latest."
        ).format(until=until)
    return _(
        "A moderator looks at this first, until {until} at the latest. Nothing is charged before; "
        "what they decide is told here."
    ).format(until=until)


def rejected(outcome: ReviewRejected) -> str:
    reason = plain_line(outcome.reason, LONGEST_REASON).rstrip(".")
    return _("A moderator turned this down: {reason}.").format(reason=reason)


def expired() -> str:
    return _("No moderator decided on this in time, so it has ended. You are welcome to ask again.")


def charged(price: MicroDollars) -> str:
    """Of a run whose pictures aren't shown."""
    return _("It had been painted by then, and cost {price}.").format(price=price_words(price))


# --------------------------------------------------------------------------------------------- the card


def title(stage: ReviewStage) -> str:
    return _("Review these pictures") if stage is ReviewStage.RESULT else _("Review this request")


def asked(member: str, channel: str, *, private: bool) -> str:
    """`member` and `channel` are mentions."""
    if private:
        return _("{member} asks for this in {channel}, for their eyes only.").format(member=member, channel=channel)
    return _("{member} asks for this in {channel}.").format(member=member, channel=channel)


def money(stage: ReviewStage, price: MicroDollars) -> str:
    """`price` is what the pictures did cost, or what they may cost at most."""
    if stage is ReviewStage.RESULT:
        return _("Nobody has seen the pictures yet. They cost {price}.").format(price=price_words(price))
    return _("Nothing is spent before you decide. It may cost up to {price}.").format(price=price_words(price))


def lapses(at: datetime) -> str:
    return _("If nobody decides, it ends {when}, and the member is told.").format(when=f"<t:{int(at.timestamp())}:R>")


def hidden() -> str:
    return _("Everybody can see this channel, so what is to be decided on isn't shown in it. Look shows it to you.")


def more_pictures(count: int) -> str:
    return ngettext(
        "And {count} more picture, for which there is no room here.",
        "And {count} more pictures, for which there is no room here.",
        count,
    ).format(count=count)


def button(verb: str) -> str:
    match verb:
        case "approve":
            return _("Approve")
        case "trust":
            return _("Approve and trust")
        case "reject":
            return _("Reject …")
        case "look":
            return _("Look")
        case other:
            raise ValueError(other)


def decided(review: ReviewRecord) -> str:
    """What became of a review, and by whom."""
    reviewer = _somebody() if review.decided_by is None else f"<@{review.decided_by}>"
    match review.decision:
        case Decision.APPROVED:
            return _("**Approved** by {reviewer}.").format(reviewer=reviewer)
        case Decision.REJECTED:
            said = _("**Rejected** by {reviewer}:").format(reviewer=reviewer)
            return f"{said}\n{quoted(review.reason, LONGEST_REASON)}"
        case Decision.EXPIRED:
            return _("**Expired.** Nobody decided in time; the member has been told.")
        case Decision.CANCELED:
            return _("**Canceled** before anybody decided.")
        case None:
            return _("Not decided yet.")


def _somebody() -> str:
    return _("a reviewer who is no longer known")


# ------------------------------------------------------------------------------------------------ to reviewers


def unknown() -> str:
    return _("I no longer know this request, so there is nothing to decide.")


def not_a_reviewer() -> str:
    return _(
        "This is for moderators: it takes the permission **Manage Messages** in this channel, or a reviewers' role."
    )


def your_own() -> str:
    return _("This is your own request. Please leave it to another reviewer.")


def decided_before(review: ReviewRecord) -> str:
    return _("Somebody was faster. {decision}").format(decision=decided(review))


def not_shown() -> str:
    return _("I couldn't show the pictures just now. Please try again in a few minutes.")


def reject_title() -> str:
    return _("Reject")


def reason_label() -> str:
    return _("Why?")


def reason_hint() -> str:
    return _("The member is told this, in your words.")


# ------------------------------------------------------------------------------------------- the commands


def about_review() -> str:
    return _("See what waits for review, and whose requests need none.")


def about_trust() -> str:
    return _("Review a member's requests no longer.")


def about_distrust() -> str:
    return _("Review a member's requests like everybody's.")


def member_option() -> str:
    return _("The member.")


def list_title() -> str:
    return _("Waiting for review")


def nothing_waits() -> str:
    return _("Nothing waits for review.")


def line(review: ReviewRecord, member: str, prompt: str | None) -> str:
    """One that waits; `prompt` is None where it isn't for everybody's eyes."""
    ends = f"<t:{int(review.expires_at.timestamp())}:R>"
    if review.stage is ReviewStage.RESULT:
        said = _("Pictures for {member}; ends {when}").format(member=member, when=ends)
    else:
        said = _("A request of {member}; ends {when}").format(member=member, when=ends)
    return f"{said}\n{prompt}" if prompt else said


def more_wait(count: int) -> str:
    return ngettext("And {count} more that waits.", "And {count} more that wait.", count).format(count=count)


def trusted(names: str) -> str:
    return _("Not reviewed, because they are trusted: {names}").format(names=names)


def nobody_trusted() -> str:
    return _("Nobody is trusted yet: `/moderate trust`, or Approve and trust on a card, lets a member go unreviewed.")


def trusted_now(member: str, *, new: bool) -> str:
    if new:
        return _("Requests of {member} aren't reviewed any more.").format(member=member)
    return _("Requests of {member} weren't reviewed before either.").format(member=member)


def distrusted_now(member: str, *, new: bool) -> str:
    if new:
        return _("Requests of {member} are reviewed again, where this server reviews any.").format(member=member)
    return _("{member} wasn't trusted before either.").format(member=member)
