"""The tools that a program offers, within bounds, and what it wants of them."""

from collections.abc import Iterable

import msgspec

from ashao.api.openai import schemas as wire
from ashao.api.openai.tool_schemas import ChosenTool
from ashao.api.programs.errors import UnsupportedValue
from ashao_text.tools.description import Tool, Tools

MAX_TOOLS_BYTES = 256 * 1024
MAX_SCHEMA_LEVELS = 64


def offered_by(body: wire.ChatCompletionBody) -> Tools | None:
    """The tools that the model may call; None where it shall call none. Raises UnsupportedValue."""
    functions = [
        Tool(each.function.name, each.function.description, each.function.parameters)
        for each in body.tools
    ]
    _check(functions)
    match body.tool_choice:
        case "none":
            return None
        case "required" if functions:
            return Tools(functions, body.parallel_tool_calls, required=True)
        case ChosenTool(function=chosen) if found := _named(functions, chosen.name):
            return Tools(found, several=False, required=True)
        case "required" | ChosenTool():
            raise UnsupportedValue(
                "tool_choice", "tool_choice asks for a function that is not among the tools."
            )
    return Tools(functions, body.parallel_tool_calls) if functions else None


def _named(functions: list[Tool], name: str) -> list[Tool]:
    return [each for each in functions if each.name == name]


def _check(tools: list[Tool]) -> None:
    names = [each.name for each in tools]
    for place, each in enumerate(tools):
        field = f"tools[{place}].function"
        if each.name in names[:place]:
            raise UnsupportedValue(f"{field}.name", f"{field}.name is there twice.")
        if _is_deeper(each.parameters, MAX_SCHEMA_LEVELS):
            raise UnsupportedValue(
                f"{field}.parameters",
                f"{field}.parameters is too deep: at most {MAX_SCHEMA_LEVELS} levels are possible.",
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
