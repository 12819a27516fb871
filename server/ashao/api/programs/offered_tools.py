"""The tools that a program offers, within bounds, and what it wants of them."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from ashao.api.programs.errors import UnsupportedValue
from ashao_text.tools.description import Tool, Tools

MAX_TOOLS_BYTES = 256 * 1024
MAX_SCHEMA_LEVELS = 64


class ToolFields(NamedTuple):
    """How a protocol calls what is refused, within a tool."""

    name: str
    schema: str


class OneTool(NamedTuple):
    """The one function that is to be called."""

    name: str


type Choice = Literal["none", "auto", "required"] | OneTool


def offered(
    functions: list[Tool], choice: Choice, *, several: bool, fields: ToolFields
) -> Tools | None:
    """The tools that the model may call; None where it shall call none. Raises UnsupportedValue."""
    _check(functions, fields)
    match choice:
        case "none":
            return None
        case "required" if functions:
            return Tools(functions, several, required=True)
        case OneTool(name) if found := [each for each in functions if each.name == name]:
            return Tools(found, several=False, required=True)
        case "required" | OneTool():
            raise UnsupportedValue(
                "tool_choice", "tool_choice asks for a function that is not among the tools."
            )
    return Tools(functions, several) if functions else None


def require_one_form(tools: Tools | None, is_json: bool, field: str) -> None:
    """With tools that may be called or not an answer cannot be JSON. Raises UnsupportedValue."""
    if tools and not tools.required and is_json:
        raise UnsupportedValue(field, f"{field} is JSON, but with tools only text is possible.")


def _check(tools: list[Tool], fields: ToolFields) -> None:
    names = [each.name for each in tools]
    for place, each in enumerate(tools):
        name, schema = (f"tools[{place}].{field}" for field in fields)
        if each.name in names[:place]:
            raise UnsupportedValue(name, f"{name} is there twice.")
        if _is_deeper(each.parameters, MAX_SCHEMA_LEVELS):
            raise UnsupportedValue(
                schema,
                f"{schema} is too deep: at most {MAX_SCHEMA_LEVELS} levels are possible.",
            )
    if len(msgspec.json.encode(tools)) > MAX_TOOLS_BYTES:
        raise UnsupportedValue(
            "tools", f"tools are too long: at most {MAX_TOOLS_BYTES // 1024} KiB are possible."
        )


def _is_deeper(schema: object, levels: int) -> bool:
    """Whether it has values within values beyond so many levels."""
    layer: list[object] = [schema]
    for _ in range(levels):
        layer = [inner for each in layer for inner in _inner(each)]
        if not layer:
            return False
    return True


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
