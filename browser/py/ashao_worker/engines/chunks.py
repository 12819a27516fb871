"""What a chunk of a streamed answer holds, whichever server wrote it."""

import json
from collections.abc import Mapping

from ashao_worker.core.engine import EngineCode, EngineError


def parse_object(data: str) -> Mapping[str, object]:
    """The object in an event's data. Raises EngineError."""
    try:
        found = json.loads(data)
    except ValueError as error:
        raise EngineError(EngineCode.ENGINE_ERROR, "The stream is not JSON.") from error
    if not isinstance(found, dict):
        raise EngineError(EngineCode.ENGINE_ERROR, "The stream is not of objects.")
    return found


def first_choice(chunk: Mapping[str, object]) -> Mapping[str, object]:
    """The only one that is asked for; empty when the chunk has none."""
    choices = chunk.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    return first if isinstance(first, dict) else {}


def delta_of(chunk: Mapping[str, object], name: str) -> str:
    """What came of that name, such as "content"; a server may say it in parts."""
    delta = first_choice(chunk).get("delta")
    content = delta.get(name) if isinstance(delta, dict) else None
    if isinstance(content, list):  # of parts
        return "".join(text_of(part) for part in content)
    return content if isinstance(content, str) else ""


def text_of(part: object) -> str:
    """The text of a part, or of a raw completion's choice."""
    text = part.get("text") if isinstance(part, dict) else None
    return text if isinstance(text, str) else ""


def completion_tokens(chunk: Mapping[str, object]) -> int:
    """The server's own count of the answer so far: in the last chunk, or in each."""
    for place, name in (("usage", "completion_tokens"), ("timings", "predicted_n")):
        found = chunk.get(place)
        tokens = found.get(name) if isinstance(found, dict) else None
        if isinstance(tokens, int):
            return tokens
    return 0
