"""A real `ashao worker` process."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any


async def until_ready(process: Process) -> None:
    """Return once it has registered and waits for jobs."""
    assert process.stdout is not None
    async for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if (event["event"], event.get("state")) == ("state", "ready"):
            return
    raise AssertionError("the worker ended before it was ready")


@asynccontextmanager
async def native_worker(
    server_url: str,
    engine_url: str,
    model: str,
    *options: str,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Process]:
    """A worker that is ready; killed afterwards if it still runs."""
    where = ["--server", server_url, "--engine-url", engine_url, "--model", model]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "ashao", "worker", *where, "--json-logs", *options),
        stdout=PIPE,
        env=os.environ | (environment or {}),
    )
    try:
        await until_ready(process)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
