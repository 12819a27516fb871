"""The OpenAPI document tells the truth, and no request that it leads to makes the server fail."""

from collections.abc import Iterator
from dataclasses import dataclass
from re import fullmatch
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import given
from hypothesis.strategies import DataObject, data
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from ashao.api.wire import ID_PATTERN
from tests.support.document import CHECKS, seeded
from tests.support.orchestrator import orchestrator


@dataclass(frozen=True)
class TokenCache:
    """What exists on the server: without it every answer would be 401 or 404."""

    url: str
    cookies: dict[str, str]
    job_id: str
    conversation_id: str
    worker_id: str
    token: str

    def name(self, case: schemathesis.Case[Any]) -> None:
        """Put what exists where the case made a well-formed name up; waits become short."""
        for place in (case.body, case.query, case.path_parameters):
            if isinstance(place, dict):
                self._name(place)

    def _name(self, place: dict[str, Any]) -> None:
        names = {
            "jobId": self.job_id,
            "workerId": self.worker_id,
            "conversation_id": self.conversation_id,
        }
        for field, known in names.items():
            if fullmatch(ID_PATTERN, str(place.get(field))):
                place[field] = known
        if isinstance(place.get("waitMs"), int | float):  # a whole float is an int there
            place["waitMs"] = min(place["waitMs"], 1)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenCache]:
    """A server with a person, an ended job and a worker."""
    folder = tmp_path_factory.mktemp("openapi")
    with (
        orchestrator(folder, ASHAO_STREAM_TTL_S="600") as running,
        httpx.Client(base_url=running.url) as http,
    ):
        sent = http.post("/api/chat/send", json={"content": "Hello?"}).json()
        http.post("/api/chat/cancel", json={"jobId": sent["jobId"]})
        worker = {"type": "browser", "model": "m", "tiers": ["pro", "max"]}
        registered = http.post("/api/worker/register", json=worker).json()
        yield TokenCache(
            url=running.url,
            cookies=dict(http.cookies),
            job_id=sent["jobId"],
            conversation_id=sent["conversationId"],
            worker_id=registered["workerId"],
            token=registered["token"],
        )


def _operations(known: TokenCache) -> Iterator[Any]:
    document = schemathesis.openapi.from_url(f"{known.url}/schema/openapi.json")
    for found in document.get_all_operations():
        assert isinstance(found, Ok)
        yield found.ok()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("mode", GenerationMode)
def test_every_operation_answers_as_the_document_says(
    known: TokenCache, mode: GenerationMode
) -> None:
    """Good, odd and bad input alike: never a defect, never an answer that is not declared."""
    headers = {"Authorization": f"Bearer {known.token}"}

    @seeded(8)
    @given(data())
    def answers(drawn: DataObject) -> None:
        case = drawn.draw(cases)
        known.name(case)
        case.call_and_validate(
            base_url=known.url, headers=headers, cookies=known.cookies, checks=CHECKS, timeout=20
        )

    for operation in _operations(known):
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
            continue  # nothing there that could be wrong
        cases = operation.as_strategy(generation_mode=mode)
        answers()


def test_every_operation_of_the_product_is_in_the_document(known: TokenCache) -> None:
    """So the test above leaves none out."""
    paths = {operation.path for operation in _operations(known)}
    assert {
        "/api/chat/send",
        "/api/chat/stream",
        "/api/worker/claim",
        "/api/worker/release",
        "/api/conversations/{conversation_id}",
        "/health/ready",
        "/metrics",
    } <= paths
