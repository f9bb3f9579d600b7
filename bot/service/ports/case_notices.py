"""Who hears what of a case, as a port."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.job import Job
from bot.domain.report import Case, History, Report
from bot.domain.sanction import Sanction
from bot.service.ports.announcer import OutputPicture, Place


@dataclass(frozen=True, slots=True)
class Dossier:
    """What moderators decide by."""

    case: Case
    job: Job
    history: History | None  # None: outside of guilds
    pictures: Sequence[OutputPicture] = field(default=(), repr=False)


class CaseNotices(Protocol):
    """Moderators by a card in their channel, reporters and the member privately. Any method may raise `TryLater`."""

    async def show_case(self, dossier: Dossier) -> Place | None:
        """Post the card, or change the one that is there, whose pictures stay. Answers where it is; None where there is
        no channel for it. Raises `Undeliverable` where that is closed to the bot. Sent again within a few minutes, it
        makes no second."""
        ...

    async def tell_reporter(self, case: Case, report: Report, job: Job) -> None:
        """What became of it. Raises `Undeliverable`."""
        ...

    async def tell_member(self, job: Job, warned: Sequence[Sanction]) -> None:
        """That a moderator removed the result, and what was imposed for it. Raises `Undeliverable`."""
        ...
