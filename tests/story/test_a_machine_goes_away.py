"""The machine that was writing goes away, and the reader sees one unbroken answer."""

from typing import Any

import pytest

from tests.support.chat_client import ChatClient
from tests.support.scripted_worker import ScriptedWorker

WORDS = ["The ", "answer ", "survives", " the ", "machine", "."]
TEXT = "".join(WORDS)


async def _finish(worker: ScriptedWorker, claimed: dict[str, Any]) -> None:
    """Go on from where the text stopped, as the next worker does."""
    for seq in range(claimed["nextSeq"], len(WORDS)):
        assert (await worker.say(claimed, seq, WORDS[seq])).status_code == 200
    assert (await worker.complete(claimed)).status_code == 200


async def _released(worker: ScriptedWorker, _: dict[str, Any]) -> None:
    """A closing tab's beacon: no header, the token in the body."""
    reply = await worker.http.post(
        "/api/worker/release", json={"workerId": worker.id, "token": worker.token}
    )
    assert reply.json() == {"released": 1}


async def _failed(worker: ScriptedWorker, claimed: dict[str, Any]) -> None:
    """Its graphics device was lost."""
    body = {"jobId": claimed["job"]["id"], "attempt": claimed["attempt"]}
    assert (await worker.post("fail", **body, error="device_lost")).status_code == 200


async def _silent(worker: ScriptedWorker, claimed: dict[str, Any]) -> None:
    """It says nothing more at all."""


@pytest.mark.parametrize("leave", [_released, _failed, _silent])
@pytest.mark.parametrize("said", range(len(WORDS) + 1))
async def test_another_worker_goes_on_from_the_text_already_shown(
    person: ChatClient, worker: ScriptedWorker, said: int, leave: Any
) -> None:
    """After any number of tokens and in each way of leaving: nothing lost, nothing twice."""
    job_id = await person.send()
    claimed = await worker.claim()
    for seq, value in enumerate(WORDS[:said]):
        await worker.say(claimed, seq, value)
    await leave(worker, claimed)
    async with ScriptedWorker(str(worker.http.base_url)) as second:
        continued = await second.claim()
        assert continued["attempt"] == 2
        prefix = "".join(WORDS[:said])
        assert (
            "".join(
                each["content"] for each in continued["messages"] if each["role"] == "assistant"
            )
            == prefix
        )
        late = await worker.say(claimed, said, "zombie")
        assert (late.status_code, late.json()["refusal"]) == (409, "stale")
        await _finish(second, continued)
    answer = await person.answer(job_id)
    assert answer.text == TEXT
    assert answer.ids == list(range(len(WORDS) + 1))
    assert answer.last == {"type": "done", "tokens": len(WORDS)}


async def test_the_provider_goes_on_when_no_other_worker_is_there(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """The last donor closes the tab: the cloud continues what stands on the page."""
    whole = await person.answer(await person.send("Tell me"))
    job_id = await person.send("Tell me")
    claimed = await worker.claim()
    beginning = whole.text[:25]
    await worker.say(claimed, 0, beginning)
    await _released(worker, claimed)
    answer = await person.answer(job_id)
    assert answer.text == whole.text
    assert answer.last["type"] == "done"
