"""A card stays within what Discord takes, whatever it has to tell: 4,000 characters of text and 40 components."""

from dataclasses import replace

import pytest

from bot.chat.cards import result_card
from bot.chat.notes import picture_notes
from bot.domain.job import Job
from bot.domain.prediction import Prediction, PredictionStatus
from bot.domain.request import AppliedStyle, InputImage
from bot.service.ports import OutputPicture
from tests.storage.examples import NOON, a_job

INPUTS = tuple(InputImage("key", f"{number}{'_' * 80}.gif", "image/png", 1, 1, 1, frames=99) for number in range(16))


def job_of(prompt: str, made: int) -> Job:
    job = a_job(pictures=10)
    style = AppliedStyle("*" * 80, "in oil")
    urls = tuple(f"https://replicate.delivery/xezq/{'(' * 90}/{number}.png" for number in range(made))
    return replace(
        job,
        request=replace(job.request, prompt=prompt, style=style, kept=INPUTS),
        inputs=INPUTS,
        prediction=Prediction("p1", PredictionStatus.SUCCEEDED, output=urls, completed_at=NOON),
        run_seconds=1234.5,
        cost=10**9,
    )


def refitted(job: Job, *, without: int = 0) -> list[OutputPicture]:
    assert job.prediction is not None
    return [
        OutputPicture(number, f"easel-{'0' * 16}-{number}.webp", b"", refitted_from=10**8, original=url)
        for number, url in enumerate(job.prediction.output, start=1)
        if number > without
    ]


@pytest.mark.parametrize("prompt", ["a fox", "*" * 32_000, "<@1>" * 8_000, "_\n" * 16_000, "@everyone " * 3_000])
def test_a_result_with_everything_there_is_to_tell(prompt: str) -> None:
    job = job_of(prompt, 9)
    pictures = refitted(job, without=2)
    notes = picture_notes(job, pictures)
    view = result_card(job, [each.filename for each in pictures], notes=notes)
    assert view.content_length() <= 4_000
    assert view.total_children_count <= 40
    text = "\n".join(str(getattr(each, "content", "")) for each in view.walk_children())
    for said in ("Pictures 1, 2 were made and paid for", "The model made 9 pictures of the 10", "Pictures 3, 4, 5"):
        assert said in text
    assert "[original of picture 3](https://replicate.delivery/xezq/%28%28" in text
    assert "more notes." in text
