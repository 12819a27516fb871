"""A claim call that waits for a job."""

import asyncio
from typing import TYPE_CHECKING

from ashao.jobs.job import Producer, ProducerId

if TYPE_CHECKING:
    from ashao.jobs.job import Claim
    from ashao.workers.speeds import Standing
    from ashao.workers.worker import Worker


class PendingClaim:
    """One claim call that waits; `generation` counts its worker's sign-offs when it came,
    `standing` is what the server measured of its worker."""

    def __init__(self, worker: "Worker", generation: int, standing: "Standing") -> None:
        self.worker = worker
        self.generation = generation
        self.standing = standing
        self.answer: asyncio.Future[Claim | None] = asyncio.get_running_loop().create_future()

    def producer(self, *, is_choosy: bool) -> Producer:
        """The worker as the jobs know it; they are choosy when proven workers are there."""
        return Producer(
            ProducerId(self.worker.id),
            model=self.worker.model,
            context_tokens=self.worker.context_tokens,
            abilities=self.worker.abilities,
            voice=self.worker.voice,
            slowest_token_ms=self.standing.slowest_token_ms,
            is_proven=self.standing.is_proven or not is_choosy,
            home="native" if self.worker.type == "native" else "browser",
        )
