"""A person at the room's page: what they do with keyboard and mouse, and what they see."""

from pathlib import Path

from playwright.async_api import Locator, Page, expect
from playwright.async_api import TimeoutError as NothingCame

from bot.demo.browser import settled

_A_MISS_MS = 5_000
"""After a click that nothing came of for so long, a person clicks again."""


class Person:
    """Uses the page by what it shows. Nothing here waits for a time: every step waits for its effect."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.composer = page.locator("#channel-composer-input")
        self.command = page.locator(".command-row")
        self.messages = page.locator(".channel-message")
        self.form = page.locator("#modal-root")

    async def pick(self, command: str) -> None:
        """Type a slash, and click the command in the picker; once more where it was drawn anew under the click."""
        await self.composer.press_sequentially("/")
        for patience in (_A_MISS_MS, _A_MISS_MS, None):
            await self.page.get_by_role("option", name=f"/{command}").click()
            try:
                await self.command.wait_for(timeout=patience)
            except NothingCame:
                continue
            return
        raise AssertionError(f"three clicks did not pick /{command}")

    async def fill(self, prompt: str, **options: str) -> None:
        """Write the prompt, and choose the other options by the words they are offered under."""
        await self.field("prompt").fill(prompt)
        for name, words in options.items():
            await self._offer(name)
            await self.field(name).fill(words)
            await self._choose(words)

    async def attach(self, **files: Path) -> None:
        for name, path in files.items():
            await self._offer(name)
            await self.command.locator(f"input[type=file][data-option={name}]").set_input_files(path)

    async def send(self) -> None:
        """Press the button, and wait until the command has left the composer."""
        await self.page.get_by_role("button", name="Send", exact=True).click()
        await self.command.wait_for(state="detached")
        await settled(self.page)

    async def imagine(self, prompt: str, **options: str) -> None:
        await self.pick("imagine")
        await self.fill(prompt, **options)
        await self.send()

    async def look_as(self, name: str) -> None:
        await self.page.get_by_label("Viewing as").select_option(label=name)
        await settled(self.page)

    async def places(self) -> list[str]:
        return await self.page.get_by_label("Place").locator("option").all_inner_texts()

    async def here(self) -> str:
        return await self.page.get_by_label("Place").input_value()

    async def go_to(self, place: str) -> None:
        await self.page.get_by_label("Place").select_option(label=place)
        await settled(self.page)

    async def use_app(self, message: Locator, command: str) -> None:
        """Right-click a message, and click one of the apps' commands."""
        await message.locator("header, .message-content, .message-components").first.click(button="right")
        await self.page.get_by_role("menuitem", name=command, exact=True).click()
        await settled(self.page)

    async def write(self, prompt: str, *files: Path) -> None:
        """Fill in the form's text, and put files into its upload."""
        await self.form.locator("textarea").fill(prompt)
        if files:
            await self.form.locator("input[type=file]").set_input_files(files)

    async def choose(self, within: Locator, menu: str, *labels: str) -> None:
        """Open a menu by its placeholder, click these of its entries, and close it."""
        await within.get_by_role("combobox", name=menu).click()
        entries = self.page.locator(".select-options [role=option]")
        for label in labels:
            await entries.filter(has=self.page.get_by_text(label, exact=True)).click()
        if await self.page.get_by_role("button", name="Apply", exact=True).is_visible():
            await self.page.get_by_role("button", name="Apply", exact=True).click()
        await settled(self.page)

    async def submit(self) -> None:
        """Send the form, and wait until it has gone."""
        await self.form.get_by_role("button", name="Submit").click()
        await expect(self.form).to_be_hidden()
        await settled(self.page)

    async def press(self, message: Locator, label: str) -> None:
        """Press one of the bot's buttons under a message."""
        await message.locator(".component-button").get_by_text(label, exact=True).click()
        await settled(self.page)

    async def sees(self, pictures: Locator, count: int = 1) -> None:
        """So many pictures, each of which the browser could decode."""
        await expect(pictures).to_have_count(count)
        for picture in await pictures.all():
            await expect(picture).not_to_have_js_property("naturalWidth", 0)

    def field(self, option: str) -> Locator:
        return self.command.locator(f"input.command-option-input[data-option={option}]")

    def message(self, text: str) -> Locator:
        return self.messages.filter(has_text=text)

    def pictures(self, prompt: str) -> Locator:
        """The pictures whose alternative text, which a screen reader says, ends with the prompt."""
        return self.messages.locator(f"img[alt$='{prompt}']")

    async def _offer(self, option: str) -> None:
        await self.command.get_by_role("button", name="more").click()
        await self._choose(option)

    async def _choose(self, words: str) -> None:
        await self.page.locator(".command-suggestion-label").get_by_text(words, exact=True).click()
