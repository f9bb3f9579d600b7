"""What stands on a job's card, but for why it waits or has no pictures."""

from bot.chat.language import gettext as _
from bot.chat.words.numbers import number_words, price_words
from bot.domain.catalog import MicroDollars


def asked(member: str) -> str:
    """The line above the prompt; `member` is a mention."""
    return _("{member} asked for").format(member=member)


def checking() -> str:
    return _("Checking whether this can run …")


def painting(model: str, expected: str, expected_cost: MicroDollars, hold: MicroDollars) -> str:
    """`expected` is Discord's own countdown ("in 20 seconds"), `hold` the most that it may cost."""
    cost, most = price_words(expected_cost), price_words(hold)
    if cost == most:
        return _("Painting with {model}. It should be here {expected}, and may cost up to {price}.").format(
            model=model, expected=expected, price=most
        )
    return _("Painting with {model}. It should be here {expected}, and cost about {cost} (at most {price}).").format(
        model=model, expected=expected, cost=cost, price=most
    )


def failed(sentence: str) -> str:
    return _("**No picture this time.** {sentence}").format(sentence=sentence)


def run_time(seconds: float) -> str:
    return _("{seconds} s").format(seconds=number_words(seconds, 1))


def first_frame(frames: int, filename: str) -> str:
    """`filename` can't leave a code span."""
    return _("Only the first of {frames} frames of `{filename}` was used.").format(frames=frames, filename=filename)


def alt_text(prompt: str, index: int, count: int) -> str:
    """What a screen reader says of a picture."""
    if count > 1:
        return _("Picture {index} of {count}. AI-generated picture for the prompt: {prompt}").format(
            index=index, count=count, prompt=prompt
        )
    return _("AI-generated picture for the prompt: {prompt}").format(prompt=prompt)


def hidden() -> str:
    return _("**Hidden for now.** This was reported, and is hidden until a moderator has looked at it.")


def removed() -> str:
    return _("**Removed.** This was reported, and a moderator took the pictures away.")
