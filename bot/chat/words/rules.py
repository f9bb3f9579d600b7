"""What keeps a request out by the rules of a server, and what to do about it."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words import sanctions
from bot.chat.words.lists import one_of
from bot.chat.words.options import field_words
from bot.domain import errors


def ruled_out(outcome: errors.RuledOut) -> str:
    """As Discord markdown; roles and times are shown by Discord in its reader's own way."""
    match outcome:
        case errors.ClosedHere():
            return _("This server doesn't let me paint in this channel. Please ask in another one.")
        case errors.RoleNeeded(role_ids=role_ids):
            return _(
                "This server lets me paint for {roles} here. Ask a moderator whether you can have such a role."
            ).format(roles=one_of([f"<@&{each}>" for each in role_ids]))
        case errors.MemberTooNew(days=days, until=until):
            return ngettext(
                "This server lets me paint for those who have been members for {days} day. You can ask <t:{until}:R>.",
                "This server lets me paint for those who have been members for {days} days. You can ask <t:{until}:R>.",
                days,
            ).format(days=days, until=until)
        case errors.ChoiceNotAllowed(field="count", allowed=(most,)):
            return ngettext(
                "This server allows {count} picture in one request here. Please ask for fewer.",
                "This server allows {count} pictures in one request here. Please ask for fewer.",
                int(most),
            ).format(count=most)
        case errors.ChoiceNotAllowed(field=field, value=value, allowed=allowed):
            return _("This server doesn't allow {value} as the {field} here. Choose {allowed}.").format(
                value=f"`{value}`", field=field_words(field), allowed=one_of([f"`{each}`" for each in allowed])
            )
        case errors.WordBlocked(in_style=True):
            return _(
                "The style, with your prompt, says something that this server doesn't allow. "
                "Please choose another, or word it differently."
            )
        case errors.WordBlocked():
            return _(
                "Your prompt says something that this server doesn't allow. Please word it differently; "
                "its moderators can tell you what isn't allowed."
            )
        case errors.MemberTimedOut(until=until):
            return _("You are timed out in this server until <t:{until}:f>. You can ask again then.").format(
                until=until
            )
        case errors.MemberBlocked():
            return sanctions.blocked(outcome)
        case _:
            return _("This server's rules don't allow that here. Nothing was charged.")
