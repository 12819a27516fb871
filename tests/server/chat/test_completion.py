"""What a program asks ends for its orchestrator as well, and never badly for the program."""

from pathlib import Path
from unittest.mock import Mock

from ashao.chat.charges import Charges
from ashao.chat.completion import CompletionService
from ashao.chat.quota import JobQuota
from ashao.jobs.finish import complete
from ashao.jobs.job import Status
from ashao.jobs.store import JobStore, Rules
from ashao.store.redis import connect
from tests.support.jobs import ANN, claimed, view


async def test_a_store_that_is_away_afterwards_spoils_no_answer(
    job_store: JobStore, tmp_path: Path
) -> None:
    """The caller has it, whole; that nobody needs the job any more is news for another day."""
    job_id, won = await claimed(job_store)
    await complete(job_store, job_id, ANN.id, won.attempt)
    nobody = connect(f"unix://{tmp_path}/nobody.sock")
    away = CompletionService(JobStore(nobody, Rules()), Mock(Charges), JobQuota(nobody, 1))
    await away.abandon(await view(job_store, job_id))


async def test_a_caller_that_leaves_ends_its_job(job_store: JobStore) -> None:
    job_id, _ = await claimed(job_store)
    completion = CompletionService(job_store, Mock(Charges), JobQuota(job_store.redis, 1))
    await completion.abandon(await view(job_store, job_id))
    assert (await view(job_store, job_id)).status is Status.FAILED
