"""With a key: whatever is sent to /v1, odd or bad, is answered as its document says."""

import pytest
import schemathesis
from hypothesis import given
from hypothesis.strategies import DataObject, data
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from tests.support.document import CHECKS, seeded
from tests.support.orchestrator import Orchestrator

CASES = [
    ("/v1/chat/completions", GenerationMode.POSITIVE),
    ("/v1/chat/completions", GenerationMode.NEGATIVE),
    ("/v1/completions", GenerationMode.POSITIVE),
    ("/v1/completions", GenerationMode.NEGATIVE),
    ("/v1/responses", GenerationMode.POSITIVE),
    ("/v1/responses", GenerationMode.NEGATIVE),
    ("/v1/messages", GenerationMode.POSITIVE),
    ("/v1/messages", GenerationMode.NEGATIVE),
    ("/v1/messages/count_tokens", GenerationMode.POSITIVE),
    ("/v1/messages/count_tokens", GenerationMode.NEGATIVE),
    ("/v1/models/{name}", GenerationMode.POSITIVE),
    ("/v1/models", GenerationMode.POSITIVE),
]


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("path", "mode"), CASES)
def test_v1_answers_as_its_document_says(
    server: Orchestrator, secret: str, path: str, mode: GenerationMode
) -> None:
    document = schemathesis.openapi.from_url(f"{server.url}/schema/openapi.json")
    found = [each for each in document.get_all_operations() if isinstance(each, Ok)]
    operation = next(each.ok() for each in found if each.ok().path == path)
    cases = operation.as_strategy(generation_mode=mode)
    headers = {"Authorization": f"Bearer {secret}"}

    @seeded(15)
    @given(data())
    def answers(drawn: DataObject) -> None:
        case = drawn.draw(cases)
        if isinstance(case.body, dict):
            case.body["model"] = "simulation"  # another one may be waited for
            if case.body.get("stream") is True:  # the SDKs look at streams, event by event
                case.body["stream"] = False
        case.call_and_validate(base_url=server.url, headers=headers, checks=CHECKS, timeout=20)

    answers()
