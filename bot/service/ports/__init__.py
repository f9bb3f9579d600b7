"""What the use cases need of the world. Every adapter of a port is held to that port's contract tests."""

from bot.service.ports.announcer import (
    Announcer,
    FilesTooLarge,
    OutputPicture,
    Place,
    TryLater,
    Undeliverable,
)
from bot.service.ports.appeals import (
    Appeals,
    Decided,
)
from bot.service.ports.books import (
    Books,
    MemberUsage,
    Sighting,
    Statement,
)
from bot.service.ports.budgets import (
    Budgets,
    GrantMade,
    Standing,
    Terms,
)
from bot.service.ports.bulletins import (
    Bulletins,
)
from bot.service.ports.case_notices import (
    CaseNotices,
    Dossier,
)
from bot.service.ports.charts import (
    Charts,
)
from bot.service.ports.clock import (
    Clock,
)
from bot.service.ports.erasures import (
    Cutoffs,
    Erasures,
    Stripped,
)
from bot.service.ports.figures import (
    DeploymentFigures,
    Figures,
)
from bot.service.ports.incidents import (
    Incidents,
    Notice,
    NoticePost,
    OperatorChannel,
)
from bot.service.ports.keys import (
    KeyCheck,
    KeyFinding,
    Keys,
    KeySet,
    KeysHeld,
    Retirement,
)
from bot.service.ports.membership import (
    Membership,
)
from bot.service.ports.meter import (
    Meter,
    Received,
)
from bot.service.ports.mirrors import (
    MirrorBatch,
    Mirrors,
)
from bot.service.ports.occasions import (
    Occasion,
    Occasions,
)
from bot.service.ports.pictures import (
    Attachments,
    Blobs,
    Pictures,
    Refitter,
    VerifiedPicture,
)
from bot.service.ports.preferences import (
    Preferences,
    RequestContext,
)
from bot.service.ports.privacy import (
    Erasure,
    Held,
    PersonalData,
)
from bot.service.ports.processes import (
    Claim,
    PredictionNews,
    Processes,
    Queue,
    Wakeups,
)
from bot.service.ports.purges import (
    Purge,
    Purged,
    Purges,
)
from bot.service.ports.replicate import (
    AnswerLost,
    NeverSent,
    PredictionNotFound,
    Predictions,
    Throttled,
)
from bot.service.ports.reports import (
    Filed,
    Reports,
)
from bot.service.ports.review_desk import (
    ReviewDesk,
)
from bot.service.ports.reviews import (
    OpenReviews,
    Reviews,
    Trusted,
)
from bot.service.ports.runs import (
    RunBooks,
    RunPosition,
)
from bot.service.ports.sanctions import (
    Imposed,
    Record,
    Sanctions,
)
from bot.service.ports.screening import (
    CheckFailed,
    Classifier,
)
from bot.service.ports.store import (
    AccountRetired,
    AlreadyAdmitted,
    CommitInDoubt,
    Fenced,
    MemberJobs,
    PredictionTaken,
    Sample,
    Store,
    Stray,
    Usage,
    UsageReport,
)
from bot.service.ports.trail import (
    Trail,
)
from bot.service.ports.vitals import (
    Vitals,
    VitalSigns,
)
from bot.service.ports.wording import (
    AutoModRules,
    Wording,
    WordLists,
)

__all__ = [
    "AccountRetired",
    "AlreadyAdmitted",
    "Announcer",
    "AnswerLost",
    "Appeals",
    "Attachments",
    "AutoModRules",
    "Blobs",
    "Books",
    "Budgets",
    "Bulletins",
    "CaseNotices",
    "Charts",
    "CheckFailed",
    "Claim",
    "Classifier",
    "Clock",
    "CommitInDoubt",
    "Cutoffs",
    "Decided",
    "DeploymentFigures",
    "Dossier",
    "Erasure",
    "Erasures",
    "Fenced",
    "Figures",
    "Filed",
    "FilesTooLarge",
    "GrantMade",
    "Held",
    "Imposed",
    "Incidents",
    "KeyCheck",
    "KeyFinding",
    "KeySet",
    "Keys",
    "KeysHeld",
    "MemberJobs",
    "MemberUsage",
    "Membership",
    "Meter",
    "MirrorBatch",
    "Mirrors",
    "NeverSent",
    "Notice",
    "NoticePost",
    "Occasion",
    "Occasions",
    "OpenReviews",
    "OperatorChannel",
    "OutputPicture",
    "PersonalData",
    "Pictures",
    "Place",
    "PredictionNews",
    "PredictionNotFound",
    "PredictionTaken",
    "Predictions",
    "Preferences",
    "Processes",
    "Purge",
    "Purged",
    "Purges",
    "Queue",
    "Received",
    "Record",
    "Refitter",
    "Reports",
    "RequestContext",
    "Retirement",
    "ReviewDesk",
    "Reviews",
    "RunBooks",
    "RunPosition",
    "Sample",
    "Sanctions",
    "Sighting",
    "Standing",
    "Statement",
    "Store",
    "Stray",
    "Stripped",
    "Terms",
    "Throttled",
    "Trail",
    "Trusted",
    "TryLater",
    "Undeliverable",
    "Usage",
    "UsageReport",
    "VerifiedPicture",
    "VitalSigns",
    "Vitals",
    "Wakeups",
    "WordLists",
    "Wording",
]
