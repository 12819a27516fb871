"""A session's limit goes with it from address to address."""

from pathlib import Path

from tests.support.chat_client import ChatClient
from tests.support.orchestrator import orchestrator

LIMIT = 3


async def test_a_session_is_limited_wherever_it_calls_from(tmp_path: Path) -> None:
    settings = {"ASHAO_SENDS_PER_MINUTE": str(LIMIT), "ASHAO_TRUSTED_PROXIES": "127.0.0.1"}
    with orchestrator(tmp_path, **settings) as server:
        async with ChatClient(server.url) as person, ChatClient(server.url) as another:
            statuses = [
                (
                    await person.http.post(
                        "/api/chat/send",
                        json={"content": "Hello?"},
                        headers={"X-Forwarded-For": f"192.0.2.{number}"},
                    )
                ).status_code
                for number in range(2 * LIMIT + 1)  # two minutes may share them
            ]
            assert statuses[:LIMIT] == [201] * LIMIT
            assert 429 in statuses
            await another.send()
