"""The README's tables that are made from the program. To write them anew: `.venv/bin/python -m tests.docs.tables`."""

import asyncio
import re
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.app import Parts, open_app
from bot.chat.words.options import count_words
from bot.domain.catalog import CATALOG, DOLLAR, MicroDollars
from bot.service.clock import SystemClock
from bot.settings import GivenSettings
from tests.docs.documents import ROOT

README = ROOT / "README.md"

_PUBLISHED = datetime(2026, 11, 1, tzinfo=UTC)
_STRING, _INTEGER, _BOOLEAN, _ATTACHMENT = 3, 4, 5, 11  # Discord's types of options
_QUALITIES = ("low", "medium", "high", "xhigh", "max", "auto")


class _Published(SystemClock):
    """The day that the prices were published on: the tables don't change by themselves when a later one comes."""

    def now(self) -> datetime:
        return _PUBLISHED


async def tables() -> dict[str, str]:
    """Each table by the name that stands in its markers."""
    return {"options": await options_table(), "prices": prices_table()}


async def options_table() -> str:
    """What `/imagine` offers with the default model, as Discord is told of it."""
    offered = await _imagine_options(low_moderation=False)
    everything = await _imagine_options(low_moderation=True)
    always = {option["name"] for option in offered}
    inputs = CATALOG[GivenSettings().replicate_model].inputs
    lines = ["| option | what it is | choices | default |", "|---|---|---|---|"]
    for option in everything:
        name: str = option["name"]
        choices: list[dict[str, Any]] = option.get("choices", [])
        schema = inputs.get("output_format" if name == "format" else name)
        default = next((choice["name"] for choice in choices if schema and choice["value"] == schema.default), "")
        note = "" if name in always else " Offered only where `EASEL_ALLOW_LOW_MODERATION` is set."
        cells = (f"`{name}`", option["description"] + note, _choices(option), _default(option, default))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def prices_table() -> str:
    """What a picture costs by model and quality."""
    lines = [f"| model | {' | '.join(_QUALITIES)} |", f"|---|{'---|' * len(_QUALITIES)}"]
    for model in CATALOG.values():
        known = model.choices("quality")
        prices = [_dollars(model.price(each, _PUBLISHED.date())) if each in known else "–" for each in _QUALITIES]
        lines.append(f"| `{model.slug}` | {' | '.join(prices)} |")
    return "\n".join(lines)


def between(text: str, name: str) -> str:
    """The table that stands between the markers of that name."""
    found = _marked(name).search(text)
    assert found, f"no markers for the table {name!r}"
    return found[2].strip()


async def _imagine_options(*, low_moderation: bool) -> Sequence[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as directory:
        settings = GivenSettings(easel_data_dir=Path(directory), easel_allow_low_moderation=low_moderation)
        async with open_app(settings, Parts(clock=_Published())) as app:
            command = app.client.tree.get_command("imagine")
            assert command is not None
            return command.to_dict(app.client.tree)["options"]


def _choices(option: dict[str, Any]) -> str:
    names = [choice["name"] for choice in option.get("choices", ())]
    if not names:
        return {_ATTACHMENT: "a file", _BOOLEAN: "true · false", _STRING: "any text"}[option["type"]]
    return f"{names[0]} to {names[-1]}" if option["type"] == _INTEGER else " · ".join(names)


def _default(option: dict[str, Any], choice: str) -> str:
    if option.get("required"):
        return "needed"
    return {_ATTACHMENT: "none", _BOOLEAN: "false", _INTEGER: count_words(1)}.get(
        option["type"], choice.partition(": ")[0]
    )


def _dollars(amount: MicroDollars) -> str:
    return f"{amount / DOLLAR:.3f}"


def _marked(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {name} -->\n)(.*?)(<!-- /{name} -->)", re.DOTALL)


def main() -> None:
    text = README.read_text("utf-8")
    for name, table in asyncio.run(tables()).items():
        between(text, name)
        text = _marked(name).sub(lambda found, table=table: f"{found[1]}{table}\n{found[3]}", text)
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
