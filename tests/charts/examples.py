"""Charts to draw."""

from io import BytesIO

from PIL import Image

from bot.domain.chart import Bar, Chart, Columns, Mark, Rows, scale


def dollars(value: int) -> str:
    return f"${value / 1_000_000:.2f}"


def bars(*values: int) -> tuple[Bar, ...]:
    return tuple(Bar(str(place), value, dollars(value)) for place, value in enumerate(values, 1))


DAYS = bars(*(90_000 * (day * 7 % 11) for day in range(30)))
PLAIN = Chart("November", (Columns("Spent each day", DAYS, scale(900_000, dollars)),))
BOUND = Chart("November", (Columns("Spent each day", DAYS, scale(2_000_000, dollars), Mark(2_000_000, "Budget: $2")),))


def of_members(*names: str) -> Chart:
    return Chart("November", (Rows("By member", tuple(Bar(name, 500, "$1", "Member …1234") for name in names)),))


def opened(png: bytes | None) -> Image.Image:
    """Decoded to its end."""
    assert png is not None
    image = Image.open(BytesIO(png), formats=["PNG"])
    image.load()
    return image.convert("RGB")


def colours(image: Image.Image) -> set[tuple[int, int, int]]:
    return {colour for _, colour in image.getcolors(1 << 24) or []}  # pyright: ignore[reportReturnType] # it is RGB
