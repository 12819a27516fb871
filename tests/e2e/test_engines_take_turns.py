"""Three engines with the same weights go on from each other's words: WebLLM in a tab, llama.cpp in
a tab, and llama.cpp natively."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from random import Random

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from tests.e2e.pages import DEMONSTRATION, Donor
from tests.support import commands
from tests.support.chat_client import ChatClient
from tests.support.gguf_model import recited, write_gguf
from tests.support.llama_cpp import llama_cpp
from tests.support.native_worker import native_worker
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_worker import ScriptedWorker

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.webgpu,
    pytest.mark.dear,
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]

GGUF = "ashao-tiny-gguf"
TEXT = recited()
TURNS = ("WebLLM", "llama.cpp in a tab", "llama.cpp", "WebLLM")
CUTS, ALL_CUTS = 8, 64


@pytest.fixture(scope="module")
def server(site: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """It has the reciter for both engines, and leaves workers all the time in the world."""
    mirror = tmp_path_factory.mktemp("mirror")
    write_gguf(mirror / f"{GGUF}.gguf")
    with orchestrator(
        tmp_path_factory.mktemp("server"),
        ASHAO_MODELS_DIR=str(mirror),
        ASHAO_WORKER_GRACE_MS="90000",
        ASHAO_FIRST_TOKEN_MS="60000",
        ASHAO_SENDS_PER_MINUTE="1000",
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tabs(server: Orchestrator, browser: Browser) -> AsyncIterator[dict[str, Donor]]:
    """Two donors with their models loaded, both paused."""
    context = await browser.new_context()
    found = {}
    for name, model in ((TURNS[0], DEMONSTRATION), (TURNS[1], GGUF)):
        donor = found[name] = await Donor(await context.new_page(), server.url).open()
        await donor.start(model)
        await donor.pause_button.click()
        await donor.until("paused")
    yield found
    await context.close()


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A native llama.cpp."""
    with llama_cpp(tmp_path_factory.mktemp("llama")) as url:
        yield url


def _cuts(config: pytest.Config) -> list[int]:
    """Where the machine that wrote the beginning stops: after so many characters."""
    random = Random(config.getoption("randomly_seed"))
    count = ALL_CUTS if config.getoption("matrix") else CUTS
    return sorted(random.sample(range(1, len(TEXT)), count))


async def test_each_goes_on_from_the_others_words_to_the_letter(
    server: Orchestrator, tabs: dict[str, Donor], native: str, request: pytest.FixtureRequest
) -> None:
    """Greedily, so that the text of all of them is the one that the weights know."""

    @asynccontextmanager
    async def at_work(name: str) -> AsyncGenerator[None]:
        if (donor := tabs.get(name)) is None:
            async with native_worker(server.url, native, DEMONSTRATION, "--tier", "pro"):
                yield
            return
        await donor.resume_button.click()
        yield
        await donor.pause_button.click()
        await donor.until("paused")

    said = TEXT
    async with ChatClient(server.url) as person, ScriptedWorker(server.url) as leaving:
        for turn, cut in enumerate(_cuts(request.config)):
            name = TURNS[turn % len(TURNS)]
            job_id = await person.send("What do you say?")
            claimed = await leaving.claim()
            await leaving.say(claimed, 0, said[:cut])
            await leaving.post("release", workerId=leaving.id)
            async with at_work(name):
                answer = await person.answer(job_id)
            assert (answer.text, answer.last["type"]) == (TEXT, "done"), f"{name} after {cut}"
            said = answer.text


async def test_a_tab_tells_operators_its_engine(
    server: Orchestrator, context: BrowserContext
) -> None:
    donor = await Donor(await context.new_page(), server.url).open()
    await donor.start(GGUF)
    seen = commands.run("admin", "workers", ASHAO_DATA_DIR=str(server.data_dir))
    ours = [line.split("  ")[1:5] for line in seen.stdout.splitlines() if GGUF in line]
    assert [each[:3] for each in ours] == [["browser", "pro", GGUF]]
    assert re.fullmatch(r"llama\.cpp b\d+-\w+", ours[0][3])
    await donor.page.close()
