"""The tools that a program offers, within bounds, and what it wants of them."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from ashao.api.openai import schemas as wire
from ashao.api.openai.errors import UnsupportedValue
from ashao.api.openai.tool_schemas import ChosenTool
from ashao_text.tools.description import Tool

MAX_TOOLS_BYTES = 256 * 1024
MAX_SCHEMA_LEVELS = 64


@dataclass(frozen=True, slots=True)
class OfferedTools:
    """The tools that the model is told of, and whether it may make several calls in one answer."""

    tools: tuple[Tool, ...] = ()
    several: bool = True

    @property
    def names(self) -> frozenset[str]:
        """What may be called."""
        return frozenset(each.name for each in self.tools)


def offered_by(body: wire.ChatCompletionBody) -> OfferedTools:
    """The tools of a request. Raises UnsupportedValue."""
    tools = [
        Tool(each.function.name, each.function.description, each.function.parameters)
        for each in body.tools
    ]
    _check(tools)
    match body.tool_choice:
        case "none":
            return OfferedTools()
        case "required" | ChosenTool():
            raise UnsupportedValue(
                "tool_choice", 'tool_choice may be "none" and "auto"; no call can be forced here.'
            )
    return OfferedTools(tuple(tools), body.parallel_tool_calls)


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
