"""Replicate: the token, and what each model takes now beside what Easel knows of it. Nothing runs or is billed."""

from collections.abc import AsyncGenerator, Iterator

from bot.configured import open_replicate
from bot.doctor.findings import Finding, error, ok, skipped, warning
from bot.doctor.tokens import REPLICATE_ADVICE, TokenRefused, TokenUntried, check_replicate_token
from bot.domain.account import OPERATOR
from bot.domain.catalog import Model
from bot.domain.errors import EaselError, InputRejected
from bot.openai.key_check import OpenAiKeyCheck
from bot.openai.moderation import MODEL as MODERATION_MODEL
from bot.replicate.client import ReplicateClient
from bot.replicate.decoding import MalformedAnswer
from bot.replicate.model_schema import Drift, DriftKind, compare, published_inputs
from bot.service.clock import SystemClock
from bot.service.ports import AnswerLost, KeyFinding, NeverSent
from bot.settings import Settings

PART = "Replicate"
OPENAI = "OpenAI"

_UPDATE = "Update Easel, or tell its developers if there is no newer version."


async def check_replicate(settings: Settings) -> AsyncGenerator[Finding]:
    if not settings.replicate_api_token.get_secret_value():
        yield error(PART, "token", "missing", REPLICATE_ADVICE)
        return
    try:
        account = await check_replicate_token(settings.replicate_api_token, api_url=settings.replicate_api_url)
    except TokenRefused:
        yield error(PART, "token", "refused by Replicate", REPLICATE_ADVICE)
        return
    except TokenUntried as untried:
        yield error(PART, "token", f"could not be tried: {untried}", "See that this machine reaches REPLICATE_API_URL.")
        return
    yield ok(PART, "token", f"is of the account {account}")
    async with open_replicate(settings, SystemClock()) as replicate:
        for model in settings.models:
            for each in await _model(replicate, model):
                yield each


async def _model(replicate: ReplicateClient, model: Model) -> list[Finding]:
    try:
        schema = await replicate.schema(OPERATOR, model.slug)
        drifts = None if schema is None else compare(model, published_inputs(schema))
    except InputRejected:
        advice = "Correct REPLICATE_MODEL or EASEL_MODELS: Replicate has no model of that name, or withdrew it."
        return [error(PART, model.slug, "there is no such model", advice)]
    except (NeverSent, AnswerLost, EaselError, MalformedAnswer) as trouble:
        said = f"could not be compared with the catalogue ({trouble!r})"
        return [warning(PART, model.slug, said, "Try again later; pictures may be made all the same.")]
    if drifts is None:
        return [skipped(PART, model.slug, "Replicate doesn't publish what it takes")]
    return [*_told(model.slug, drifts)] or [ok(PART, model.slug, "takes what Easel knows of it")]


def _told(slug: str, drifts: list[Drift]) -> Iterator[Finding]:
    for each in drifts:
        finding, advice = _words(each)
        if each.kind.breaks:
            yield error(PART, slug, finding, f"{advice} {_UPDATE}")
        else:
            yield warning(PART, slug, finding, advice)


def _words(drift: Drift) -> tuple[str, str]:
    """What differs, and what that means."""
    name = drift.input
    nothing = "Nothing breaks"
    match drift.kind:
        case DriftKind.NEW_INPUT:
            takes = f" ({drift.published})" if drift.published else ""
            return f"has a new input, {name}{takes}", f"{nothing}; Easel doesn't offer it yet."
        case DriftKind.NEW_REQUIRED_INPUT:
            return f"wants {name} with every run", "Replicate may refuse every request."
        case DriftKind.GONE_INPUT:
            return f"no longer takes {name}", "Replicate may refuse requests with it."
        case DriftKind.NEW_CHOICE:
            said = f"{name} can be {drift.published} now"
            return said, f"{nothing}; Easel doesn't offer it yet, and knows no price for it."
        case DriftKind.GONE_CHOICE:
            return f"{name} can no longer be {drift.catalogue}", "Replicate will refuse requests with it."
        case DriftKind.NEW_DEFAULT:
            said = f"the default of {name} is {drift.published} now, no longer {drift.catalogue}"
            return said, f"{nothing}: Easel sends its own."
        case DriftKind.OTHER_TYPE:
            said = f"{name} is of the type {drift.published} now, no longer {drift.catalogue}"
            return said, "Replicate may refuse requests with it."
        case DriftKind.WIDER_BOUND:
            said = f"{name} may be {drift.published} now, not only {drift.catalogue}"
            return said, f"{nothing}; Easel keeps to the old bound."
        case DriftKind.NARROWER_BOUND:
            said = f"{name} must be {drift.published} now, no longer {drift.catalogue}"
            return said, "Replicate will refuse requests beyond it."


async def check_openai(settings: Settings) -> AsyncGenerator[Finding]:
    """The operator's keys, where there are any. To look a model up costs nothing."""
    keys = {
        "OPENAI_API_KEY": (settings.openai_api_key, settings.replicate_model.rpartition("/")[2]),
        "OPENAI_MODERATION_KEY": (settings.openai_moderation_key, MODERATION_MODEL),
    }
    if not any(key for key, _ in keys.values()):
        yield skipped(OPENAI, "keys", "none is set")
    for name, (key, model) in keys.items():
        if key is None:
            continue
        match await OpenAiKeyCheck(model, api_url=settings.openai_api_url).check(key):
            case KeyFinding.HOLDS:
                yield ok(OPENAI, name, f"may use {model}")
            case KeyFinding.REFUSED:
                advice = f"Set {name} to a key of https://platform.openai.com/api-keys, or leave it unset."
                yield error(OPENAI, name, "refused by OpenAI", advice)
            case KeyFinding.NO_ACCESS:
                advice = "Let its project use the model, or take a key of another project."
                yield error(OPENAI, name, f"may not use {model}", advice)
            case KeyFinding.UNKNOWN:
                yield warning(
                    OPENAI, name, "could not be tried: OpenAI can't be reached", "See that this machine reaches it."
                )
