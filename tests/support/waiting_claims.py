"""Claims that wait at a dispatcher: a call that was just made may not be among them yet."""

from ashao.jobs.job import Tier
from ashao.workers.dispatch import Dispatcher
from tests.support.wait import wait_until


async def until_waiting(dispatcher: Dispatcher, count: int = 1) -> None:
    """Return once so many calls wait for a job of the tier `pro`."""
    queue = dispatcher._pending[Tier.PRO]
    await wait_until(
        lambda: sum(not each.answer.done() for each in queue) == count, f"{count} claims to wait"
    )
