"""What strangers say of a question is an attempt; what the operator's own worker says is final."""

from collections.abc import AsyncIterator

import pytest

from ashao.jobs.codes import SENTENCES, EndCode
from tests.story.conftest import PATIENT
from tests.support.chat_client import ChatClient
from tests.support.claimed import claimed_by
from tests.support.member import Member
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_worker import ScriptedWorker


async def _donor(server: Orchestrator) -> tuple[ScriptedWorker, str]:
    """The worker of somebody with an account, and that account's id."""
    async with Member(server.url) as member:
        await member.sign_in()
        account = await member.account()
        assert account is not None
        worker = await member.donor(server.url)
        await worker.http.aclose()
        return worker, account["id"]


@pytest.fixture
async def house(
    server: Orchestrator, store_at: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[ChatClient, ScriptedWorker, ScriptedWorker]]:
    """Somebody who asks at a process that trusts an account, a worker of it, and a neighbour's.

    The accounts are made at another process of the same store, as ids are known only afterwards.
    """
    (own, account_id), (stranger, _) = await _donor(server), await _donor(server)
    trusting = {"ASHAO_TRUSTED_ACCOUNTS": f"{'0' * 32}, {account_id}"}
    settings = PATIENT | {"ASHAO_REDIS_URL": store_at} | trusting
    with orchestrator(tmp_path_factory.mktemp("trusting"), **settings) as second:
        own, stranger = own.at(second.url), stranger.at(second.url)
        async with own.http, stranger.http, ChatClient(second.url) as person:
            yield person, own, stranger
            await person.cancel_all()


@pytest.mark.parametrize("verdict", [EndCode.BAD_REQUEST, EndCode.REFUSED])
async def test_its_verdict_ends_a_question_and_a_neighbours_does_not(
    house: tuple[ChatClient, ScriptedWorker, ScriptedWorker], verdict: EndCode
) -> None:
    person, own, stranger = house
    claimed = await claimed_by(stranger, person)
    await stranger.fail(claimed, verdict)
    claimed = await own.claim()
    await own.fail(claimed, verdict)
    seen = await person.answer(claimed["job"]["id"])
    assert seen.last == {"type": "error", "message": SENTENCES[verdict]}


async def test_where_it_has_nothing_to_say_nobody_else_is_asked(
    house: tuple[ChatClient, ScriptedWorker, ScriptedWorker],
) -> None:
    person, own, stranger = house
    claimed = await claimed_by(stranger, person)
    await stranger.complete(claimed)
    claimed = await own.claim()
    await own.complete(claimed)
    seen = await person.answer(claimed["job"]["id"])
    assert (seen.text, seen.last["type"]) == ("", "done")
