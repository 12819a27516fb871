"""How an answer is sampled, and how long it may be, is the same whoever writes on."""

from ashao.jobs.event import DoneEvent
from ashao.jobs.read import read_log
from ashao.jobs.store import JobStore, Rules
from ashao.messages import Params
from ashao.store.redis import connect
from tests.story.conftest import PATIENT
from tests.support.jobs import enqueued, new_job, plain, view
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

TIMES = PATIENT


async def test_the_next_producer_gets_what_is_left_and_the_total_is_right(
    server: Orchestrator, store_at: str
) -> None:
    """Three machines, one budget of ten tokens, the same seed and temperature."""
    redis = connect(store_at)
    try:
        jobs = JobStore(redis, Rules())
        params = Params(temperature=0.5, top_p=0.9, max_tokens=10, stop=["END"], seed=7)
        job_id = await enqueued(jobs, new_job(params=params))
        sampling = {"temperature": 0.5, "topP": 0.9, "stop": ["END"], "seed": 7}
        for turn, left in enumerate((10, 7, 4)):
            async with ScriptedWorker(server.url) as worker:
                claimed = await worker.claim()
                assert claimed["params"] == sampling | {"maxTokens": left}
                said = await worker.post(
                    "token", jobId=job_id, attempt=turn + 1, seq=turn, value="x y z ", tokens=3
                )
                assert said.status_code == 200
                if turn < 2:
                    await worker.post("release", workerId=worker.id)
                else:
                    await worker.complete(claimed)
        assert plain((await read_log(jobs, job_id)).events)[-1] == DoneEvent(3, 9)
        assert [share.tokens for share in (await view(jobs, job_id)).contributions] == [3, 3, 3]
    finally:
        await redis.aclose()


async def test_an_answer_with_its_whole_budget_needs_nobody_to_go_on(
    server: Orchestrator, store_at: str
) -> None:
    """Its producer died before it could say that it was done."""
    redis = connect(store_at)
    try:
        jobs = JobStore(redis, Rules())
        job_id = await enqueued(jobs, new_job(params=Params(max_tokens=2)))
        async with ScriptedWorker(server.url) as worker:
            claimed = await worker.claim()
            for seq in range(2):
                await worker.say(claimed, seq, "word ")
            await worker.post("release", workerId=worker.id)
        assert plain((await read_log(jobs, job_id)).events)[-1] == DoneEvent(2, 2, "length")
    finally:
        await redis.aclose()
