"""What an engine's server means when it refuses, by its own codes and fields.

A conversation is too long only where the server says just that: a word such as "context" stands in
many an error of a broken engine. An error of the server's own, 500 and above, is never the job's.
"""

import json
import re
from collections.abc import Mapping

from ashao_worker.core.engine import EngineCode

REQUEST_STATUSES = frozenset({400, 413, 422})
TIMEOUT_STATUSES = frozenset({408, 504})

# `code` or `type`: of OpenAI, which vLLM's proxies and llama-cpp-python follow, and of llama.cpp.
TOO_LONG = frozenset({"context_length_exceeded", "exceed_context_size_error"})
# llama.cpp counts both in this one error.
COUNTS = ("n_prompt_tokens", "n_ctx")
# Whole sentences from their beginning, for a server may quote the conversation further on.
TOO_LONG_SENTENCES = re.compile(
    r"('max_tokens' or 'max_completion_tokens' is too large: \d+\. )?"
    r"This model's maximum context length is \d+"  # vLLM, OpenAI
    r"|The \w+ prompt \(length \d+\) is longer than the maximum model length"  # vLLM
    r"|The input \(\d+ tokens\) is longer than the model's context length"  # SGLang
    r"|Requested token count exceeds the model's maximum context length"  # SGLang
    r"|(the )?request (\(\d+ tokens\) )?exceeds the available context size"  # older llama.cpp
    r"|(the )?input length exceeds the context length"  # Ollama
    r"|Trying to keep the first \d+ tokens when context the overflows",  # LM Studio
    re.IGNORECASE,
)


class EngineServerError(Exception):
    """The engine's server answered with an error status; the text may be its body."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.text = text


def code_of(refused: EngineServerError) -> EngineCode:
    """The closed list has few words; a too long context is the one that matters elsewhere."""
    if refused.status in REQUEST_STATUSES:
        is_too_long = _is_too_long(_error(refused.text))
        return EngineCode.CONTEXT_TOO_LONG if is_too_long else EngineCode.BAD_REQUEST
    is_timeout = refused.status in TIMEOUT_STATUSES
    return EngineCode.TIMEOUT if is_timeout else EngineCode.ENGINE_ERROR


def code_in_stream(text: str) -> EngineCode:
    """The code of an error that came as an event: its status, if any, stands in itself."""
    error = _error(text)
    status = error.get("code")
    is_about_request = not isinstance(status, int) or status in REQUEST_STATUSES
    if is_about_request and _is_too_long(error):
        return EngineCode.CONTEXT_TOO_LONG
    return EngineCode.ENGINE_ERROR


def _is_too_long(error: Mapping[str, object]) -> bool:
    words = (error.get(name) for name in ("code", "type"))
    if any(isinstance(word, str) and word in TOO_LONG for word in words):
        return True
    if all(isinstance(error.get(name), int) for name in COUNTS):
        return True
    message = error.get("message")
    return isinstance(message, str) and TOO_LONG_SENTENCES.match(message) is not None


def _error(text: str) -> Mapping[str, object]:
    """The error's fields; what is not JSON is a message."""
    try:
        body = json.loads(text)
    except ValueError:
        return {"message": text}
    error = body.get("error", body) if isinstance(body, dict) else body
    return error if isinstance(error, dict) else {"message": error}
