"""The embedded store: shared, kept on disk, and gone after its last user."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ashao.errors import StoreUnavailable
from ashao.jobs.claim import claim
from ashao.jobs.finish import complete
from ashao.jobs.job import Status
from ashao.jobs.publish import publish
from ashao.jobs.read import mark_settled
from ashao.jobs.store import JobStore, Rules
from ashao.store.embedded import EmbeddedStore, rewrite_file
from ashao.store.redis import Redis, connect
from tests.support.jobs import ANN, claimed, enqueued, new_job, queue, view
from tests.support.stores import plain_client
from tests.support.wait import wait_until

ORCHESTRATOR = """
import asyncio, pathlib, sys
from ashao.store.embedded import EmbeddedStore
async def main():
    async with EmbeddedStore(pathlib.Path(sys.argv[1])):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""


class Orchestrator:
    """Another process that uses the store."""

    def __init__(self, data_dir: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", ORCHESTRATOR, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.communicate()

    def end(self) -> None:
        """As if asked to."""
        self._process.communicate()


def server_pid(url: str) -> int:
    """The server's process."""
    with plain_client(url) as client:
        return int(client.info("server")["process_id"])


def parent_of(pid: int) -> int:
    """The process that started it."""
    facts = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in facts.splitlines() if line.startswith("PPid"))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    """A store in a fresh data directory."""
    async with EmbeddedStore(tmp_path) as store:
        yield store


@pytest.fixture
async def client(embedded: EmbeddedStore) -> AsyncIterator[Redis]:
    """Its client."""
    redis = connect(embedded.url)
    yield redis
    await redis.aclose()


async def test_a_killed_server_comes_back_with_its_queue_and_running_jobs(
    embedded: EmbeddedStore, client: Redis
) -> None:
    """Every acknowledged write is on disk; the supervisor starts the server again."""
    store = JobStore(client, Rules())
    waiting = await enqueued(store)
    running, won = await claimed(store)
    await publish(store, running, ANN.id, won.attempt, 0, "a")
    killed = server_pid(embedded.url)
    os.kill(killed, signal.SIGKILL)

    async def is_back() -> bool:
        async with EmbeddedStore(embedded.socket.parent.parent):
            return server_pid(embedded.url) != killed

    await wait_until(is_back, "the server to be started again")
    assert waiting in await queue(store)
    assert await publish(store, running, ANN.id, won.attempt, 1, "b") == "ok"
    assert await claim(store, waiting, ANN) is not None


async def test_the_last_user_out_stops_the_server_and_its_data_stays(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path) as store:
        pid = server_pid(store.url)
        redis = connect(store.url)
        job_id = await enqueued(JobStore(redis, Rules()))
        await redis.aclose()
    await wait_until(lambda: not is_alive(pid), "the server to stop")
    async with EmbeddedStore(tmp_path) as store:
        redis = connect(store.url)
        assert await queue(JobStore(redis, Rules())) == [job_id]
        await redis.aclose()


async def test_two_processes_share_one_server_and_either_may_die(tmp_path: Path) -> None:
    first = Orchestrator(tmp_path)
    async with EmbeddedStore(tmp_path) as store:
        pid = server_pid(store.url)
        second = Orchestrator(tmp_path)
        first.kill()
        second.end()
        async with EmbeddedStore(tmp_path):
            assert server_pid(store.url) == pid


async def test_kill_9_of_the_only_orchestrator_keeps_the_queue(tmp_path: Path) -> None:
    orchestrator = Orchestrator(tmp_path)
    redis = connect(EmbeddedStore(tmp_path).url)
    job_id = await enqueued(JobStore(redis, Rules()))
    await redis.aclose()
    orchestrator.kill()
    async with EmbeddedStore(tmp_path) as store:  # while the old server may still be there
        redis = connect(store.url)
        assert await queue(JobStore(redis, Rules())) == [job_id]
        await redis.aclose()


async def test_a_killed_supervisor_is_replaced(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path) as store:
        server = server_pid(store.url)
        os.kill(parent_of(server), signal.SIGKILL)
        await wait_until(lambda: not is_alive(server), "the server to go with its supervisor")
    async with EmbeddedStore(tmp_path) as store:
        assert is_alive(server_pid(store.url))


async def test_a_supervisor_that_is_killed_under_its_users_is_replaced(
    embedded: EmbeddedStore, client: Redis
) -> None:
    """The server goes with it, and is back within seconds with all that it had."""
    store = JobStore(client, Rules())
    job_id = await enqueued(store)
    server = server_pid(embedded.url)
    os.kill(parent_of(server), signal.SIGKILL)

    async def is_back() -> bool:
        try:
            return bool((await client.info("server"))["process_id"] != server)
        except StoreUnavailable:
            return False

    await wait_until(is_back, "a new supervisor's server")
    assert await queue(store) == [job_id]


async def test_a_deep_data_directory_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    async with EmbeddedStore(deep) as store:
        assert len(str(store.socket)) < 100
        assert is_alive(server_pid(store.url))
    await wait_until(lambda: not store.socket.exists(), "the socket to go")
    store.socket.parent.rmdir()


async def test_nobody_else_may_read_the_store(embedded: EmbeddedStore) -> None:
    folder = embedded.socket.parent
    assert folder.stat().st_mode & 0o077 == 0
    assert embedded.socket.stat().st_mode & 0o077 == 0


async def test_a_rewritten_file_has_forgotten_what_was_deleted(
    tmp_path: Path, client: Redis
) -> None:
    """Prompt and answer are in the file while the job lives, and not after."""
    store = JobStore(client, Rules(stream_ttl_s=1))
    job_id, won = await claimed(store, new_job(content="canary-prompt"))
    await publish(store, job_id, ANN.id, won.attempt, 0, "canary-answer")
    assert b"canary-prompt" in _on_disk(tmp_path)
    await complete(store, job_id, ANN.id, won.attempt)
    await mark_settled(store, job_id)
    assert (await view(store, job_id)).status is Status.DONE

    async def is_forgotten() -> bool:
        await rewrite_file(client)
        return b"canary" not in _on_disk(tmp_path)

    await wait_until(is_forgotten, "the words to leave the disk")


async def test_nothing_is_rewritten_when_nothing_changed(client: Redis) -> None:
    await enqueued(JobStore(client, Rules()), new_job())
    assert await rewrite_file(client)

    async def is_quiet() -> bool:
        return not await rewrite_file(client)

    await wait_until(is_quiet, "the file to be as short as it gets")


def _on_disk(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.rglob("*") if each.is_file())
