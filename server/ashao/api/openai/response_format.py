"""What form a program asks its answer in: text, any JSON object, or JSON by a schema."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from ashao.api.programs.errors import UnsupportedValue
from ashao_text.grammar.machine import TooManyWays, residual
from ashao_text.grammar.schema import grammar_of_schema
from ashao_text.grammar.schema_limits import SchemaRefused

ANY_OBJECT = {"type": "object"}
MAX_SCHEMA_BYTES = 32 * 1024
FORMATS = Literal["text", "json_object", "json_schema"]


def json_schema_of(
    kind: FORMATS, schema: dict[str, Any] | None, prefix: str, field: str
) -> dict[str, Any] | None:
    """The schema that the answer has to satisfy with the prefix it goes on from; None: it is text.

    Raises UnsupportedValue, naming `field`, for a schema that is missing or cannot be kept to.
    """
    if kind == "text":
        return None
    if kind == "json_object":
        schema = ANY_OBJECT
    if schema is None:
        raise UnsupportedValue(field, f"{field} is missing.", "missing_required_parameter")
    _require_possible(schema, prefix, field)
    return schema


def _require_possible(schema: Mapping[str, object], prefix: str, field: str) -> None:
    if len(msgspec.json.encode(schema)) > MAX_SCHEMA_BYTES:
        reason = f"it is longer than {MAX_SCHEMA_BYTES} bytes, the most that is possible"
        raise _refusal(field, "", reason)
    try:
        rest = residual(grammar_of_schema(schema), prefix)
    except SchemaRefused as refused:
        raise _refusal(field, refused.place, str(refused)) from None
    except TooManyWays:
        raise _refusal(field, "", "an answer could be read in too many ways at a time") from None
    if rest is None:
        raise UnsupportedValue(
            "messages", "messages end with what is no beginning of JSON of the wanted format."
        )


def _refusal(field: str, place: str, reason: str) -> UnsupportedValue:
    param = ".".join(filter(None, (field, place)))
    return UnsupportedValue(param, f"{param} cannot be kept to: {reason}.", "invalid_value")
