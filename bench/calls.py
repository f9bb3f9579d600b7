"""What a job asks of Discord and Replicate, where it starts at once and meets no fault."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable

from bench.figures import Aim, Figure
from bench.stage import Stage, open_stage
from tests.wire.rest import Route

JOBS = 20
COUNTS = (1, 4)
"""Pictures of a job."""

_ANSWER = f"POST {Route.CALLBACK}"
_PICTURES = f"PATCH {Route.WEBHOOK_MESSAGE}"
_CREATE = "POST /v1/models/openai/gpt-image-2/predictions"
_FETCH = "GET /delivery/{id}/{name}"
_SWEEP = "GET /v1/predictions"  # shared by all jobs in flight

LISTED = (f"GET {Route.GUILD_MEMBER}",)
"""Calls that a job makes beside those, each for a reason that docs/performance.md gives."""


async def measure() -> AsyncIterator[Figure]:
    for pictures in COUNTS:
        calls = await _calls(pictures)
        on = f"{pictures} × 1.5 MB"
        promised = {_ANSWER: 1, _PICTURES: 1, _CREATE: 1, _FETCH: pictures}
        if few := {call for call, number in promised.items() if calls[call] < number * JOBS}:
            raise RuntimeError(f"not every job made these calls: {', '.join(few)}")
        further = calls - Counter({call: number * JOBS for call, number in promised.items()})
        del further[_SWEEP]
        yield _figure("calls of a job: to Discord, for its answer and its pictures", on, calls, (_ANSWER, _PICTURES), 2)
        yield _figure("… to Replicate, its create", on, calls, (_CREATE,), 1)
        yield _figure("… to Replicate, the fetches of its pictures", on, calls, (_FETCH,), pictures)
        yield _figure("… and further ones, with their reasons in the document", on, further, LISTED, len(LISTED))
        yield _figure("… and any other", on, further, further.keys() - set(LISTED), 0)


def _figure(what: str, on: str, calls: Counter[str], names: Iterable[str], most: int) -> Figure:
    return Figure(what, on, "", [sum(calls[name] for name in names) / JOBS], aim=Aim(most=most), count=JOBS)


async def _calls(pictures: int) -> Counter[str]:
    """Of so many jobs together, by method and route."""
    settings = {"EASEL_MEMBER_DAILY_PICTURES": "100000"}
    async with open_stage(picture_bytes=1_500_000, settings=settings) as stage:
        channel = stage.guild.channel()
        async with stage.program() as run:

            async def job() -> None:
                interaction = await stage.imagine(channel, count=pictures)
                await interaction.until(lambda message: len(message.pictures) == pictures)

            await job()  # which also fetches what is asked for once, as the webhook's secret is
            await stage.settled(run, channel)
            before = _made(stage)
            for number in range(JOBS):
                await job()
                await stage.settled(run, channel, number + 2)
            return _made(stage) - before


def _made(stage: Stage) -> Counter[str]:
    discord = (f"{each.method} {each.route}" for each in stage.discord.requests)
    replicate = (f"{each.method} {_route(each.path)}" for each in stage.replicate.requests)
    return Counter((*discord, *replicate))


def _route(path: str) -> str:
    return _FETCH.partition(" ")[2] if path.startswith("/delivery/") else path
