"""What a program sends, as far as it says something: what is empty is as good as not sent.

One rule for every field, known or not: null, false, "", [] and {} ask for nothing. What is left
and cannot be done is refused by its name. Only `parallel_tool_calls` says something by false, and a
JSON schema by all of them.
"""

import re
from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

import msgspec

from ashao.api.http.json_body import JsonRequest
from ashao.api.openai.errors import UnsupportedValue
from ashao.api.openai.schemas import (
    ChatCompletionBody,
    ChatMessage,
    NamedSchema,
    ResponseFormat,
    StreamOptions,
    TextPart,
)
from ashao.api.openai.tool_schemas import (
    ChosenFunction,
    ChosenTool,
    FunctionDefinition,
    PastCall,
    PastFunction,
    Tool,
)

SAYS_BY_FALSE = "parallel_tool_calls"
EMPTY: tuple[object, ...] = ("", [], {})
REASON = re.compile(
    r"(?P<what>.*?)(?P<unknown> unknown field `(?P<name>.*?)`| required field `(?P<missing>.*?)`)?"
    r"(?: - at `\$\.?(?P<path>[^`]*)`)?",
    re.DOTALL,
)
STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
VERBATIM = frozenset({"schema", "parameters"})  # where what is empty says something
LEVELS = 6  # from the body to a field within a message's part: nothing deeper is read
SHOWN_CHARACTERS = 40
# What stands in requests of OpenAI's format that is asked for here and cannot be done.
WORDS = frozenset(
    {
        *("tool", "function", "image_url", "input_audio", "file", "refusal", "audio", "text"),
        *("json_object", "json_schema", "grammar", "auto", "required", "none"),
        *("minimal", "low", "medium", "high", "default", "flex", "priority"),
    }
)
NAMED_CHARACTERS = 100


class ChatRequest(JsonRequest):
    """The request of a chat completion; its JSON is understood when it is read."""

    async def json(self) -> ChatCompletionBody:
        """The body. Raises UnsupportedValue, BadRequest, UnknownFormat."""
        return understood(await super().json())


def understood(body: object) -> ChatCompletionBody:
    """What a body of JSON asks for. Raises UnsupportedValue."""
    said = without_empties(body)
    try:
        return msgspec.convert(said, ChatCompletionBody)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), said) from None


def without_empties(value: object, levels: int = LEVELS) -> object:
    """The same JSON without the fields that say nothing."""
    if isinstance(value, list) and levels:
        return [without_empties(each, levels - 1) for each in value]
    if not (isinstance(value, dict) and levels):
        return value
    said = {
        name: each if name in VERBATIM else without_empties(each, levels - 1)
        for name, each in value.items()
    }
    return {name: each for name, each in said.items() if not _is_empty(name, each)}


def _is_empty(name: str, value: object) -> bool:
    return value is None or (value is False and name != SAYS_BY_FALSE) or value in EMPTY


def _refusal(reason: str, said: object) -> UnsupportedValue:
    """Names the field at fault, its value, and what is possible."""
    found = REASON.fullmatch(reason)
    place = (found and found["path"]) or ""
    name = found and (found["name"] or found["missing"])
    param = ".".join(filter(None, (place, name)))[:NAMED_CHARACTERS] or None
    if found and found["unknown"]:
        value = _shown(_at(said, place, name))
        sentence = f"{param} is {value}, but it is not supported here: leave it out."
        return UnsupportedValue(param, sentence, "unsupported_parameter")
    if param is None:
        return UnsupportedValue(None, "The body must be a JSON object.", "invalid_value")
    possible = _possible(param) or reason.partition(" - at ")[0]
    if found and found["missing"]:
        return UnsupportedValue(
            param, f"{param} is missing or empty: {possible}.", "missing_required_parameter"
        )
    return UnsupportedValue(
        param, f"{param} is {_shown(_at(said, place))}, but {possible}.", "invalid_value"
    )


def _possible(param: str) -> str | None:
    """What a field may be; some names mean another thing in tools."""
    name = _last_name(param)
    return (OF_TOOLS.get(name) if "tool" in param else None) or POSSIBLE.get(name)


def _last_name(param: str) -> str:
    names = [str(name) for _, name in STEP.findall(param) if name]
    return names[-1] if names else ""


def _at(value: object, path: str, name: str | None = None) -> object:
    """The value at a path such as `messages[0].role`, and there of a name; None where none is."""
    steps = [int(index) if index else step for index, step in STEP.findall(path)]
    for step in [*steps, *([] if name is None else [name])]:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _shown(value: object) -> str:
    """A value in few words. A text may be somebody's own, unless it is a word of the format; it is
    not repeated, for clients keep refusals in their logs."""
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, str) and value not in WORDS:
        return "a text"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= SHOWN_CHARACTERS else "a longer value"


def _described(*structs: type[msgspec.Struct]) -> Mapping[str, str]:
    """What each of their fields may be, by its name."""
    hints: dict[str, Any] = {}
    for struct in structs:
        hints |= get_type_hints(struct, include_extras=True)
    metas = {name: _description(hint) for name, hint in hints.items()}
    return {name: words for name, words in metas.items() if words}


def _description(hint: Any) -> str | None:
    """That of a type, or of what it may be beside null."""
    metas = (getattr(each, "__metadata__", ()) for each in (hint, *get_args(hint)))
    return next((meta[0].description for meta in metas if meta), None)


POSSIBLE = _described(
    *(ChatCompletionBody, ChatMessage, TextPart, StreamOptions, ResponseFormat, NamedSchema)
)
OF_TOOLS = _described(
    *(Tool, FunctionDefinition, ChosenTool, ChosenFunction, PastCall, PastFunction)
)
