"""With a key: whatever is sent to /v1, odd or bad, is answered as its document says."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import DataObject, data
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.orchestrator import Orchestrator

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SEEDED = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CASES = [
    ("/v1/chat/completions", GenerationMode.POSITIVE),
    ("/v1/chat/completions", GenerationMode.NEGATIVE),
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

    @SEEDED
    @given(data())
    def answers(drawn: DataObject) -> None:
        case = drawn.draw(cases)
        if isinstance(case.body, dict):
            case.body["model"] = "simulation"  # another one may be waited for
        case.call_and_validate(base_url=server.url, headers=headers, checks=CHECKS, timeout=20)

    answers()
