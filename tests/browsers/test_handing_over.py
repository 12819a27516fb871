"""One answer, begun in Chromium, gone on with in Firefox, ended in WebKit: to the letter."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from openai import AsyncOpenAI
from playwright.async_api import async_playwright

from ashao.store.embedded import EmbeddedStore
from tests.browsers.pages import Donor
from tests.e2e.conftest import CHROMIUM, QUIET
from tests.e2e.pages import Donor as ChromiumDonor
from tests.support.api_keys import created_key
from tests.support.browsers.firefox import firefox
from tests.support.browsers.webkit import webkit
from tests.support.orchestrator import Orchestrator
from tests.support.stores import plain_client

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.webgpu,
    pytest.mark.dear,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="module"),
]

SMALL = "SmolLM2-135M-Instruct"
QUESTION = "What is the sun?"
TOKENS = 120
PART = 70  # letters by each of the first two, at least; the rest is far longer


class Program:
    """Asks by the API, and is told the answer piece by piece; `job_id` is of its last question."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self.job_id = ""
        self._client = client

    async def pieces(self) -> AsyncIterator[str]:
        """The answer as it comes."""
        stream = await self._client.chat.completions.create(
            model=SMALL,
            messages=[{"role": "user", "content": QUESTION}],
            max_tokens=TOKENS,
            temperature=0,
            stream=True,
        )
        async for chunk in stream:
            self.job_id = chunk.id.removeprefix("chatcmpl-")
            if chunk.choices:
                yield chunk.choices[0].delta.content or ""


@pytest_asyncio.fixture(loop_scope="module")
async def program(patient: Orchestrator) -> AsyncIterator[Program]:
    """One with a key."""
    secret = await created_key(EmbeddedStore(patient.data_dir).url)
    url = f"{patient.url}/v1"
    async with AsyncOpenAI(base_url=url, api_key=secret, max_retries=0, timeout=600) as client:
        yield Program(client)


@pytest_asyncio.fixture(loop_scope="module")
async def in_chromium(patient: Orchestrator) -> AsyncIterator[ChromiumDonor]:
    """A tab of Chromium without WebGPU, ready."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        donor = await ChromiumDonor(await browser.new_page(), patient.url).open()
        await donor.start(SMALL)
        yield donor
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def in_firefox(patient: Orchestrator, tmp_path: Path) -> AsyncIterator[Donor]:
    """A tab of Firefox, ready, and paused."""
    async with firefox(tmp_path / "firefox") as tab:
        donor = await Donor(tab, patient.url).open()
        await donor.start(SMALL)
        await donor.pause()
        yield donor


@pytest_asyncio.fixture(loop_scope="module")
async def in_webkit(patient: Orchestrator, tmp_path: Path) -> AsyncIterator[Donor]:
    """A tab of WebKit, ready, and paused."""
    async with webkit(tmp_path / "webkit") as tab:
        donor = await Donor(tab, patient.url).open()
        await donor.start(SMALL)
        await donor.pause()
        yield donor


async def test_three_browsers_write_one_answer(
    patient: Orchestrator,
    in_firefox: Donor,
    in_webkit: Donor,
    in_chromium: ChromiumDonor,
    program: Program,
) -> None:
    """It is the very one that the first would have written alone."""
    alone = "".join([piece async for piece in program.pieces()])
    assert len(alone) > 5 * PART
    together = ""
    leaving = [
        (PART, in_chromium.page.close, in_firefox.pause),
        (2 * PART, in_firefox.tab.close, in_webkit.pause),
    ]
    async for piece in program.pieces():
        together += piece
        if leaving and len(together) >= leaving[0][0]:
            _, goes, comes = leaving.pop(0)
            await goes()
            await comes()
    assert together == alone
    with plain_client(EmbeddedStore(patient.data_dir).url) as store:
        assert store.hget(f"ashao:job:{{{program.job_id}}}", "attempt") == "3"
