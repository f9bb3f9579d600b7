"""What several models can do together: where a deployment enables more than one, members choose from the union."""

from collections.abc import Sequence
from datetime import date

from bot.domain.account import Billing
from bot.domain.catalog import MicroDollars, Model


def choices(models: Sequence[Model], name: str) -> tuple[str, ...]:
    """Every value of that input that one of the models takes, in the order of the one that takes the most."""
    widest_first = sorted(models, key=lambda model: -len(model.choices(name)))
    return tuple(dict.fromkeys(value for model in widest_first for value in model.choices(name)))


def counts(models: Sequence[Model]) -> range:
    """The numbers of pictures that one of the models makes at once."""
    bounds = [model.inputs["number_of_images"] for model in models]
    return range(min(each.minimum or 1 for each in bounds), max(each.maximum or 1 for each in bounds) + 1)


def prices(models: Sequence[Model], quality: str, on: date, billing: Billing) -> tuple[MicroDollars, ...]:
    """What a picture of that quality costs on that day (UTC), cheapest first; one price where all agree."""
    return tuple(sorted({model.price(quality, on, billing) for model in models if quality in model.choices("quality")}))
