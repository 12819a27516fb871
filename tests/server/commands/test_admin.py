"""`ashao admin` beside a running server: what operators decide, and that they see no text."""

import json

import httpx
import pytest

from ashao.ledger.payees import Payees
from ashao.store.embedded import EmbeddedStore
from ashao.store.redis import connect
from tests.support import commands
from tests.support.claimed import claimed_by
from tests.support.member import Member
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until


@pytest.mark.timeout(120)
async def test_operators_count_grant_ban_and_see_the_queue_and_no_text(
    market: Orchestrator, ann: Member
) -> None:
    account_id = ((await ann.account()) or {})["id"]
    await ann.send("A very private question?")
    assert "accounts with" in _admin(market, "accounts")
    assert _admin(market, "grant", account_id, "85") == "100 credits\n"
    assert await ann.credits() == 100
    assert "pro: " in _admin(market, "queue")
    _admin(market, "ban", f"account:{account_id}")
    assert await ann.account() is None
    with pytest.raises(AssertionError, match="banned"):
        await ann.sign_in()
    assert "private" not in json.dumps([_admin(market, "accounts"), _admin(market, "queue")])


@pytest.mark.timeout(120)
async def test_operators_see_whom_they_banned_and_lift_it(
    market: Orchestrator, ann: Member
) -> None:
    subject = f"account:{((await ann.account()) or {})['id']}"
    _admin(market, "ban", subject, "--reason", "floods")
    assert f"{subject}  floods\n" in _admin(market, "bans")
    _admin(market, "lift", subject)
    assert subject not in _admin(market, "bans")
    await ann.sign_in()


async def test_operators_see_which_engines_are_there(market: Orchestrator) -> None:
    build = "llama.cpp b11364-46ca246"
    async with (
        ScriptedWorker(market.url, engine=build) as told,
        ScriptedWorker(market.url) as silent,
    ):
        lines = [line.split("  ") for line in _admin(market, "workers").splitlines()]
        seen = {worker_id: facts for worker_id, *facts in lines}
        assert seen[told.id] == ["browser", "pro", "scripted", build, "-"]
        assert seen[silent.id] == ["browser", "pro", "scripted", "-", "-"]


@pytest.mark.parametrize("engine", ["", "x" * 101, "<b>", "line\n", 7, ["webllm"]])
def test_an_engines_name_is_short_and_plain(market: Orchestrator, engine: object) -> None:
    body = {"type": "browser", "model": "tiny", "engine": engine}
    reply = httpx.post(f"{market.url}/api/worker/register", json=body)
    assert (reply.status_code, "engine" in reply.json()["error"]) == (400, True)


async def test_a_banned_accounts_workers_neither_claim_nor_earn(
    market: Orchestrator, ann: Member, ben: Member
) -> None:
    donor = await ben.donor(market.url)
    account_id = ((await ben.account()) or {})["id"]
    claim = await claimed_by(donor, ann)
    await donor.say(claim, 0, "Hi.")
    await donor.complete(claim)
    _admin(market, "ban", f"account:{account_id}")

    async def is_shut_out() -> bool:
        return (await donor.post("heartbeat", workerId=donor.id)).status_code == 401

    await wait_until(is_shut_out, "the worker to be told to go")  # its token was just checked
    redis = connect(EmbeddedStore(market.data_dir).url)
    assert await Payees(redis).payee_of(donor.id) is None
    await redis.aclose()
    await donor.http.aclose()


async def test_a_worker_that_is_banned_has_to_come_anew(market: Orchestrator) -> None:
    async with ScriptedWorker(market.url) as worker:
        _admin(market, "ban", f"worker:{worker.id}")
        assert (await worker.post("heartbeat", workerId=worker.id)).status_code == 401


def _admin(server: Orchestrator, *arguments: str) -> str:
    """What the command says to an operator beside the running server."""
    ended = commands.run("admin", *arguments, ASHAO_DATA_DIR=str(server.data_dir))
    ended.check_returncode()
    return ended.stdout
