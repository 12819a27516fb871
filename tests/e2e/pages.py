"""The two pages as a person uses them: by the names that a screen reader would say."""

import re

from playwright.sync_api import Locator, Page, expect

LOAD_MS = 120_000
ANSWER_MS = 90_000


class Chat:
    """The chat page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.goto(url)
        self.message = page.get_by_role("textbox", name="Message")
        self.send_button = page.get_by_role("button", name="Send")
        self.stop_button = page.get_by_role("button", name="Stop")
        self.answers = page.get_by_role("log").locator("article[data-job-id]")

    def ask(self, question: str) -> Locator:
        """Send a message; the answer that it gets."""
        before = self.answers.count()
        self.message.fill(question)
        self.send_button.click()
        answer = self.answers.nth(before)
        expect(answer).to_be_visible()
        return answer

    def text(self, answer: Locator) -> Locator:
        """The words of an answer."""
        return answer.locator(".answer-text")

    def until_done(self, answer: Locator) -> str:
        """Wait for the end; the whole text, as a reader sees it."""
        expect(answer).to_have_attribute("data-status", "done", timeout=ANSWER_MS)
        return self.text(answer).inner_text().strip()

    def until_begun(self, answer: Locator, words: str) -> None:
        """Wait until these words stand there."""
        expect(self.text(answer)).to_contain_text(words, timeout=ANSWER_MS)


class Donor:
    """The donor page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.goto(f"{url}/worker.html")
        self.status = page.locator("[role=status][data-state]")
        self.start_button = page.get_by_role("button", name="Start")
        self.stop_button = page.get_by_role("button", name="Stop")
        self.model = page.get_by_role("combobox", name="Model")

    def start(self) -> None:
        """Donate with the demonstration model, until it is ready."""
        expect(self.model).to_contain_text(re.compile("demonstration", re.I))
        self.start_button.click()
        expect(self.status).to_have_attribute("data-state", "ready", timeout=LOAD_MS)

    def until(self, state: str) -> None:
        """Wait for a state."""
        expect(self.status).to_have_attribute("data-state", state, timeout=LOAD_MS)
