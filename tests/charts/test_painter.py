"""What is drawn, and members' names in it."""

import unicodedata
import warnings
from string import ascii_letters

import pytest
from PIL import Image

from bot.charts.painter import WIDTH, paint
from bot.charts.text import drawable
from bot.domain.chart import scale
from tests.charts.examples import BOUND, PLAIN, colours, dollars, of_members, opened

ROWS_BEGIN, ROW = 204, 62
BAR, LIMIT = (0x56, 0xB4, 0xE9), (0xF0, 0xA9, 0x2B)


def test_columns_and_their_limit_are_there() -> None:
    plain, bound = opened(paint(PLAIN)), opened(paint(BOUND))
    assert plain.width == bound.width == WIDTH
    assert {BAR} == {BAR, LIMIT} & colours(plain)
    assert {BAR, LIMIT} <= colours(bound)


NAMES = (
    "Ada", "$x^2$", "$\\frac{1}$", "a_b^c", "🦊", "Kaito 海斗", "שלום", "مرحبا", "\u202eevil", "Z" + "\u0337\u0321" * 9,
    "\ud800", "x\x00y\n", "W" * 200, "", " ", "﷽" * 32,
)  # fmt: skip


def test_any_name_can_be_drawn_and_stays_in_its_place() -> None:
    with warnings.catch_warnings(action="error"):  # a sign that the font lacks
        image = opened(paint(of_members(*NAMES)))
    for left in (0, WIDTH - 30):
        assert colours(image.crop((left, 0, left + 30, image.height))) == {image.getpixel((0, 0))}, "the margin is free"
    for y in range(ROWS_BEGIN + ROW // 2, ROWS_BEGIN + ROW * len(NAMES), ROW):
        assert image.getpixel((WIDTH // 2 + 60, y)) == BAR, "each has its bar"


def test_a_dollar_is_a_dollar() -> None:
    formula, prose = (opened(paint(of_members(each))) for each in ("$i$", "$i"))
    assert bar_begins(formula) > bar_begins(prose), "the second sign takes its room, too"


def bar_begins(image: Image.Image) -> int:
    return next(x for x in range(image.width) if image.getpixel((x, ROWS_BEGIN + ROW // 2)) == BAR)


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("Ada", "Ada"),
        ("  Ada \n Byron\t", "Ada Byron"),
        ("🦊 Fox", "Fox"),
        ("𝓕𝓸𝔁", "Fox"),
        ("\u202eAda\u200b", "Ada"),
        ("🦊", "Member"),
        ("Kaito 海斗", "Member"),  # half a name would be another's
        ("", "Member"),
    ],
)
def test_a_name_is_drawn_as_far_as_the_font_knows_it(name: str, drawn: str) -> None:
    assert drawable(name, {ord(each) for each in ascii_letters + " "}, "Member") == drawn


def test_marks_do_not_pile_up() -> None:
    drawn = drawable("e" + "\u0301\u0302\u0303\u0304" * 5, range(1 << 21))
    assert sum(unicodedata.combining(each) > 0 for each in drawn) <= 2


@pytest.mark.parametrize("highest", [0, 1, 3, 7, 10_000, 999_999, 4_650_000, 10**12])
@pytest.mark.parametrize("least", [1, 10_000])
def test_a_scale_reaches_the_highest_in_few_round_steps(highest: int, least: int) -> None:
    marks = [mark.value for mark in scale(highest, dollars, least=least)]
    assert marks[0] == 0
    assert marks[-1] >= highest
    assert 2 <= len(marks) <= 5
    step = marks[1]
    assert marks == [step * place for place in range(len(marks))]
    assert step % least == 0
    assert marks[-1] - step < max(highest, 1)
