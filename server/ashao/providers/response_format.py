"""A JSON schema in the words of the OpenAI format."""

from collections.abc import Mapping
from typing import Any

ANY_OBJECT = {"type": "object"}


def response_format_of(schema: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What asks for it; None for text. Strict where OpenAI takes it as strict, for it refuses
    other schemas then."""
    if schema is None:
        return None
    if schema == ANY_OBJECT:
        return {"type": "json_object"}
    named = {"name": "answer", "schema": schema, "strict": _is_strict(schema)}
    return {"type": "json_schema", "json_schema": named}


def _is_strict(schema: object) -> bool:
    """Whether each object in it is closed, and all its properties are required."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" and (
        schema.get("additionalProperties") is not False
        or set(schema.get("required", ())) != set(schema.get("properties", ()))
    ):
        return False
    return all(map(_is_strict, schema.values()))
