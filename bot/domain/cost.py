"""What a run did cost, by what Replicate says of it."""

from datetime import date

from bot.domain.account import Billing
from bot.domain.catalog import CATALOG, MicroDollars
from bot.domain.job import Job
from bot.domain.prediction import Prediction, PredictionStatus

OVERRUN = 2
"""How many times its hold a run may cost. Only a price that rose between hold and run, or a bound on tokens that is too
low, lets it cost more than the hold at all; a count that says more than this isn't believed."""


def cost_of(job: Job, prediction: Prediction) -> MicroDollars:
    """What is billed for an ended run, `OVERRUN` times the job's hold at most.

    By picture: each that came out. A canceled run is billed, and the answer doesn't say how much; of one whose data
    is removed it doesn't say what came out: both count whole. One that failed or never started costs nothing.

    By token: what the logs have counted, however the run ended. Where they haven't, the hold for a run that succeeded
    or was canceled, since OpenAI goes on with what it has begun, and nothing for one that failed or never started.
    """
    cost = _by_token(job, prediction) if job.billing is Billing.TOKEN else _by_picture(job, prediction)
    return min(cost, OVERRUN * job.hold)


def counted(job: Job, prediction: Prediction) -> bool:
    """Whether the logs say what is billed by token."""
    tokens = prediction.tokens
    pictures = tokens.input_image is not None or job.request.picture_count == 0
    return pictures and tokens.input_text is not None and tokens.output is not None


def _by_picture(job: Job, prediction: Prediction) -> MicroDollars:
    price = CATALOG[job.request.model].price(job.request.quality, _day(job))
    match prediction.status:
        case PredictionStatus.SUCCEEDED if prediction.output or not prediction.data_removed:
            return price * len(prediction.output)
        case PredictionStatus.SUCCEEDED | PredictionStatus.CANCELED:
            return price * job.request.count
        case _:
            return 0


def _by_token(job: Job, prediction: Prediction) -> MicroDollars:
    tokens = prediction.tokens
    if counted(job, prediction):
        return CATALOG[job.request.model].token_price(
            _day(job),
            text_in=tokens.input_text or 0,
            pictures_in=tokens.input_image or 0,
            out=tokens.output or 0,
        )
    return job.hold if prediction.status in (PredictionStatus.SUCCEEDED, PredictionStatus.CANCELED) else 0


def _day(job: Job) -> date:
    return (job.submitted_at or job.created_at).date()
