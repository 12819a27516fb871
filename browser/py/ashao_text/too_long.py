"""Whether a model's server refuses a conversation because it is too long.

Only where it says just that: a word such as "context" stands in many an error of a broken engine.
"""

import re
from collections.abc import Mapping

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


def is_too_long(error: Mapping[str, object]) -> bool:
    """Whether the fields of an error say so."""
    words = (error.get(name) for name in ("code", "type"))
    if any(isinstance(word, str) and word in TOO_LONG for word in words):
        return True
    if all(isinstance(error.get(name), int) for name in COUNTS):
        return True
    message = error.get("message")
    return isinstance(message, str) and TOO_LONG_SENTENCES.match(message) is not None
