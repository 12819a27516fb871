"""The chat page as a reader uses it: by the names that a screen reader would say."""

from playwright.sync_api import Locator, Page, expect

from tests.ui.scripted_job import ScriptedJob
from tests.ui.scripted_orchestrator import ScriptedOrchestrator


class ChatPage:
    """The chat page of a visitor."""

    def __init__(self, page: Page, orchestrator: ScriptedOrchestrator) -> None:
        self.page = page
        self.orchestrator = orchestrator
        self.message = page.get_by_role("textbox", name="Message")
        self.send = page.get_by_role("button", name="Send")
        self.stop = page.get_by_role("button", name="Stop")
        self.answers = page.get_by_role("log").locator("article")
        self.answer = self.answers.last
        page.goto(orchestrator.url)

    def ask(self, question: str) -> ScriptedJob:
        """Send a message; the job that it became."""
        self.message.fill(question)
        self.send.click()
        return self.orchestrator.next_job()

    @property
    def text(self) -> Locator:
        """The words of the last answer."""
        return self.answer.locator(".answer-text")

    def shows(self, status: str, text: str) -> None:
        """The last answer stands so, and says exactly this."""
        expect(self.answer).to_have_attribute("data-status", status)
        expect(self.text).to_have_text(text)
