"""For a worker that belongs to another process: it ends when that one is gone, even by kill -9."""

import os

from ashao_worker.core.environment import Environment

LOOK_EVERY_S = 0.5


async def until_gone(parent: int, environment: Environment) -> None:
    """Return once the process that started this one no longer lives."""
    while os.getppid() == parent:
        await environment.sleep(LOOK_EVERY_S)
