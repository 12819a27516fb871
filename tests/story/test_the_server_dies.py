"""The server is killed in the middle of an answer and started again: no job is lost."""

from pathlib import Path

from tests.support.chat_client import Answer, ChatClient
from tests.support.orchestrator import commanded
from tests.support.scripted_worker import ScriptedWorker


async def test_a_server_killed_mid_answer_and_started_again_loses_no_job(tmp_path: Path) -> None:
    """By the command line, on the embedded store: nothing that was asked is lost."""
    with commanded(tmp_path, ASHAO_WORKER_GRACE_MS="1000", ASHAO_LEASE_MS="1500") as server:
        async with ChatClient(server.url) as person, ScriptedWorker(server.url) as worker:
            running, *queued = [await person.send(f"Question {n}") for n in range(4)]
            claimed = await worker.claim()
            assert claimed["job"]["id"] == running
            await worker.say(claimed, 0, "This is a simulation")
            answer = Answer()
            async for event in person.events(running):
                answer.take(event)
                if answer.text:
                    break
            server.kill()
            server.start(server.port)
            answer = await person.answer(running, answer)
            assert answer.text.startswith("This is a simulation")
            assert answer.last["type"] == "done"
            for job_id in queued:
                assert (await person.answer(job_id)).last["type"] == "done"
