"""Who may use Easel, and where."""

from collections.abc import Sequence

from bot.chat.settings.rules import one_of_few, set_rules
from bot.chat.settings.setting import Change, RoleChoice, Section, Setting, Shown
from bot.chat.words import settings as words

_DAYS = (0, 1, 3, 7, 14, 30, 90)


def _open_said(shown: Shown, allowed: bool) -> str:  # one of two values
    if shown.channel_id is None:
        return words.open_choice(allowed=allowed)
    return words.open_channel_choice(allowed=allowed)


def _roles_said(shown: Shown) -> str:
    roles = shown.holding.role_ids
    return words.with_role(roles) if roles else words.everyone()


def _save_roles(shown: Shown, role_ids: tuple[int, ...]) -> Change:
    # Everyone's role, which has the guild's id, is nobody's in an interaction.
    chosen: Sequence[int] = [each for each in role_ids if shown.guild is None or each != shown.guild.id]
    return set_rules(shown, role_ids=tuple(chosen) if len(chosen) == len(role_ids) else ())


WHO = Section(
    "who",
    words.who_section,
    (
        one_of_few("open", words.open_title, lambda _: (True, False), _open_said, lambda _: True),
        Setting(
            key="role_ids",
            title=words.roles_title,
            holds=_roles_said,
            control=RoleChoice(lambda shown: shown.holding.role_ids or (), _save_roles, words.choose_roles),
            rule="role_ids",
        ),
        one_of_few(
            "membership_days",
            words.membership_title,
            lambda _: _DAYS,
            lambda _, days: words.membership(days),
            lambda _: 0,
        ),
    ),
)
