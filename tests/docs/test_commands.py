"""docs/commands.md is what the program offers."""

from tests.docs.commands import PAGE, page


async def test_the_page_is_made_of_the_command_tree() -> None:
    assert PAGE.read_text("utf-8") == await page(), "write it anew: .venv/bin/python -m tests.docs.commands"
