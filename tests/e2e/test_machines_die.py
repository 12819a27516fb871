"""A tab that computes an answer on WebGPU dies in mid-sentence; the reader sees one text.

The next machine runs llama.cpp with the same weights: to the letter the same.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Playwright, expect

from tests.e2e.conftest import CHROMIUM, QUIET, WEBGPU
from tests.e2e.pages import Chat, Donor
from tests.support.gguf_model import recited
from tests.support.llama_cpp import llama_cpp
from tests.support.native_worker import native_worker
from tests.support.orchestrator import Orchestrator, orchestrator

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.webgpu,
    pytest.mark.dear,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]

BEGINNING = "Hello from ashao!"
LEASE_MS = 5_000  # a silent machine is noticed by its lease


@pytest.fixture(scope="module")
def server(site: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """An orchestrator that soon notices a silent machine, with a store of its own."""
    with orchestrator(
        tmp_path_factory.mktemp("machines"),
        ASHAO_WORKER_GRACE_MS="90000",
        ASHAO_FIRST_TOKEN_MS="60000",
        ASHAO_LEASE_MS=str(LEASE_MS),
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def chat(server: Orchestrator, context: BrowserContext) -> Chat:
    """The reader's page."""
    return await Chat(await context.new_page(), server.url).open()


@pytest_asyncio.fixture(loop_scope="module")
async def doomed(server: Orchestrator, playwright: Playwright) -> AsyncIterator[Donor]:
    """A donor in a browser of its own, which dies with it."""
    browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET + WEBGPU)
    page = await (await browser.new_context()).new_page()
    donor = await Donor(page, server.url).open()
    await donor.start()
    yield donor
    await browser.close()


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running llama.cpp with the very weights that the tab computes with."""
    with llama_cpp(tmp_path_factory.mktemp("llama")) as url:
        yield url


async def _crashes(donor: Donor) -> None:
    """The tab's process is gone, and no beacon was sent."""
    devtools = await donor.page.context.new_cdp_session(donor.page)
    async with donor.page.expect_event("crash"):
        crashing = asyncio.create_task(devtools.send("Page.crash"))  # nobody is left to reply
    crashing.cancel()


async def _loses_its_device(donor: Donor) -> None:
    """The graphics process dies; the tab lives, says what happened, and lets go at once."""
    browser = donor.page.context.browser
    assert browser is not None
    devtools = await browser.new_browser_cdp_session()
    await devtools.send("Browser.crashGpuProcess")
    await donor.until("error")
    await expect(donor.status).to_contain_text("graphics device was lost")


async def _closes(donor: Donor) -> None:
    """Its owner closes it; a beacon says goodbye."""
    await donor.page.close()


@pytest.mark.parametrize("die", [_closes, _crashes, _loses_its_device])
async def test_llama_cpp_on_another_machine_goes_on_to_the_letter(
    server: Orchestrator,
    chat: Chat,
    doomed: Donor,
    llama: str,
    die: Callable[[Donor], Awaitable[None]],
) -> None:
    """The tab began with WebLLM; `ashao worker` ends the sentence with another engine."""
    answer = await chat.ask("What do you say?")
    await chat.until_begun(answer, BEGINNING)
    await die(doomed)
    async with native_worker(server.url, llama, "tiny", "--tier", "pro"):
        assert await chat.until_done(answer) == recited()
