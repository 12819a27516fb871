"""At every door what says nothing is taken, whoever invents it, and the rest is refused by name."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ashao.api.anthropic.schemas import MessageBody
from ashao.api.openai.completions import CompletionBody
from ashao.api.openai.responses.schemas import ResponseBody
from ashao.api.openai.schemas import ChatCompletionBody
from ashao.api.programs.errors import UnsupportedValue
from ashao.api.programs.liberal import understood

PART = {"type": "text", "text": "Hello?"}
TURN = {"role": "user", "content": [PART]}
DOORS: list[tuple[type[msgspec.Struct], dict[str, Any]]] = [
    (ChatCompletionBody, {"model": "auto", "messages": [TURN]}),
    (CompletionBody, {"model": "auto", "prompt": "Hello?"}),
    (ResponseBody, {"input": [{"role": "user", "content": [PART | {"type": "input_text"}]}]}),
    (MessageBody, {"model": "auto", "messages": [TURN], "system": [PART], "max_tokens": 9}),
]
at_every_door = pytest.mark.parametrize(("kind", "plain"), DOORS, ids=lambda each: str(each)[:40])

NAMES = some.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=30)
EMPTIES: some.SearchStrategy[object] = some.sampled_from([None, "", [], {}, False])
SAYING = (
    some.text(min_size=1, max_size=50)
    | some.integers(-(2**60), 2**60)
    | some.just(True)
    | some.lists(some.integers(), min_size=1)
    | some.dictionaries(some.text(), some.integers(), min_size=1)
)
ANYTHING = some.recursive(SAYING | EMPTIES, lambda inner: some.dictionaries(some.text(), inner))


def _everywhere(value: Any, fields: dict[str, Any]) -> Any:
    """The same JSON with more fields in each of its objects."""
    if isinstance(value, list):
        return [_everywhere(each, fields) for each in value]
    if isinstance(value, dict):
        return fields | {name: _everywhere(each, fields) for name, each in value.items()}
    return value


@at_every_door
@settings(deadline=None)
@given(some.dictionaries(NAMES, EMPTIES))
def test_any_field_may_be_empty(
    kind: type[msgspec.Struct], plain: dict[str, Any], fields: dict[str, object]
) -> None:
    """Unknown or known, wherever it is: it is as good as not sent.

    Only what is true unless it is sent says something by false.
    """
    for each in msgspec.structs.fields(kind):
        if each.default is True:
            fields.pop(each.name, None)
    assert understood(_everywhere(plain, fields), kind) == understood(plain, kind)


@at_every_door
@settings(deadline=None)
@given(NAMES, SAYING)
def test_an_unknown_field_that_says_something_is_refused_by_its_name(
    kind: type[msgspec.Struct], plain: dict[str, Any], name: str, value: object
) -> None:
    if name in {each.name for each in msgspec.structs.fields(kind)}:
        return
    with pytest.raises(UnsupportedValue) as refused:
        understood({**plain, name: value}, kind)
    assert (refused.value.param, refused.value.code) == (name, "unsupported_parameter")
    assert str(refused.value).startswith(f"{name} is ")


@at_every_door
@settings(deadline=None)
@given(ANYTHING, some.data())
def test_whatever_the_body_is_it_is_understood_or_refused(
    kind: type[msgspec.Struct], plain: dict[str, Any], value: object, draw: some.DataObject
) -> None:
    names = sorted(each.name for each in msgspec.structs.fields(kind))
    for body in (value, {**plain, draw.draw(some.sampled_from(names)): value}):
        try:
            assert isinstance(understood(body, kind), kind)
        except UnsupportedValue as refused:
            assert str(refused)


@at_every_door
def test_what_a_field_may_be_is_said_of_that_very_field(
    kind: type[msgspec.Struct], plain: dict[str, Any]
) -> None:
    with pytest.raises(UnsupportedValue) as refused:
        understood({**plain, "temperature": 3}, kind)
    assert str(refused.value) == "temperature is 3, but a number from 0 to 2 is possible."
