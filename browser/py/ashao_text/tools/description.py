"""How a model is told which tools there are, and in which words it calls them."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ashao_text.tools.tags import CALL, CALL_END, RESULT, RESULT_END
from ashao_text.turns import Turn

INTRODUCTION = """\
# Tools

You can call the functions that are described here, one a line, each with a JSON schema of its \
arguments:
<tools>
"""
INSTRUCTION = f"""
</tools>

When a function is needed, call it: write a JSON object with its name and its arguments within \
{CALL}{CALL_END} tags, and nothing after it:
{CALL}
{{"name": <function-name>, "arguments": <arguments-object>}}
{CALL_END}

What it returned comes back within {RESULT}{RESULT_END} tags. When none is needed, answer in plain \
words, without tags."""
SEVERAL = " For several calls, write one such block after the other."
ONE = " Make one call at a time."


class Tool(NamedTuple):
    """A function that a model may call; `parameters` is the JSON schema of its arguments."""

    name: str
    description: str = ""
    parameters: Mapping[str, object] | None = None


def description_of(tools: Sequence[Tool], *, several: bool = True) -> str:
    """What the system's message says of the tools."""
    lines = "\n".join(json.dumps(function_of(each), ensure_ascii=False) for each in tools)
    return INTRODUCTION + lines + INSTRUCTION + (SEVERAL if several else ONE)


def function_of(tool: Tool) -> dict[str, object]:
    """The tool in OpenAI's form, without what is empty."""
    function = {key: value for key, value in tool._asdict().items() if value}
    return {"type": "function", "function": function}


def with_description(turns: Sequence[Turn], description: str) -> list[Turn]:
    """The turns with the description behind the system's first words."""
    if turns and turns[0].role == "system":
        return [Turn("system", f"{turns[0].content}\n\n{description}"), *turns[1:]]
    return [Turn("system", description), *turns]
