"""What a reader is told while its job waits: its place, and how long that takes if it is known."""

from typing import TYPE_CHECKING

from ashao.jobs import queue_ids
from ashao.jobs.events import QueuedEvent
from ashao.jobs.pace import estimate_ms

if TYPE_CHECKING:
    from ashao.jobs.job import JobView
    from ashao.jobs.scripts import JobStore


async def waiting(jobs: "JobStore", job: "JobView") -> QueuedEvent | None:
    """Where the job stands now; None when it is in no queue. Raises StoreUnavailable."""
    if job.no_worker:
        return QueuedEvent(position=0, no_worker=True)
    position = await queue_ids.position(jobs.courier, job.tier, job.id)
    if position is None:
        return None
    return QueuedEvent(position=position, eta_ms=await estimate_ms(jobs, job.tier, position))
