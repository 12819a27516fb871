"""How a model is told which tools there are, and in which words it calls them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

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


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call; `parameters` is the JSON schema of its arguments."""

    name: str
    description: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tools:
    """The functions that an answer may call, several times or once; `required`: it must."""

    functions: Sequence[Tool]
    several: bool = True
    required: bool = False

    @property
    def beginning(self) -> str:
        """How an answer begins that must be a call; the model goes on from there."""
        if not self.required:
            return ""
        name = f'{self.functions[0].name}", "arguments":' if len(self.functions) == 1 else ""
        return f'{CALL}\n{{"name": "{name}'


def description_of(tools: Tools) -> str:
    """What the system's message says of the tools."""
    lines = (json.dumps(function_of(each), ensure_ascii=False) for each in tools.functions)
    return INTRODUCTION + "\n".join(lines) + INSTRUCTION + (SEVERAL if tools.several else ONE)


def function_of(tool: Tool) -> dict[str, object]:
    """The tool in OpenAI's form, without what is empty."""
    function = {key: value for key, value in asdict(tool).items() if value}
    return {"type": "function", "function": function}


def with_tools(turns: Sequence[Turn], tools: Tools) -> list[Turn]:
    """The turns, with the description behind the system's first words, and with the beginning of
    a call that must be made."""
    told = _with_description(turns, description_of(tools))
    if not tools.beginning:
        return told
    if told[-1].role == "assistant":
        return [*told[:-1], Turn("assistant", f"{told[-1].content}\n{tools.beginning}")]
    return [*told, Turn("assistant", tools.beginning)]


def _with_description(turns: Sequence[Turn], description: str) -> list[Turn]:
    if turns and turns[0].role == "system":
        return [Turn("system", f"{turns[0].content}\n\n{description}"), *turns[1:]]
    return [Turn("system", description), *turns]
