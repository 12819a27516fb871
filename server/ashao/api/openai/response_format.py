"""What form a program asks its answer in: text, any JSON object, or JSON by a schema."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ashao.api.openai.errors import UnsupportedValue
from ashao.api.openai.schemas import ResponseFormat
from ashao_text.grammar.machine import TooManyWays, residual
from ashao_text.grammar.schema import grammar_of_schema
from ashao_text.grammar.schema_limits import SchemaRefused

ANY_OBJECT = {"type": "object"}
MAX_SCHEMA_BYTES = 32 * 1024
FIELD = "response_format.json_schema"


def json_schema_of(asked: ResponseFormat | None, prefix: str) -> dict[str, Any] | None:
    """The schema that the answer has to satisfy with the prefix it goes on from; None: it is text.

    Raises UnsupportedValue for a schema that cannot be kept to.
    """
    if asked is None or asked.type == "text":
        return None
    if asked.type == "json_object":
        schema: dict[str, Any] = ANY_OBJECT
    elif asked.json_schema is None:
        raise UnsupportedValue(FIELD, f"{FIELD} is missing.", "missing_required_parameter")
    else:
        schema = asked.json_schema.schema
    _require_possible(schema, prefix)
    return schema


def _require_possible(schema: Mapping[str, object], prefix: str) -> None:
    if len(msgspec.json.encode(schema)) > MAX_SCHEMA_BYTES:
        raise _refusal("", f"it is longer than {MAX_SCHEMA_BYTES} bytes, the most that is possible")
    try:
        rest = residual(grammar_of_schema(schema), prefix)
    except SchemaRefused as refused:
        raise _refusal(refused.place, str(refused)) from None
    except TooManyWays:
        raise _refusal("", "an answer could be read in too many ways at a time") from None
    if rest is None:
        raise UnsupportedValue(
            "messages", "messages end with what is no beginning of JSON by the response_format."
        )


def _refusal(place: str, reason: str) -> UnsupportedValue:
    param = ".".join(filter(None, (FIELD, "schema", place)))
    return UnsupportedValue(param, f"{param} cannot be kept to: {reason}.", "invalid_value")
