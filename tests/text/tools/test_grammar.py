"""What a grammar lets an answer be, that must be calls, is read as calls with fitting arguments."""

import json
from random import Random

import jsonschema
from hypothesis import given
from hypothesis import strategies as some

from ashao_text.grammar.machine import accepts
from ashao_text.tools.description import Tool, Tools
from ashao_text.tools.grammar import grammar_of_calls, remaining_calls
from ashao_text.tools.history import written_call
from ashao_text.tools.splitter import Arguments, Call, CallSplitter
from tests.text.grammar.walks import walk

CITY = {"type": "object", "properties": {"city": {"enum": ["Oslo", "Rome"]}}, "required": ["city"]}
LEVEL = {"$defs": {"n": {"type": "integer"}}, "properties": {"level": {"$ref": "#/$defs/n"}}}
BEYOND = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^b$"}}}
TOOLS = [Tool("get", parameters=CITY), Tool("set", parameters=LEVEL), Tool("odd")]
OFFERS = some.builds(
    Tools,
    some.lists(some.sampled_from(TOOLS), min_size=1, max_size=3, unique_by=lambda each: each.name),
    several=some.booleans(),
    required=some.just(True),
)


@given(tools=OFFERS, seed=some.integers(0, 10_000), at=some.floats(0, 1))
def test_all_that_may_be_written_are_calls_that_fit(tools: Tools, seed: int, at: float) -> None:
    """From the beginning that the model is given, and from any other place."""
    whole = walk(grammar_of_calls(tools), Random(seed))
    if whole is None:
        return
    assert whole.startswith(tools.beginning)
    cut = round(at * len(whole))
    rest = remaining_calls(tools, whole[:cut])
    assert rest is not None
    assert accepts(rest, whole[cut:])
    schemas = {each.name: each.parameters for each in tools.functions}
    splitter = CallSplitter(schemas)
    parts = splitter.feed(whole) + splitter.end()
    calls = list(zip(parts[::2], parts[1::2], strict=True))
    assert len(calls) == 1 or tools.several
    for call, arguments in calls:
        assert isinstance(call, Call)
        assert isinstance(arguments, Arguments)
        jsonschema.validate(json.loads(arguments.text), {"type": "object", **schemas[call.name]})


def test_the_beginning_of_a_call_is_one() -> None:
    for functions in (TOOLS, TOOLS[:1]):
        tools = Tools(functions, several=False, required=True)
        grammar = remaining_calls(tools, tools.beginning)
        whole = written_call("get", '{"city": "Oslo"}')
        assert grammar is not None
        assert accepts(grammar, whole.removeprefix(tools.beginning))
        assert not accepts(grammar, whole.replace("Oslo", "Paris").removeprefix(tools.beginning))


def test_what_cannot_be_kept_to_may_be_any_object() -> None:
    """A schema beyond a grammar, or arguments that another machine began in its own way."""
    odd = Tools([Tool("get", parameters=BEYOND)], several=False, required=True)
    other = Tools([Tool("get", parameters=CITY)], several=False, required=True)
    for tools in (odd, other):
        rest = remaining_calls(tools, tools.beginning + ' {"a": ')
        assert rest is not None
        assert accepts(rest, '"c"}}\n</tool_call>')
    assert remaining_calls(other, "Well, ") is None
