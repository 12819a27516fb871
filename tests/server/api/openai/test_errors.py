"""How the end of an answer is told as OpenAI tells it."""

import pytest

from ashao.api.openai.errors import error_object_of
from ashao.api.programs.errors import CompletionFailed
from ashao.jobs.codes import SENTENCES, EndCode

TOLD = {
    EndCode.REFUSED: (400, "content_filter"),
    EndCode.CONTEXT_TOO_LONG: (400, "context_length_exceeded"),
    EndCode.BAD_REQUEST: (400, "bad_request"),
    EndCode.EXHAUSTED: (503, "exhausted"),
    EndCode.RESTARTED: (503, "restarted"),
}


@pytest.mark.parametrize(("end", "status", "code"), [(end, *told) for end, told in TOLD.items()])
def test_only_a_requests_own_fault_is_a_400(end: EndCode, status: int, code: str) -> None:
    told, fault = error_object_of(CompletionFailed(SENTENCES[end], end.value))
    assert (told, fault.code, fault.message) == (status, code, SENTENCES[end])
