"""How often a call waits for the store: what it needs is asked side by side where that may be.

Where a store is a millisecond away, this is most of a call's time.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ashao.settings import Settings
from tests.support.dead_wire import Wire, wire_to
from tests.support.in_process import served


@dataclass
class House:
    """Somebody at a server, and the wire to its store."""

    http: httpx.AsyncClient
    wire: Wire

    async def count(self, path: str, body: Any, token: str = "") -> tuple[int, Any]:
        """The round trips of a call, and its answer."""
        before = self.wire.round_trips
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        reply = await self.http.post(path, json=body, headers=bearer)
        assert reply.is_success, reply.text
        return self.wire.round_trips - before, reply.json()

    async def send(self, **more: Any) -> int:
        """The round trips of a question."""
        trips, _ = await self.count("/api/chat/send", {"content": "Hello?", **more})
        return trips


@pytest.fixture
async def house(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """Nothing moves by itself, once the background has looked."""
    monkeypatch.setattr("ashao.background.sweeper.LOOK_EVERY_S", 3600)
    monkeypatch.setattr("ashao.background.sweeper.DeadlineLoop._settle", lambda *_: None)
    monkeypatch.setattr("ashao.workers.registry.FRESH_S", 3600)
    async with wire_to(store_url, tmp_path) as (wire, url):
        data = tmp_path / "data"
        data.mkdir(mode=0o700)
        async with served(Settings(redis_url=url, data_dir=data)) as http:
            yield House(http, wire)


@pytest.mark.parametrize("tier", ["pro", "auto"])
async def test_a_send_waits_six_times(house: House, tier: str) -> None:
    """Two counts of its rate, the first beside its session; its place, its deadline, its job and
    the queue. Where nobody can serve, that is not read anew for each."""
    await house.send(tier=tier)
    assert [await house.send(tier=tier) for _ in range(3)] == [6] * 3


async def test_a_worker_that_just_came_is_known_to_the_next_send(house: House) -> None:
    await house.send(tier="auto")
    worker = {"type": "native", "model": "scripted"}
    _, registered = await house.count("/api/worker/register", worker)
    await house.send(tier="auto")
    claim = {"workerId": registered["workerId"], "tier": "max", "waitMs": 20_000}
    _, claimed = await house.count("/api/worker/claim", claim, registered["token"])
    assert claimed["job"]["tier"] == "max"


async def test_a_claim_waits_seven_times_and_a_completion_four_times(house: House) -> None:
    """Who it is, whether it may and for whom, its sign of life, its build's pace; then the queue,
    the job, the note of it. And: who it is, the job, its deadline, all that becomes of it."""
    worker = {"type": "browser", "model": "scripted"}
    _, registered = await house.count("/api/worker/register", worker)
    token, claim = registered["token"], {"workerId": registered["workerId"], "tier": "pro"}
    for expected in (None, (7, 4)):  # the first time scripts are new, and connections
        await house.send()
        claiming, claimed = await house.count(
            "/api/worker/claim", {**claim, "waitMs": 20_000}, token
        )
        held = {"jobId": claimed["job"]["id"], "attempt": claimed["attempt"]}
        piece = {**held, "seq": 0, "value": "Hello."}
        await house.count("/api/worker/token", piece, token)
        completing, _ = await house.count("/api/worker/complete", {**held, "tokens": 1}, token)
        assert expected in (None, (claiming, completing))
