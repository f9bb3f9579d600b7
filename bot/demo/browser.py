"""A browser for pictures of the room: the Chromium that the machine has, driven by Playwright."""

import re
import shutil
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright, expect

HOW_TO_GET_ONE = "no Chromium found: on Debian, `apt install chromium` gives one"

PATIENCE_MS = 30_000
"""A page full of pictures takes some seconds on a busy machine."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Nothing but the room is ever asked for.
_QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


def find_chromium() -> str | None:
    """The path of an installed Chromium or Chrome."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@asynccontextmanager
async def open_browser() -> AsyncGenerator[Browser]:
    """A browser without a window. Needs `find_chromium` to have found one."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=list(_QUIET))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_page(
    url: str, *, browser: Browser | None = None, width: int = 1280, height: int = 1000, scale: float = 1.0
) -> AsyncGenerator[Page]:
    """The room's page at `url`, settled in, which knows nothing of the browser's other pages. Unless it is given one,
    the browser is its own."""
    async with AsyncExitStack() as stack:
        browser = browser or await stack.enter_async_context(open_browser())
        context = await browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=scale)
        stack.push_async_callback(context.close)
        page = await context.new_page()
        await page.goto(url)
        await settled(page)
        yield page


async def settled(page: Page) -> None:
    """Wait until the page has done what it was last told, and has drawn it. Until then it takes no command.

    Raises `AssertionError` with what it shows instead, where that takes too long.
    """
    await expect(page.get_by_role("main")).to_have_attribute("aria-busy", "false", timeout=PATIENCE_MS)
    status = page.get_by_role("banner").get_by_role("status")
    await expect(status).not_to_have_text(re.compile("…$"), timeout=PATIENCE_MS)
