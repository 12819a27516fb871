"""`python -m bench.tab`: what the bridge computes for a token in a donor's tab, beside its engine.

The small model on the processor, in Chromium. Python and the bridge are one Web Worker's thread,
llama.cpp another's, and the kernel counts what each of them has had.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bench import results
from bench.row import Goal, Row
from bench.servers import serving
from tests.e2e.conftest import CHROMIUM, QUIET
from tests.e2e.pages import Donor
from tests.support.chat_client import ChatClient
from tests.support.children import descendants_of
from tests.support.wait import wait_until

TITLE = "The bridge's share of a token in a tab"
MODEL = "SmolLM2-135M-Instruct"
QUESTION = "Explain what a computer is, and who needs one."
ROUNDS = 3
TOKENS = 40


async def measure() -> list[Row]:
    """A donor's tab answers, several times."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = stack.enter_context(serving(folder / "ours"))
        driver = await stack.enter_async_context(async_playwright())
        profile = str(folder / "profile")
        browser = await driver.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=QUIET
        )
        stack.push_async_callback(browser.close)
        donor = await Donor(await browser.new_page(), running.url).open()
        await donor.start(MODEL)
        person = await stack.enter_async_context(ChatClient(running.url))
        rounds = [await _round(person, donor.page, profile) for _ in range(ROUNDS)]
    bridge, engine = zip(*rounds, strict=True)
    return [
        Row(
            name="a tab: CPU of Python and the bridge a token",
            unit="µs",
            ours=bridge,
            peer=engine,
            peer_name="llama.cpp, 135M parameters",
            goal=Goal(of_peer=0.03),
        )
    ]


async def _round(person: ChatClient, page: Page, profile: str) -> tuple[float, float]:
    """Microseconds a token, once some have come: of the busiest worker, which is the engine's,
    after those of all others."""
    shown = await _tokens(page)
    await person.send(QUESTION)
    begun = await _until(page, shown + 1)
    before = _workers_us(profile)
    tokens = await _until(page, begun + TOKENS) - begun
    spent = sorted((_workers_us(profile) - before).values())
    await person.cancel_all()
    await Donor(page, "").until("ready")
    assert len(spent) >= 2, "one worker for Python, one for the engine"
    return sum(spent[:-1]) / tokens, spent[-1] / tokens


async def _until(page: Page, least: int) -> int:
    """How many tokens the page says it gave, as soon as these are among them."""

    async def enough() -> int:
        found = await _tokens(page)
        return found if found >= least else 0

    return await wait_until(enough, "tokens", 300)


async def _tokens(page: Page) -> int:
    return int((await page.locator("#tokens").inner_text()).replace(",", ""))


def _workers_us(profile: str) -> Counter[str]:
    """What each Web Worker's thread of the browser has had of the processor."""
    found: Counter[str] = Counter()
    for thread in _threads(profile):
        if (thread / "comm").read_text().startswith("DedicatedWorker"):
            found[thread.name] = int((thread / "schedstat").read_text().split()[0]) // 1000
    return found


def _threads(profile: str) -> Iterator[Path]:
    """Of all the browser's processes: its own command line names the profile, as few others do."""
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and profile.encode() in _command(process):
            for pid in (int(process.name), *descendants_of(int(process.name))):
                yield from Path(f"/proc/{pid}/task").iterdir()


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # it has just ended
        return b""


if __name__ == "__main__":
    results.alone(TITLE, measure)
