"""The tests' own safety nets: keys that stay for ever are seen, other machines out of reach."""

import socket

import pytest

from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.jobs.store import JobStore
from tests.support.jobs import enqueued
from tests.support.leaks import leaked_keys
from tests.support.stores import plain_client


async def test_a_key_without_an_end_is_a_leak(job_store: JobStore, store_url: str) -> None:
    guarded = await enqueued(job_store)
    unguarded = keys.log(JobId("forgotten"))
    with plain_client(store_url) as client:
        client.rpush(unguarded, "event")
        client.set("ashao:session:{a}", "expires", ex=60)
        assert leaked_keys(client) == [unguarded]
        client.zrem(keys.deadlines(keys.shard_of(guarded)), guarded)
        assert keys.job(guarded) in leaked_keys(client)
        client.flushall()


def test_no_test_can_reach_another_machine() -> None:
    with socket.socket() as outgoing, pytest.raises(PermissionError):
        outgoing.connect(("192.0.2.1", 80))
