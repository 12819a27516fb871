"""What a program sends, as far as it says something: what is empty is as good as not sent.

One rule for every field of every protocol, known or not: null, false, "", [] and {} ask for
nothing. What is left and cannot be done is refused by its name. Only a field of the body that is
true unless it is sent says something by false, and a JSON schema by all of them.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, ClassVar, get_args, get_type_hints

import msgspec

from ashao.api.http.json_body import JsonRequest
from ashao.api.programs.errors import UnsupportedValue

# Objects in which what is empty says something: schemas, and the arguments of a call.
VERBATIM = frozenset({"schema", "parameters", "input_schema", "input"})
EMPTY: tuple[object, ...] = ("", [], {})
REASON = re.compile(
    r"(?P<what>.*?)(?P<unknown> unknown field `(?P<name>.*?)`| required field `(?P<missing>.*?)`)?"
    r"(?: - at `\$\.?(?P<path>[^`]*)`)?",
    re.DOTALL,
)
STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
LEVELS = 8  # from the body to a field within a part of a result: nothing deeper is read
SHOWN_CHARACTERS = 40
# What stands in requests of these protocols that is asked for here and cannot be done.
WORDS = frozenset(
    {
        *("tool", "function", "image_url", "input_audio", "file", "refusal", "audio", "text"),
        *("json_object", "json_schema", "grammar", "auto", "required", "none"),
        *("minimal", "low", "medium", "high", "default", "flex", "priority"),
        *("input_image", "input_file", "item_reference", "function_call", "function_call_output"),
        *("image", "document", "search_result", "tool_use", "tool_result", "any"),
    }
)
NAMED_CHARACTERS = 100


class LiberalRequest(JsonRequest):
    """A request whose JSON is understood when it is read, as what its class says."""

    kind: ClassVar[type[msgspec.Struct]]

    async def json(self) -> msgspec.Struct:
        """The body. Raises UnsupportedValue, BadRequest, UnknownFormat."""
        return understood(await super().json(), self.kind)


def understood[Body: msgspec.Struct](body: object, kind: type[Body]) -> Body:
    """What a body of JSON asks for. Raises UnsupportedValue."""
    said = without_empties(body, says_by_false=_true_unless_sent(kind))
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), said, kind) from None


def without_empties(
    value: object, levels: int = LEVELS, *, says_by_false: Collection[str] = ()
) -> object:
    """The same JSON without the fields that say nothing."""
    if isinstance(value, list) and levels:
        return [without_empties(each, levels - 1) for each in value]
    if not (isinstance(value, dict) and levels):
        return value
    said = {
        name: each
        if name in VERBATIM and isinstance(each, dict)
        else without_empties(each, levels - 1)
        for name, each in value.items()
    }
    return {
        name: each
        for name, each in said.items()
        if not _is_empty(each) or (each is False and name in says_by_false)
    }


def _is_empty(value: object) -> bool:
    return value is None or value is False or value in EMPTY


def _true_unless_sent(kind: type[msgspec.Struct]) -> Collection[str]:
    return {each.name for each in msgspec.structs.fields(kind) if each.default is True}


def _refusal(reason: str, said: object, kind: type[msgspec.Struct]) -> UnsupportedValue:
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
    steps = [*STEP.findall(place), ("", name or "")]
    possible = _possible(kind, [step for _, step in steps if step])
    possible = possible or reason.partition(" - at ")[0]
    if found and found["missing"]:
        return UnsupportedValue(
            param, f"{param} is missing or empty: {possible}.", "missing_required_parameter"
        )
    return UnsupportedValue(
        param, f"{param} is {_shown(_at(said, place))}, but {possible}.", "invalid_value"
    )


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


def _possible(hint: Any, names: Sequence[str]) -> str | None:
    """What the field at these names may be, as its type describes it."""
    for name in names:
        fields = (get_type_hints(each, include_extras=True) for each in _structs(hint))
        hint = next((each[name] for each in fields if name in each), None)
    metas = (getattr(each, "__metadata__", ()) for each in (hint, *get_args(hint)))
    return next((meta[0].description for meta in metas if meta and meta[0].description), None)


def _structs(hint: Any) -> Iterator[type[msgspec.Struct]]:
    """The structs that a type may be made of, also in lists and beside null."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for each in get_args(hint):
        yield from _structs(each)
