"""Who deletes an account is gone: every place is searched, the stores, their files, every key."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis import Redis

from ashao.store import keys
from ashao.store.embedded import EmbeddedStore
from tests.support.claimed import claimed_by
from tests.support.databases import KINDS, Cluster, rows_of
from tests.support.member import Member
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.traces import found_in, places_of
from tests.support.wait import wait_until

# Whatever ended is gone a second later, so that a scan can tell what stays.
BRIEF = {"ASHAO_WORKER_GRACE_MS": "600000", "ASHAO_STREAM_TTL_S": "1"}
CANARY = "quetzalcoatlus"


@pytest.fixture(params=KINDS)
async def database_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A database of each kind; empty for the file in the data directory."""
    if request.param == "sqlite":
        yield ""
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    async with cluster.empty() as url:
        yield url


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Orchestrator]:
    """A server on it."""
    with orchestrator(tmp_path, ASHAO_DATABASE_URL=database_url, **BRIEF) as running:
        yield running


async def test_a_question_of_whoever_left_is_handed_to_nobody(town: Orchestrator) -> None:
    """Neither one that waits, nor one that a machine is answering: it is told to stop."""
    async with Member(town.url) as ben, ScriptedWorker(town.url) as stranger:
        await ben.sign_in()
        claim = await claimed_by(stranger, ben, content="Am I being answered?")
        await ben.send("Do I wait?")
        assert (await ben.http.delete("/api/account")).status_code == 204
        assert await stranger.beat(claim) == [claim["job"]["id"]]
        asked = await stranger.post("claim", workerId=stranger.id, tier="pro", waitMs=1_000)
        assert asked.json() == {"job": None}


async def test_a_donor_of_many_days_is_forgotten_with_its_owner(town: Orchestrator) -> None:
    """What keeps the way from a worker to its owner keeps the way back, by which it is found."""
    async with Member(town.url) as ben:
        account_id = (await ben.sign_in())["account"]["id"]
        donor = await ben.donor(town.url)
        names = [keys.worker_payee(donor.id), keys.workers_of(f"account:{account_id}")]
        socket = str(EmbeddedStore(town.data_dir).socket)
        with Redis(unix_socket_path=socket, decode_responses=True) as store:
            for name in names:
                assert store.expire(name, 60)
            await donor.post("heartbeat", workerId=donor.id)
            assert [store.ttl(name) <= 60 for name in names] == [True, True]
            await donor.post("claim", workerId=donor.id, tier="pro", waitMs=0)
            payee, index = [store.ttl(name) for name in names]
            assert 60 < payee < index
            assert (await ben.http.delete("/api/account")).status_code == 204
            assert [store.exists(name) for name in names] == [0, 0]
        await donor.http.aclose()


async def test_what_an_open_session_still_begins_during_the_deletion_goes_with_it(
    town: Orchestrator, database_url: str
) -> None:
    """Keys, donors and questions that come in the same moment."""
    account_ids = []
    for _ in range(3):
        async with Member(town.url) as ben, ScriptedWorker(town.url) as donor:
            account_ids.append((await ben.sign_in())["account"]["id"])
            donor.http.cookies.update(ben.http.cookies)
            register = {"type": "browser", "model": "m"}
            await asyncio.gather(
                *(ben.http.post("/api/keys", json={"name": "late"}) for _ in range(4)),
                *(donor.http.post("/api/worker/register", json=register) for _ in range(4)),
                ben.http.delete("/api/account"),
                *(ben.http.post("/api/chat/send", json={"content": "Late?"}) for _ in range(4)),
                *(ben.http.post("/api/keys", json={"name": "later"}) for _ in range(4)),
                *(donor.http.post("/api/worker/register", json=register) for _ in range(4)),
            )

    async def is_clean() -> bool:
        return not await _found(town, database_url, account_ids)

    await wait_until(is_clean, "every trace to be gone", timeout_s=25)


async def test_after_the_deletion_nothing_is_left_anywhere(
    town: Orchestrator, database_url: str
) -> None:
    """Neither in the stores nor in their files: no word, no name, no key, no digest of a key."""
    async with Member(town.url) as ben:
        entered = await ben.sign_in()
        account_id = entered["account"]["id"]
        key = (await ben.http.post("/api/keys", json={"name": CANARY})).json()["key"]
        donor = await ben.donor(town.url)
        claim = await claimed_by(donor, ben, content=f"Where is the {CANARY}-secret?")
        await donor.say(claim, 0, f"The {CANARY}-answer.")
        await donor.complete(claim)
        await wait_until(lambda: _is_settled(ben), "the answer to be kept")
        await donor.http.aclose()
        assert await _found(town, database_url, [account_id, f"{CANARY}-secret"])

        assert (await ben.http.delete("/api/account")).status_code == 204

        assert await ben.account() is None
        traces = [account_id, ben.wallet.address, f"{CANARY}-secret", f"{CANARY}-answer", key["id"]]

        async def is_clean() -> bool:
            return not await _found(town, database_url, traces)

        await wait_until(is_clean, "every trace to be gone", timeout_s=25)


async def _is_settled(member: Member) -> bool:
    listed = (await member.http.get("/api/conversations")).json()["conversations"]
    kept = (await member.http.get(f"/api/conversations/{listed[0]['id']}")).json()
    return bool(kept["messages"][-1]["status"] == "done")


async def _found(town: Orchestrator, database_url: str, traces: list[str]) -> list[str]:
    """Which of the traces the files, the store and the database still show, and where."""
    places = await asyncio.to_thread(places_of, town.data_dir)
    if database_url:  # its files are its own: what it deleted goes with its vacuum
        places["the database"] = (await rows_of(database_url)).encode()
    return found_in(places, traces)
