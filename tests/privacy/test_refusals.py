"""No refusal repeats what was sent: at the doors of accounts, keys, conversations and programs.

The chat's and the workers' doors are searched with everything else in `test_canary.py`.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from ashao.api.anthropic.schemas import MessageBody
from ashao.api.openai.completions import CompletionBody
from ashao.api.openai.responses.schemas import ResponseBody
from ashao.api.openai.schemas import ChatCompletionBody
from ashao.store.embedded import EmbeddedStore
from tests.support.api_keys import created_key
from tests.support.member import Member
from tests.support.orchestrator import Orchestrator, orchestrator

CANARY = "quetzalcoatlus"
VALUES: list[Any] = [CANARY, [CANARY], {CANARY: CANARY}, CANARY + "\x00", CANARY * 4000]
BODIES = {
    "/api/account/passkey/register": ("challengeId", "credential", "name", "moveHistory", CANARY),
    "/api/account/passkey/login": ("challengeId", "credential", "moveHistory", CANARY),
    "/api/account/wallet/challenge": ("address", "chainId", CANARY),
    "/api/account/wallet/login": ("challengeId", "signature", "moveHistory", CANARY),
    "/api/account/recover": ("code", "moveHistory", CANARY),
    "/api/keys": ("name", CANARY),
}
# What is well-formed and still not so; each is refused for the one field that is tried.
WHOLE: dict[str, dict[str, Any]] = {
    "/api/account/passkey/register": {"challengeId": "0" * 32, "credential": {"id": CANARY}},
    "/api/account/passkey/login": {"challengeId": "0" * 32, "credential": {"id": CANARY}},
    "/api/account/wallet/challenge": {"address": "0x" + "a" * 40, "chainId": 1},
    "/api/account/wallet/login": {"challengeId": "0" * 32, "signature": CANARY},
    "/api/account/recover": {"code": CANARY},
    "/api/keys": {"name": "a key"},
}
# An unknown field is refused by its name here, as OpenAI's clients expect; its value is not told.
TURN = {"role": "user", "content": CANARY}
PROGRAMS: dict[str, tuple[type[msgspec.Struct], dict[str, Any]]] = {
    "/v1/chat/completions": (ChatCompletionBody, {"messages": [TURN]}),
    "/v1/completions": (CompletionBody, {"prompt": CANARY}),
    "/v1/responses": (ResponseBody, {"input": [TURN]}),
    "/v1/messages": (MessageBody, {"messages": [TURN]}),
}
READS = (
    f"/api/conversations?q={CANARY * 20}",
    f"/api/conversations/export?format={CANARY}",
    f"/api/conversations/{CANARY}",
    f"/v1/models/{CANARY}",
    f"/v1/{CANARY}",
)
DELETED = (
    f"/api/account/passkeys/{CANARY}",
    f"/api/account/wallets/{CANARY}",
    f"/api/account/sessions/{CANARY}",
    f"/api/keys/{CANARY}",
    f"/api/conversations/{CANARY}",
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """A server that logs all it would ever log."""
    settings = {
        "ASHAO_LOG_LEVEL": "debug",
        "ASHAO_SIGN_INS_PER_MINUTE": "100000",
        "ASHAO_SIMULATE_V1": "on",
    }
    with orchestrator(tmp_path_factory.mktemp("refusals"), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def error_responses(town: Orchestrator) -> list[httpx.Response]:
    """What each door says to each request that makes no sense."""
    return asyncio.run(_ask(town))


def test_no_refusal_repeats_what_was_sent(error_responses: list[httpx.Response]) -> None:
    refused = [reply for reply in error_responses if reply.status_code >= 400]
    assert len(refused) > 150
    told = [reply.request.url.path for reply in refused if CANARY in _all_of(reply)]
    assert told == []
    assert [reply for reply in refused if reply.status_code == 429] == []
    assert [reply.text for reply in refused if reply.status_code >= 500] == []


def test_every_door_refused_something(error_responses: list[httpx.Response]) -> None:
    """Or nothing was searched there."""
    paths = {reply.request.url.path for reply in error_responses if reply.status_code >= 400}
    assert {*BODIES, *PROGRAMS, "/api/conversations"} <= paths
    assert any(reply.request.method == "PATCH" for reply in error_responses)


@pytest.mark.usefixtures("error_responses")
def test_no_line_of_the_log_repeats_it_either(town: Orchestrator) -> None:
    assert CANARY not in town.log_text()
    assert "Traceback" not in town.log_text()


async def _ask(town: Orchestrator) -> list[httpx.Response]:
    async with Member(town.url) as ann:
        replies = await _at_the_doors(ann.http)
        await ann.sign_in()
        replies += await _at_the_doors(ann.http)
        sent = await ann.http.post("/api/chat/send", json={"content": "Hello?"})
        mine = f"/api/conversations/{sent.json()['conversationId']}"
        replies += [await ann.http.patch(mine, json={"title": each}) for each in VALUES]
        secret = await created_key(EmbeddedStore(town.data_dir).url)
        bearer = {"Authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(base_url=town.url, headers=bearer) as program:
            replies += await _as_a_program(program)
        wrong = {"Authorization": f"Bearer {CANARY}"}
        replies.append(await ann.http.get("/v1/models", headers=wrong))
        return replies


async def _at_the_doors(http: httpx.AsyncClient) -> list[httpx.Response]:
    replies = [
        await http.post(path, json=WHOLE[path] | {name: value})
        for path, names in BODIES.items()
        for name in names
        for value in VALUES
    ]
    replies += [await http.post(path, json=body) for path, body in WHOLE.items()]
    replies += [await http.post(path, content=b"{" + CANARY.encode()) for path in BODIES]
    replies += [await http.get(path) for path in READS]
    return replies + [await http.delete(path) for path in DELETED]


async def _as_a_program(http: httpx.AsyncClient) -> list[httpx.Response]:
    replies = []
    values = [CANARY, {"type": CANARY}, [{"role": CANARY}]]
    for path, (kind, whole) in PROGRAMS.items():
        whole = {"model": "nobody-has-it"} | whole
        names = [*(each.name for each in msgspec.structs.fields(kind)), "x"]
        asked = [whole | {name: value} for name in names for value in values]
        replies += [await http.post(path, json=each) for each in asked]
        replies.append(await http.post(path, content=b"{" + CANARY.encode()))
    path, (_, whole) = next(iter(PROGRAMS.items()))
    messages: list[Any] = [
        {"role": CANARY, "content": "a"},
        {"role": "user", "content": [{"type": CANARY, "text": CANARY}]},
        {"role": "user", "content": {CANARY: CANARY}},
        {"role": "assistant", "content": CANARY},
    ]
    replies += [await http.post(path, json=whole | {"messages": [each]}) for each in messages]
    return replies


def _all_of(reply: httpx.Response) -> str:
    return f"{reply.headers} {reply.text}"
