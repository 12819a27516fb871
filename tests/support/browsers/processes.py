"""A browser's processes: all in one group, which ends as a whole."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from tests.support.children import mortal

POLITE_S = 5.0


@asynccontextmanager
async def running(
    *command: str, env: Mapping[str, str], pass_fds: Sequence[int] = ()
) -> AsyncIterator[None]:
    """Run a program until the block ends; whatever it started that is left then is killed."""
    process = await asyncio.create_subprocess_exec(
        *mortal(*command),
        stdout=DEVNULL,
        stderr=DEVNULL,
        env=env,
        pass_fds=pass_fds,
        start_new_session=True,
    )
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), POLITE_S)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
