"""API keys: made, listed and revoked by the command; only digests are kept; scopes and limits."""

from subprocess import CompletedProcess

import httpx
import pytest
from openai import (
    AsyncOpenAI,
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
)

from ashao.identity.api_keys import SCOPES
from tests.support import commands
from tests.support.api_keys import created_key
from tests.support.orchestrator import Orchestrator
from tests.support.stores import plain_client


def _keys(redis_url: str, *arguments: str) -> CompletedProcess[str]:
    """The command as an operator runs it."""
    return commands.run("keys", *arguments, ASHAO_REDIS_URL=redis_url)


def _client(server: Orchestrator, secret: str) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{server.url}/v1", api_key=secret, max_retries=0)


@pytest.mark.timeout(120)
async def test_a_key_is_created_listed_used_and_revoked(
    server: Orchestrator, redis_url: str
) -> None:
    created = _keys(redis_url, "create", "my laptop", "--scopes", "models", "--per-minute", "7")
    assert created.returncode == 0, created.stderr
    secret = created.stdout.strip()
    key_id = secret.removeprefix("ashao-").partition(".")[0]
    listed = _keys(redis_url, "list").stdout
    (line,) = [each for each in listed.splitlines() if each.startswith(key_id)]
    assert "my laptop" in line
    assert "7/min" in line
    assert secret.partition(".")[2] not in listed
    async with _client(server, secret) as client:
        assert [each.id async for each in client.models.list()][:3] == ["auto", "pro", "max"]
        assert _keys(redis_url, "revoke", key_id).returncode == 0
        with pytest.raises(AuthenticationError) as refused:
            await client.models.list()
        assert refused.value.code == "invalid_api_key"
    assert key_id not in _keys(redis_url, "list").stdout
    again = _keys(redis_url, "revoke", key_id)
    assert (again.returncode, "There is no such key" in again.stderr) == (1, True)


@pytest.mark.parametrize("wrong", [["--scopes", "chat,root"], ["--per-minute", "0"]])
def test_the_command_refuses_what_makes_no_sense(redis_url: str, wrong: list[str]) -> None:
    refused = _keys(redis_url, "create", "x", *wrong)
    assert refused.returncode != 0
    assert "root" in refused.stderr or "per-minute" in refused.stderr


async def test_only_a_digest_of_the_secret_is_kept(redis_url: str) -> None:
    secret = (await created_key(redis_url)).partition(".")[2]
    with plain_client(redis_url) as redis:
        kept = [redis.hgetall(name) for name in redis.scan_iter("ashao:key:*", _type="hash")]
    assert kept
    assert secret not in str(kept)


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/auto", "/v1/chat/completions"])
@pytest.mark.parametrize(
    "authorization", [None, "Bearer", "Bearer nonsense", "Basic eDp5", "Bearer ashao-{id}.wrong"]
)
async def test_without_a_known_key_nothing_is_answered(
    server: Orchestrator, secret: str, path: str, authorization: str | None
) -> None:
    key_id = secret.removeprefix("ashao-").partition(".")[0]
    headers = {"Authorization": authorization.format(id=key_id)} if authorization else {}
    method = "POST" if path.endswith("completions") else "GET"
    async with httpx.AsyncClient(base_url=server.url) as http:
        reply = await http.request(method, path, headers=headers, json={})
    assert reply.status_code == 401
    assert reply.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_key_may_do_what_its_scopes_say_and_no_more(
    server: Orchestrator, redis_url: str, scope: str
) -> None:
    async with _client(server, await created_key(redis_url, [scope])) as client:
        if scope == "chat":
            with pytest.raises(PermissionDeniedError):
                await client.models.list()
        else:
            assert (await client.models.retrieve("auto")).owned_by == "ashao"
            with pytest.raises(PermissionDeniedError):
                await client.chat.completions.create(
                    model="auto", messages=[{"role": "user", "content": "Hello?"}]
                )


async def test_over_its_limit_a_key_is_told_when_to_come_back(
    server: Orchestrator, redis_url: str
) -> None:
    async with _client(server, await created_key(redis_url, per_minute=2)) as client:
        with pytest.raises(RateLimitError) as refused:
            for _ in range(5):  # two minutes may share the requests, and then one of them has three
                await client.models.list()
    assert refused.value.code == "rate_limit_exceeded"
    assert 1 <= int(refused.value.response.headers["retry-after"]) <= 60


async def test_the_models_are_listed_by_name(client: AsyncOpenAI) -> None:
    listed = {each.id: each.owned_by async for each in client.models.list()}
    assert listed["simulation"] == "simulated"
    assert (await client.models.retrieve("simulation")).object == "model"
    with pytest.raises(NotFoundError):
        await client.models.retrieve("nothing/like-it")
