"""The two pages as a person uses them: by the names that a screen reader would say."""

import re
from typing import Self

from playwright.async_api import Locator, Page, expect

DEMONSTRATION = "ashao-tiny-q0f32"
LOAD_MS = 120_000
ANSWER_MS = 90_000


class Chat:
    """The chat page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.message = page.get_by_role("textbox", name="Message")
        self.send_button = page.get_by_role("button", name="Send")
        self.stop_button = page.get_by_role("button", name="Stop")
        self.answers = page.get_by_role("log").locator("article[data-job-id]")

    async def open(self) -> Self:
        """Go there."""
        await self.page.goto(self.url)
        return self

    async def ask(self, question: str) -> Locator:
        """Send a message; the answer that it gets."""
        before = await self.answers.count()
        await self.message.fill(question)
        await self.send_button.click()
        answer = self.answers.nth(before)
        await expect(answer).to_be_visible()
        return answer

    def text(self, answer: Locator) -> Locator:
        """The words of an answer."""
        return answer.locator(".answer-text")

    async def until_done(self, answer: Locator) -> str:
        """Wait for the end; the whole text, as a reader sees it."""
        await expect(answer).to_have_attribute("data-status", "done", timeout=ANSWER_MS)
        return (await self.text(answer).inner_text()).strip()

    async def until_begun(self, answer: Locator, words: str) -> None:
        """Wait until these words stand there."""
        await expect(self.text(answer)).to_contain_text(words, timeout=ANSWER_MS)

    async def until_longer(self, answer: Locator, shown: str) -> None:
        """Wait until more stands there than this."""
        more = re.compile(rf"{re.escape(shown)}.{{40}}", re.DOTALL)
        await expect(self.text(answer)).to_have_text(more, use_inner_text=True, timeout=ANSWER_MS)


class Donor:
    """The donor page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = f"{url}/worker.html"
        self.status = page.locator("[role=status][data-state]")
        self.start_button = page.get_by_role("button", name="Start")
        self.stop_button = page.get_by_role("button", name="Stop")
        self.pause_button = page.get_by_role("button", name="Pause")
        self.resume_button = page.get_by_role("button", name="Resume")
        self.model = page.get_by_role("combobox", name="Model")

    async def open(self) -> Self:
        """Go there."""
        await self.page.goto(self.url)
        return self

    async def start(self, model: str = DEMONSTRATION) -> None:
        """Donate with a model, until it is ready."""
        await self.model.select_option(model)
        await self.start_button.click()
        await expect(self.status).to_have_attribute("data-state", "ready", timeout=LOAD_MS)

    async def until(self, state: str) -> None:
        """Wait for a state."""
        await expect(self.status).to_have_attribute("data-state", state, timeout=LOAD_MS)
