"""A real model answers a person: in a tab on the processor or on WebGPU, or in the server's worker.

ASHAO_PICTURES=docs/images keeps what they saw.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, expect

from ashao_worker.homes.llama import LlamaOptions, running_llama
from tests.e2e.pages import Chat, Donor
from tests.support.chat_client import ChatClient
from tests.support.native_worker import native_worker
from tests.support.orchestrator import Orchestrator, commanded
from tests.support.pictures import keep_picture
from tests.support.scripted_worker import ScriptedWorker

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.webgpu,
    pytest.mark.dear,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]

SMALL = "SmolLM2-135M-Instruct"
QUESTION = "What is the capital of France?"
HAS_CARD = '"Suspending" in WebAssembly && navigator.gpu.requestAdapter().then(Boolean)'
DONOR_HEIGHT = 1000  # of a picture, to the figures
PLAIN = "What is the capital of Italy?"  # by its file's own template the model never says Rome


@pytest_asyncio.fixture(loop_scope="module")
async def plain(browser_without_webgpu: Browser) -> AsyncIterator[BrowserContext]:
    """A browser as many people still have it."""
    opened = await browser_without_webgpu.new_context()
    yield opened
    await opened.close()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Orchestrator]:
    """`ashao serve --local`, with time for a busy machine."""
    patience = {"ASHAO_WORKER_GRACE_MS": "90000", "ASHAO_FIRST_TOKEN_MS": "60000"}
    with commanded(tmp_path, "--local", **patience) as running:
        yield running


async def test_a_browser_without_webgpu_answers_on_its_processor(
    patient: Orchestrator, plain: BrowserContext
) -> None:
    """It is told that it is slower, and offered only what it can run."""
    donor = await Donor(await plain.new_page(), patient.url).open()
    await expect(donor.status).to_contain_text("WebGPU")
    await expect(donor.status).to_contain_text("processor")
    await expect(donor.model).to_have_value(SMALL)
    await donor.start(SMALL)
    chat = await Chat(await plain.new_page(), patient.url).open()
    assert "Paris" in await chat.until_done(await chat.ask(QUESTION))
    await donor.until("ready")
    await keep_picture(chat.page, "chat-processor")
    await keep_picture(donor.page, "donate-processor", DONOR_HEIGHT)
    await donor.page.close()


async def test_the_servers_own_worker_answers(local: Orchestrator, plain: BrowserContext) -> None:
    """Nobody donates: llama.cpp runs beside the server."""
    chat = await Chat(await plain.new_page(), local.url).open()
    answer = await chat.ask(QUESTION)
    assert "Paris" in await chat.until_done(answer)
    await expect(answer.locator(".byline")).to_contain_text(SMALL)
    await keep_picture(chat.page, "chat-native")


async def test_a_tab_closes_and_another_engine_goes_on(
    patient: Orchestrator, context: BrowserContext, plain: BrowserContext
) -> None:
    """WebLLM began to recite; the words of llama.cpp stand behind its own, and none is lost."""
    leaving = await Donor(await context.new_page(), patient.url).open()
    await leaving.start()
    other = await Donor(await plain.new_page(), patient.url).open()
    await other.start(SMALL)
    await other.pause_button.click()
    chat = await Chat(await context.new_page(), patient.url).open()
    answer = await chat.ask("What do you say?")
    await chat.until_begun(answer, "Hello from ashao!")
    await leaving.page.close()
    shown = (await chat.text(answer).inner_text()).strip()
    await other.resume_button.click()
    await chat.until_longer(answer, shown)  # it would go on to the end of its window
    await chat.stop_button.click()
    await expect(answer).to_have_attribute("data-status", "failed")
    whole = (await chat.text(answer).inner_text()).strip()
    assert whole.startswith(shown)
    assert whole.count("Hello from ashao!") == 1
    await other.page.close()


@pytest.fixture
def llama() -> Iterator[str]:
    """llama.cpp with the same file, as a native worker runs it."""
    with running_llama(LlamaOptions()) as url:
        yield url


async def test_a_native_worker_and_a_tab_go_on_with_each_others_words(
    patient: Orchestrator, plain: BrowserContext, llama: str
) -> None:
    """Both read the same prompt and choose the most probable words: so both write one text."""
    async with ChatClient(patient.url) as person:
        async with native_worker(patient.url, llama, SMALL, "--tier", "pro"):
            native = (await person.answer(await person.send(PLAIN))).text
        donor = await Donor(await plain.new_page(), patient.url).open()
        await donor.start(SMALL)
        alone = (await person.answer(await person.send(PLAIN))).text
        await donor.pause_button.click()
        job_id = await person.send(PLAIN)
        async with ScriptedWorker(patient.url) as leaving:
            claimed = await leaving.claim()
            await leaving.say(claimed, 0, native.removesuffix(" Rome."))
            await leaving.post("release", workerId=leaving.id)
        await donor.resume_button.click()
        together = (await person.answer(job_id)).text
    assert (alone, together) == (native, native)
    await donor.page.close()


async def test_llama_cpp_answers_on_webgpu(patient: Orchestrator, context: BrowserContext) -> None:
    """With all its layers there: the processor steps in with a warning, or without a card."""
    donor = await Donor(await context.new_page(), patient.url).open()
    assert await donor.page.evaluate(HAS_CARD)
    said: list[str] = []
    donor.page.on("console", lambda message: said.append(message.text))
    await donor.start(SMALL)
    chat = await Chat(await context.new_page(), patient.url).open()
    assert "Paris" in await chat.until_done(await chat.ask(QUESTION))
    assert [line for line in said if "processor" in line] == []
    await donor.until("ready")
    await keep_picture(chat.page, "chat-webgpu")
    await keep_picture(donor.page, "donate", DONOR_HEIGHT)
    await donor.page.close()
