"""What every Python client's file says its findings with; needs nothing but the client."""

import inspect
import json
import os
import re
from collections.abc import Callable
from typing import Any

URL = os.environ["ASHAO_URL"]
KEY = os.environ["ASHAO_API_KEY"]
WORDS = "The capital of France is Paris."
PIRATE = "Arr, Paris!"
QUESTION = "What is the capital of France?"
WEATHER = "What is the weather in Paris?"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "population": {"type": "integer"}},
    "required": ["city", "population"],
    "additionalProperties": False,
}
FACTS = {"city": "Paris", "population": 2100000}

_features: list[tuple[str, Callable[[], Any]]] = []


def feature(name: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """This function tries that row of the table; an exception is what the cell says."""

    def keep(function: Callable[[], Any]) -> Callable[[], Any]:
        _features.append((name, function))
        return function

    return keep


def strict(value: Any) -> Any:
    """The value, if it is to the letter what the client's own pydantic type demands."""
    text = value.model_dump_json(by_alias=True, exclude_unset=True, warnings=False)
    type(value).model_validate_json(text, strict=True)
    return value


async def tell() -> None:
    """Try each feature, and print one line of JSON for it."""
    for name, function in _features:
        try:
            outcome = function()
            if inspect.isawaitable(outcome):
                await outcome
            cell = "works"
        except Exception as error:
            cell = _cell(error)
        print(json.dumps({"feature": name, "cell": cell}), flush=True)


def _cell(error: BaseException) -> str:
    seen: BaseException | None = error
    while seen is not None:
        field = _refused_field(seen)
        if field:
            return f"refused: {field}"
        seen = seen.__cause__ or seen.__context__
    text = " ".join(str(error).split()) or repr(error)
    return f"fails: {type(error).__name__}: {text[:160]}"


def _refused_field(error: BaseException) -> str | None:
    """The field that the server named in a 400, wherever the client has put its answer.

    OpenAI's shape has it in `param`; Anthropic's sentence begins with it.
    """
    if getattr(error, "status_code", None) not in (400, 404, 422):
        return None
    param = getattr(error, "param", None)
    if isinstance(param, str):
        return param
    found = re.search(r"""["']param["']: ["']([^"']+)""", str(error))
    found = found or re.search(r"""["']message["']: ["']([\w.]+)""", str(error))
    return found[1] if found else None
