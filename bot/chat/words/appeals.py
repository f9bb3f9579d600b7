"""Appeals: what a member writes against a decision, what reviewers see of it, and what became of it."""

from datetime import datetime

from bot.chat.language import gettext as _
from bot.domain.appeal import Appeal, MatterKind


def appeal_label() -> str:
    return _("Appeal")


def about_appeals() -> str:
    return _("Appeals that wait for a decision.")


def form_title() -> str:
    return _("Appeal")


def text_label() -> str:
    return _("What should the moderators know?")


def text_hint() -> str:
    return _("You can appeal once about this, so write all that matters.")


def not_yours() -> str:
    return _("Only the member whom it is about can appeal.")


def unknown() -> str:
    return _("This can't be appealed any more: it is over, or was erased.")


def sent() -> str:
    return _("Your appeal has reached the moderators. I tell you in a direct message what they decide.")


def kept() -> str:
    return _("Your appeal is kept. The moderators find it when they look; I tell you then what they decide.")


def stands(appeal: Appeal) -> str:
    """To a member who has appealed already."""
    if appeal.granted is None:
        return _("You have appealed about this, and nobody has decided yet.")
    if appeal.granted:
        return _("You have appealed about this, and it was granted.")
    return _("You have appealed about this, and it was denied.")


# ------------------------------------------------------------------------------------ what reviewers see


def title() -> str:
    return _("Appeal")


def by(member_id: int | None, made_at: datetime) -> str:
    whom = _("A member who was erased") if member_id is None else f"<@{member_id}>"
    return _("{whom} appeals, <t:{made_at}:R>:").format(whom=whom, made_at=int(made_at.timestamp()))


def against(what: str, by: str) -> str:
    """`what` is a sanction in a few words, `by` who imposed it."""
    return _("Against: {what}, {by}.").format(what=what, by=by)


def against_job(job_id: str) -> str:
    return _("Against what was decided about the request {job}.").format(job=f"`{job_id}`")


def against_refusal() -> str:
    return _("Against the refusal of a request by this server's rules.")


def no_longer_known() -> str:
    return _("What it is about isn't known any longer.")


def in_the_list() -> str:
    """In a channel that everybody can read."""
    return _("`/moderate appeals` shows it to moderators alone, with buttons to decide.")


def grant_label() -> str:
    return _("Grant")


def deny_label() -> str:
    return _("Deny")


def grant_title() -> str:
    return _("Grant the appeal")


def deny_title() -> str:
    return _("Deny the appeal")


def answer_label() -> str:
    return _("Your answer")


def answer_hint() -> str:
    return _("The member reads it; your name isn't shown.")


def decided(appeal: Appeal) -> str:
    whom = f"<@{appeal.decided_by}>" if appeal.decided_by is not None else _("somebody")
    if appeal.granted:
        return _("**Granted** by {whom}.").format(whom=whom)
    return _("**Denied** by {whom}.").format(whom=whom)


def decided_before(appeal: Appeal) -> str:
    whom = f"<@{appeal.decided_by}>" if appeal.decided_by is not None else _("somebody")
    if appeal.granted:
        return _("{whom} was faster: the appeal is granted.").format(whom=whom)
    return _("{whom} was faster: the appeal is denied.").format(whom=whom)


def not_ones_own() -> str:
    return _("It is your own appeal. Another moderator has to decide.")


def gone() -> str:
    return _("This appeal isn't there any longer.")


def none_waiting() -> str:
    return _("No appeals wait.")


def more_wait() -> str:
    return _("More wait behind these: decide, and ask again.")


# ----------------------------------------------------------------------------------- what the member hears


def told(appeal: Appeal, server: str, *, restored: bool) -> str:
    """`restored`: pictures that had been removed are shown again."""
    if restored:
        return _("Your appeal in **{server}** was granted: your pictures are shown again.").format(server=server)
    match (appeal.granted, appeal.about.kind):
        case (True, MatterKind.SANCTION):
            return _("Your appeal in **{server}** was granted: what was imposed on you is lifted.").format(
                server=server
            )
        case (True, MatterKind.REFUSAL):
            return _(
                "Your appeal in **{server}** was granted. The rules are still the same there; the moderators can "
                "change them."
            ).format(server=server)
        case (True, _):
            return _("Your appeal in **{server}** was granted: you may ask for that again.").format(server=server)
        case _:
            return _("Your appeal in **{server}** was denied.").format(server=server)
