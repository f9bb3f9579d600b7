"""A browser for pictures of the room: the Chromium that the machine has, driven by Playwright."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Page, async_playwright

HOW_TO_GET_ONE = "no Chromium found: on Debian, `apt install chromium` gives one"

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Nothing but the room is ever asked for.
_QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


def find_chromium() -> str | None:
    """The path of an installed Chromium or Chrome."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@asynccontextmanager
async def open_page(url: str, *, width: int = 1280, height: int = 1000) -> AsyncGenerator[Page]:
    """The page at `url` in a browser without a window. Needs `find_chromium` to have found one."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=list(_QUIET))
        try:
            page = await browser.new_page(viewport={"width": width, "height": height})
            await page.goto(url)
            yield page
        finally:
            await browser.close()
