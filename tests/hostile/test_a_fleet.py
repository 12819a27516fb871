"""Of a fleet two thirds attack, each in its own way; people get their answers all the same."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.databases import opened, postgresql
from tests.support.fleet import ATTACKS, Deed, Outcome, answer, ask, say_unseen
from tests.support.ledgers import unbalanced
from tests.support.member import Member
from tests.support.orchestrator import orchestrator, two_orchestrators
from tests.support.own_store import own_store

# A silent claim and a slow one are noticed in a second; no provider comes before a question's end.
ALONE = {
    "ASHAO_WORKER_GRACE_MS": "60000",
    "ASHAO_LEASE_MS": "1500",
    "ASHAO_FIRST_TOKEN_MS": "1000",
    "ASHAO_QUEUE_TTL_S": "60",
}
HONEST: list[Deed] = [answer] * 4
QUESTIONS, AT_A_TIME = 24, 6
PLACES = ["one process", "two processes", "two processes on PostgreSQL and redis-server"]

pytestmark = pytest.mark.timeout(240)


@asynccontextmanager
async def running(place: str, folder: Path, **settings: str) -> AsyncIterator[list[str]]:
    """The addresses of ready orchestrators; afterwards the books balance."""
    async with AsyncExitStack() as stack:
        database = ""
        if place == PLACES[-1]:
            cluster = stack.enter_context(postgresql())
            database = await stack.enter_async_context(cluster.fresh())
            store = stack.enter_context(own_store("redis-server", folder / "store"))
            settings = settings | {"ASHAO_REDIS_URL": store.url, "ASHAO_DATABASE_URL": database}
        if place == "one process":
            servers = [stack.enter_context(orchestrator(folder, **settings))]
        else:
            servers = list(stack.enter_context(two_orchestrators(folder, **settings)))
        async with httpx.AsyncClient(timeout=60) as http:
            for each in servers:
                assert (await http.get(f"{each.url}/health/ready")).status_code == 200
        yield [each.url for each in servers]
        async with opened(servers[0].data_dir, database) as books:
            assert await unbalanced(books) == []


async def asked(urls: list[str], deeds: Sequence[Deed]) -> Outcome:
    """What became of the questions; who says what nobody sees has earned nothing."""
    async with Member(urls[0]) as thief:
        await thief.sign_in()
        made = await thief.http.post("/api/keys", json={"name": "gang", "scopes": ["donate"]})
        keys: dict[Deed, str] = {say_unseen: made.json()["secret"]}
        outcome = await ask(urls, deeds, QUESTIONS, AT_A_TIME, keys)
        assert await thief.credits() == 500
        return outcome


def mixed(seed: int) -> list[Deed]:
    """A third honest, two thirds of every kind of attack, in an order of the seed's."""
    hostile = [ATTACKS[n % len(ATTACKS)] for n in range(2 * len(HONEST))]
    deeds = [*HONEST, *hostile]
    random.Random(seed).shuffle(deeds)
    return deeds


@pytest.mark.sample(1, always=("one process",))
@pytest.mark.parametrize("place", PLACES)
async def test_a_third_that_is_honest_is_enough(place: str, tmp_path: Path) -> None:
    """Nineteen of twenty are answered; how long that takes is measured in bench/fleet.py."""
    async with running(place, tmp_path, **ALONE) as urls:
        attacked = await asked(urls, mixed(seed=3))
    assert attacked.share_answered >= 0.95


@pytest.mark.sample(1, always=("one process",))
@pytest.mark.parametrize("place", PLACES)
async def test_with_a_provider_every_question_ends_well(place: str, tmp_path: Path) -> None:
    async with running(place, tmp_path, **ALONE | {"ASHAO_WORKER_GRACE_MS": "1000"}) as urls:
        attacked = await asked(urls, mixed(seed=4))
    assert {each.last["type"] for each in attacked.answers} == {"done"}
    assert all(each.text for each in attacked.answers)
