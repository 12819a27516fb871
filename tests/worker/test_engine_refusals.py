"""A conversation is too long where the engine's server says so itself, and nowhere else."""

import json

import pytest

from ashao_worker.engines.refusals import EngineServerError, code_in_stream, code_of

OPENAI = {
    "error": {
        "message": "This model's maximum context length is 4097 tokens. However, ...",
        "type": "invalid_request_error",
        "param": "messages",
        "code": "context_length_exceeded",
    }
}
LLAMA_CPP = {
    "error": {
        "code": 400,
        "message": "request (1407 tokens) exceeds the available context size (256 tokens), ...",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 1407,
        "n_ctx": 256,
    }
}
COUNTED = {"error": {"code": 400, "message": "No.", "n_prompt_tokens": 1407, "n_ctx": 256}}
CODE_ONLY = {"error": {"code": "context_length_exceeded", "message": "Zu lang."}}

SENTENCES = [
    "This model's maximum context length is 512 tokens. However, you requested 600 tokens.",
    "'max_tokens' or 'max_completion_tokens' is too large: 9000. This model's maximum context "
    "length is 4096 tokens and your request has 12 input tokens.",
    "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
    "The input (691793 tokens) is longer than the model's context length (540000 tokens).",
    "Requested token count exceeds the model's maximum context length of 4096 tokens.",
    "the request exceeds the available context size. try increasing the context size",
    "the input length exceeds the context length",
    "Trying to keep the first 5000 tokens when context the overflows. However, ...",
]
TOO_LONG = [
    *map(json.dumps, (OPENAI, LLAMA_CPP, COUNTED, CODE_ONLY)),
    *(json.dumps({"error": {"message": each, "code": 400}}) for each in SENTENCES),
    *(json.dumps({"object": "error", "message": each, "code": 400}) for each in SENTENCES),
    *(json.dumps({"error": each}) for each in SENTENCES),
    *SENTENCES,
]
BY_CHANCE = [
    "CUDA error: device-side assert; context is corrupted",
    "failed to create llama context",
    "model not found in this context",
    "Unknown field: context",
    '{"error": {"message": "context_length_exceeded", "code": 400}}',
    '{"error": {"message": "input: [This model\'s maximum context length is 512 tokens]"}}',
    '{"error": {"message": null, "code": null, "type": ["exceed_context_size_error"]}}',
    '{"error": {"message": "bad", "n_ctx": 4096}}',
    '{"context": "context_length_exceeded"}',
    '["context_length_exceeded"]',
    '"context"',
    "null",
    '{"error": {"code": "context_len',
    "",
]


@pytest.mark.parametrize("text", TOO_LONG)
def test_a_server_that_says_so_is_believed(text: str) -> None:
    for status in (400, 413, 422):
        assert code_of(EngineServerError(status, text)) == "context_too_long"


@pytest.mark.parametrize("status", [401, 404, 408, 429, 500, 502, 503, 504])
def test_with_another_status_it_is_something_else(status: int) -> None:
    """Most of all a server's own error: that must never be held against the job."""
    code = "timeout" if status in (408, 504) else "engine_error"
    for text in (*TOO_LONG, *BY_CHANCE):
        assert code_of(EngineServerError(status, text)) == code


@pytest.mark.parametrize("text", BY_CHANCE)
def test_a_word_by_chance_says_nothing(text: str) -> None:
    for status in (400, 413, 422):
        assert code_of(EngineServerError(status, text)) == "bad_request"


@pytest.mark.parametrize("text", TOO_LONG)
def test_in_a_stream_the_error_says_so_too(text: str) -> None:
    assert code_in_stream(text) == "context_too_long"


@pytest.mark.parametrize("text", BY_CHANCE)
def test_in_a_stream_a_word_by_chance_says_nothing(text: str) -> None:
    assert code_in_stream(text) == "engine_error"


@pytest.mark.parametrize("message", SENTENCES)
def test_in_a_stream_a_servers_own_error_is_never_the_jobs(message: str) -> None:
    error = {"message": message, "code": 500, "type": "exceed_context_size_error"}
    assert code_in_stream(json.dumps({"error": error})) == "engine_error"
