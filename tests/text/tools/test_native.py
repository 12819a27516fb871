"""Plain turns become tools, calls and results again, and the other way round."""

import json

from hypothesis import given
from hypothesis import strategies as some

from ashao_text.tools.description import Tool, Tools, with_tools
from ashao_text.tools.history import PastCall, Said, plain_turns, written_call
from ashao_text.tools.native import conversation_of
from ashao_text.tools.splitter import Arguments, Call, CallSplitter
from ashao_text.tools.writer import CallWriter
from ashao_text.turns import Turn

TOOLS = Tools([Tool("get", "Gets."), Tool("put")])
WORDS = some.text(max_size=12)
NAMES = some.sampled_from(["get", "get_more", "a-b"])
ARGUMENTS = some.dictionaries(WORDS, WORDS | some.integers(), max_size=2).map(json.dumps)


@some.composite
def exchanges(draw: some.DrawFn) -> list[Said]:
    """An assistant's calls, and the result of each."""
    made = draw(some.lists(some.tuples(NAMES, ARGUMENTS), min_size=1, max_size=3))
    calls = [PastCall(str(place), *each) for place, each in enumerate(made)]
    words = draw(WORDS.map(str.strip).filter(lambda text: "<" not in text))
    results = [Said("tool", draw(WORDS), call_id=each.id) for each in calls]
    return [Said("assistant", words, calls), *results]


CONVERSATIONS = some.lists(
    exchanges() | WORDS.map(lambda text: [Said("user", text)]), min_size=1
).map(lambda parts: [each for part in parts for each in part] + [Said("user", "And now?")])


def _unnamed(said: list[Said]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    return [(e.role, e.text, [(c.name, c.arguments) for c in e.calls]) for e in said]


@given(said=CONVERSATIONS, tools=some.sampled_from([TOOLS, Tools(TOOLS.functions, False, True)]))
def test_a_conversation_comes_back_as_it_was(said: list[Said], tools: Tools) -> None:
    """With or without the system's words, and whether or not a call must be made."""
    for system in ([], [Said("system", "Be brief.")]):
        found = conversation_of(with_tools(plain_turns([*system, *said]), tools), tools)
        assert found is not None
        assert _unnamed(found) == _unnamed([*system, *said])
        calls = [call.id for each in found for call in each.calls]
        assert calls == [each.call_id for each in found if each.role == "tool"]
        assert len(calls) == len(set(calls))


@given(some.lists(some.tuples(some.sampled_from(["user", "assistant"]), WORDS)))
def test_whatever_else_was_said_stays_as_it_is(said: list[tuple[str, str]]) -> None:
    turns = [Turn(*each) for each in said] + [Turn("user", "Hi")]
    assert conversation_of(turns, TOOLS) == [Said(*each) for each in turns]


def test_calls_without_a_result_for_each_stay_words() -> None:
    """An endpoint refuses them, and words lose nothing."""
    one = written_call("get", "{}")
    result = "<tool_response>\nyes\n</tool_response>"
    for calls, results in ((f"{one}\n{one}", result), (one, f"{result}\n{result}"), (one, "no")):
        turns = [Turn("assistant", calls), Turn("user", results)]
        assert conversation_of(turns, TOOLS) == [Said(*each) for each in turns]


def test_an_answer_that_has_begun_is_gone_on_from_as_text() -> None:
    must = Tools(TOOLS.functions, required=True)
    asked = [Turn("user", "Hi")]
    assert conversation_of([*asked, Turn("assistant", "Let")], TOOLS) is None
    assert conversation_of([*asked, Turn("assistant", must.beginning + "g")], must) is None
    assert conversation_of([*asked, Turn("assistant", must.beginning)], must) is not None


CALLS = some.lists(some.tuples(NAMES, ARGUMENTS | some.just("")), max_size=3)


@given(calls=CALLS, size=some.integers(1, 9), has_ids=some.booleans())
def test_what_an_endpoint_calls_is_read_as_calls(
    calls: list[tuple[str, str]], size: int, has_ids: bool
) -> None:
    """In pieces, with or without ids; some repeat the name in each piece."""
    writer, text = CallWriter(), ""
    for place, (name, arguments) in enumerate(calls):
        name_again, call_id = (name, f"call-{place}") if has_ids else ("", "")
        text += writer.feed(name, "", call_id)
        for at in range(0, len(arguments), size):
            text += writer.feed(name_again, arguments[at : at + size], call_id)
    text += writer.end()
    splitter = CallSplitter(["get", "get_more", "a-b"])
    assert splitter.feed(text) + splitter.end() == [
        part for name, each in calls for part in (Call(name), Arguments(each or "{}"))
    ]
    assert writer.has_begun is bool(calls)
