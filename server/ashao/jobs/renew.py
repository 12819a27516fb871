"""A producer's sign of life for the claims that it holds."""

import asyncio
from collections.abc import Sequence

from ashao.jobs.job import JobId, ProducerId
from ashao.jobs.scripts import JobStore


async def renew(
    store: JobStore, producer_id: ProducerId, claims: Sequence[tuple[JobId, int]]
) -> list[JobId]:
    """Renew the lease of each (job, attempt); returns the jobs whose claim is not current any more.

    Only tokens renew a claim's progress. Raises StoreUnavailable.
    """
    replies = await asyncio.gather(
        *(store.run("renew", job_id, producer_id, attempt) for job_id, attempt in claims)
    )
    return [job_id for (job_id, _), reply in zip(claims, replies, strict=True) if reply[0] != "ok"]
