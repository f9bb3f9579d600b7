"""The README's tables that are made from the program. To write them anew: `.venv/bin/python -m tests.docs.tables`."""

import re

from bot.domain.catalog import CATALOG, DOLLAR, MicroDollars
from tests.docs.documents import ROOT
from tests.docs.tree import PUBLISHED

README = ROOT / "README.md"

_QUALITIES = ("low", "medium", "high", "xhigh", "max", "auto")


def tables() -> dict[str, str]:
    """Each table by the name that stands in its markers."""
    return {"prices": prices_table()}


def prices_table() -> str:
    """What a picture costs by model and quality."""
    lines = [f"| model | {' | '.join(_QUALITIES)} |", f"|---|{'---|' * len(_QUALITIES)}"]
    for model in CATALOG.values():
        known = model.choices("quality")
        prices = [_dollars(model.price(each, PUBLISHED.date())) if each in known else "–" for each in _QUALITIES]
        lines.append(f"| `{model.slug}` | {' | '.join(prices)} |")
    return "\n".join(lines)


def between(text: str, name: str) -> str:
    """The table that stands between the markers of that name."""
    found = _marked(name).search(text)
    assert found, f"no markers for the table {name!r}"
    return found[2].strip()


def _dollars(amount: MicroDollars) -> str:
    return f"{amount / DOLLAR:.3f}"


def _marked(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {name} -->\n)(.*?)(<!-- /{name} -->)", re.DOTALL)


def main() -> None:
    text = README.read_text("utf-8")
    for name, table in tables().items():
        between(text, name)
        text = _marked(name).sub(lambda found, table=table: f"{found[1]}{table}\n{found[3]}", text)
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
