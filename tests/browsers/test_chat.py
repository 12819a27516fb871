"""A person chats in Firefox and in WebKit; who answers is scripted, so every letter is known."""

import pytest

from tests.browsers.pages import Chat
from tests.support.browsers.tab import Tab
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.sample(1),  # in one of the two
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]


async def test_an_answer_streams_and_outlives_a_reload_to_the_letter(
    tab: Tab, patient: Orchestrator
) -> None:
    chat = await Chat(tab, patient.url).open()
    async with ScriptedWorker(patient.url) as worker:
        await chat.ask("How do you do?")
        claimed = await worker.claim()
        assert claimed["messages"][-1] == {"role": "user", "content": "How do you do?"}
        await worker.say(claimed, 0, "Grüße, 你")
        await chat.shows("running", "Grüße, 你")
        await tab.reload()
        await chat.shows("running", "Grüße, 你")
        await worker.say(claimed, 1, "好 🙂 – wie")
        await chat.shows("running", "Grüße, 你好 🙂 – wie")
        await worker.say(claimed, 2, " geht’s?")
        await worker.complete(claimed)
        await chat.shows("done", "Grüße, 你好 🙂 – wie geht’s?")


async def test_stop_stops_the_worker_and_what_was_said_stays(
    tab: Tab, patient: Orchestrator
) -> None:
    chat = await Chat(tab, patient.url).open()
    async with ScriptedWorker(patient.url) as worker:
        await chat.ask("And now?")
        claimed = await worker.claim()
        await worker.say(claimed, 0, "Now we")
        await chat.shows("running", "Now we")
        await tab.click("#stop")
        await chat.shows("failed", "Now we")
        job_id = claimed["job"]["id"]

        async def is_told() -> bool:
            return job_id in await worker.beat(claimed)

        await wait_until(is_told, "the worker to be told")
