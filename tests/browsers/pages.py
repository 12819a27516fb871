"""The two pages as a person uses them."""

from typing import Self

from tests.support.browsers.tab import Tab

LOAD_S = 240.0
ANSWER = "#log > .turn:last-of-type > .answer"
STATUS = "[role=status][data-state]"


class Chat:
    """The chat page."""

    def __init__(self, tab: Tab, url: str) -> None:
        self.tab = tab
        self.url = url

    async def open(self) -> Self:
        """Go there, and leave the conversation that was there."""
        await self.tab.open(self.url)
        await self.tab.click("#new-chat")
        return self

    async def ask(self, question: str) -> None:
        """Write a message, letter by letter, and send it."""
        await self.tab.click("#message")
        await self.tab.type(question)
        await self.tab.click("#send")

    async def shows(self, status: str, text: str) -> None:
        """Wait until the last answer stands so, and says exactly this."""
        there = f"document.querySelector({ANSWER!r})"
        said = f"{there}?.querySelector('.answer-text').innerText.trim() === {text!r}"
        await self.tab.until(f"{there}?.dataset.status === {status!r} && {said}")


class Donor:
    """The donor page."""

    def __init__(self, tab: Tab, url: str) -> None:
        self.tab = tab
        self.url = f"{url}/worker.html"

    async def open(self) -> Self:
        """Go there, until it knows what it can offer."""
        await self.tab.open(self.url)
        await self.tab.until("!document.querySelector('#start').disabled")
        return self

    async def start(self, model: str) -> None:
        """Donate with a model, until it is ready."""
        chosen = f"const choice = document.querySelector('#model'); choice.value = {model!r};"
        await self.tab.run(f"{chosen} choice.dispatchEvent(new Event('change'))")
        await self.tab.click("#start")
        await self.until("ready")

    async def pause(self) -> None:
        """Press Pause, or Resume."""
        await self.tab.click("#pause")

    async def until(self, state: str) -> None:
        """Wait for a state."""
        look = f"document.querySelector({STATUS!r}).dataset.state"
        await self.tab.until(f"[{state!r}, 'error'].includes({look})", LOAD_S)
        said = await self.tab.text_of(STATUS)
        assert await self.tab.attribute(STATUS, "data-state") == state, said
