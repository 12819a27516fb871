"""A question of a given person in the hands of a given worker, whatever else waits in the queue."""

from typing import Any

from tests.support.chat_client import ChatClient
from tests.support.scripted_worker import ScriptedWorker


async def claimed_by(worker: ScriptedWorker, person: ChatClient, **sent: Any) -> dict[str, Any]:
    """Send, and claim until it is this job; what others left behind is completed on the way."""
    return await claim_of_job(worker, await person.send(**sent), sent.get("tier", "pro"))


async def claim_of_job(worker: ScriptedWorker, job_id: str, tier: str = "pro") -> dict[str, Any]:
    """The job itself; what others left behind is completed on the way."""
    while True:
        claim = await worker.claim(tier)
        if claim["job"]["id"] == job_id:
            return claim
        await worker.say(claim, claim["nextSeq"], " ")
        await worker.complete(claim)


async def claim_of(worker: ScriptedWorker, question: str) -> dict[str, Any]:
    """The job that asks this; what others left behind is completed on the way."""
    while True:
        claim = await worker.claim()
        if claim["messages"][-1]["content"] == question:
            return claim
        await worker.say(claim, claim["nextSeq"], " ")
        await worker.complete(claim)
