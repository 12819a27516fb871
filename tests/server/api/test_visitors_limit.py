"""Anonymous use stays possible, with a lower limit than an account's."""

from pathlib import Path

from tests.support.chat_client import ChatClient
from tests.support.member import Member
from tests.support.orchestrator import orchestrator

LIMITS = {"ASHAO_IN_FLIGHT": "3", "ASHAO_IN_FLIGHT_ANONYMOUS": "2"}


async def test_a_visitor_waits_for_fewer_answers_than_an_account(tmp_path: Path) -> None:
    with orchestrator(tmp_path, ASHAO_WORKER_GRACE_MS="600000", **LIMITS) as server:
        async with ChatClient(server.url) as visitor, Member(server.url) as ann:
            await ann.sign_in()
            assert await _statuses(visitor) == [201, 201, 429, 429]
            assert await _statuses(ann) == [201, 201, 201, 429]


async def _statuses(person: ChatClient) -> list[int]:
    body = {"content": "Hello?"}
    return [(await person.http.post("/api/chat/send", json=body)).status_code for _ in range(4)]
