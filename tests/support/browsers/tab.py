"""A tab of a browser that Playwright does not drive: the few verbs that the tests need."""

import json
from abc import ABC, abstractmethod
from typing import Any

from tests.support.wait import REPLY_SLACK_S

WAIT = """return new Promise((resolve) => {
  const began = performance.now();
  const look = () => {
    if (%s) resolve(null);
    else if (performance.now() - began > %d) resolve(document.querySelector("main").innerText);
    else setTimeout(look, 20);
  };
  look();
})"""


class Tab(ABC):
    """The one tab of a browser; places on the page are CSS selectors.

    `complaints` is what its console called an error, and its policy's, where a browser tells.
    """

    def __init__(self) -> None:
        self.complaints: list[str] = []

    @abstractmethod
    async def open(self, url: str) -> None:
        """Go there, until the page is loaded."""

    @abstractmethod
    async def reload(self) -> None:
        """Load the page again."""

    @abstractmethod
    async def run(self, script: str) -> Any:
        """What the body of an async function returns, as JSON has it."""

    @abstractmethod
    async def click(self, place: str) -> None:
        """Press what is there, as a pointer does."""

    @abstractmethod
    async def type(self, text: str) -> None:
        """Press a key for each letter, where the focus is."""

    @abstractmethod
    async def screenshot(self) -> bytes:
        """A picture of what is seen, as PNG."""

    @abstractmethod
    async def close(self) -> None:
        """As a person does: the page may say goodbye."""

    async def text_of(self, place: str) -> str:
        """The words that a reader sees there; "" where nothing is."""
        return str(await self.run(f"return {_element(place)}?.innerText.trim() ?? ''"))

    async def attribute(self, place: str, name: str) -> str | None:
        """An attribute's value there."""
        value = await self.run(f"return {_element(place)}?.getAttribute({json.dumps(name)})")
        assert value is None or isinstance(value, str)
        return value

    async def until(self, condition: str, timeout_s: float = REPLY_SLACK_S) -> None:
        """Wait until an expression is true; the page itself looks, again and again."""
        text = await self.run(WAIT % (condition, round(1000 * timeout_s)))
        assert text is None, f"waited {timeout_s} s for {condition}; the page says: {text}"


def _element(place: str) -> str:
    return f"document.querySelector({json.dumps(place)})"
