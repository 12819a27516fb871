"""A tab of Firefox or WebKit donates: Python and llama.cpp on its processor, to real questions."""

from pathlib import Path

import pytest

from tests.browsers.pages import Donor
from tests.support.browsers.firefox import firefox
from tests.support.browsers.tab import Tab
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.webgpu,
    pytest.mark.dear,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="module"),
]

RECITER = "ashao-tiny-q0f32"
RECITED = Path("build/tiny_model") / RECITER / "answer.txt"
SMALL = "SmolLM2-135M-Instruct"


async def test_a_browser_without_webgpu_answers_on_its_processor(
    tab: Tab, patient: Orchestrator
) -> None:
    """It is told so, and offered only what it can run."""
    donor = await Donor(tab, patient.url).open()
    assert "on its processor" in await tab.text_of("#state")
    assert await tab.run("return [...document.querySelectorAll('option')].map(it => it.value)") == [
        SMALL
    ]
    await donor.start(SMALL)
    async with ChatClient(patient.url) as person:
        answer = await person.answer(await person.send("What is the capital of France?"))
    assert "Paris" in answer.text
    await donor.until("ready")
    await tab.close()


async def test_firefox_computes_on_webgpu(
    patient: Orchestrator, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """WebLLM on another implementation than Chromium's says the same, to the letter."""
    async with firefox(tmp_path / "firefox", has_gpu=True) as tab:
        donor = await Donor(tab, patient.url).open()
        await donor.start(RECITER)
        async with ChatClient(patient.url) as person:
            answer = await person.answer(await person.send("What do you say?"))
        assert answer.text.strip() == (pytestconfig.rootpath / RECITED).read_text().strip()
        await tab.close()
