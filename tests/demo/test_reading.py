"""Messages in plain words, as the terminal shows them."""

from datetime import UTC, datetime

import pytest

from bot.demo.reading import plain, relative

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = int(AT.timestamp())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (1, "in 1 second"),
        (59, "in 59 seconds"),
        (60, "in 1 minute"),
        (-1, "1 second ago"),
        (-150, "2 minutes ago"),
        (-7200, "2 hours ago"),
        (3 * 86_400, "in 3 days"),
        (21 * 86_400, "in 3 weeks"),
    ],
)
def test_a_relative_timestamp_in_words(seconds: int, words: str) -> None:
    assert relative(NOW + seconds, AT) == words


def test_marks_ids_links_and_timestamps_become_plain_words() -> None:
    text = f"### Yours\n-# by <@7> in <#8>, <t:{NOW + 5}:R>: **done**\n[a *fox*](https://discord.com/x)\n> 2 \\* 3"
    assert plain(text, {7: "Member", 8: "#studio"}, AT) == (
        "Yours\nby Member in #studio, in 5 seconds: done\na *fox*\n> 2 * 3"
    )
    assert plain("<@9>", {}, AT) == "<@9>", "who isn't known keeps the id"
