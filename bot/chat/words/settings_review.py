"""What moderators read of the settings of review."""

from collections.abc import Sequence

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.settings import with_role


def review_section() -> str:
    return _("Review")


def review_of_title() -> str:
    return _("Whose requests wait for a moderator")


def review_about() -> str:
    return _("They wait in the review channel. Moderators' own never wait.")


def nobody() -> str:
    return _("Nobody's")


def review_of(value: str) -> str:
    match value:
        case "everyone":
            return _("Everyone's")
        case "new_members":
            return _("New members'")
        case "edits":
            return _("Those made from pictures")
        case "roles":
            return _("Those of certain roles")
        case _:
            return value


def stages_title() -> str:
    return _("What a moderator looks at")


def stage(value: str) -> str:
    match value:
        case "request":
            return _("Prompt and pictures, before anything is spent")
        case "result":
            return _("The result, before anybody sees it")
        case _:
            return value


def review_roles_title() -> str:
    return _("Roles whose requests wait")


def no_role() -> str:
    return _("None chosen")


def choose_review_roles() -> str:
    return _("Choose roles")


def new_member_title() -> str:
    return _("How long a member is new")


def reviewers_title() -> str:
    return _("Who decides")


def reviewers(roles: Sequence[int]) -> str:
    if not roles:
        return _("Those who may manage messages")
    return _("Those who may manage messages, and {roles}").format(roles=with_role(roles))


def choose_reviewers() -> str:
    return _("Further roles that may decide")


def hours_title() -> str:
    return _("When a request that nobody decided on expires")


def hours(count: int) -> str:
    if count >= 48 and count % 24 == 0:
        days = count // 24
        return ngettext("After {count} day", "After {count} days", days).format(count=days)
    return ngettext("After {count} hour", "After {count} hours", count).format(count=count)
