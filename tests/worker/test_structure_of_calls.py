"""A worker that can be kept to calls is: from the words of its claim to an engine's grammar."""

from ashao_text.tools.description import Tool, Tools
from ashao_worker.core.structure import grammar_text, is_whole_already
from ashao_worker.core.wire import Claim

SCHEMA = {"properties": {"city": {"enum": ["Oslo"]}}, "required": ["city"]}
BEGUN = '<tool_call>\n{"name": "get", "arguments": {"city": "O'


def _claim(prefix: str) -> Claim:
    functions = [{"name": "get", "parameters": SCHEMA}, {"name": "put"}]
    claim = Claim.from_json(
        {
            "job": {"id": "j", "tier": "pro", "model": "m"},
            "messages": [{"role": "assistant", "content": prefix}],
            "attempt": 2,
            "nextSeq": 3,
            "params": {"tools": {"functions": functions, "several": False}},
        }
    )
    assert claim is not None
    return claim


def test_what_is_left_of_a_call_is_the_engines_grammar() -> None:
    claim = _claim(BEGUN)
    assert claim.params.tools == Tools(
        [Tool("get", parameters=SCHEMA), Tool("put")], several=False, required=True
    )
    grammar = grammar_text(claim.messages, claim.params)
    assert grammar is not None
    assert "slo" in grammar.splitlines()[0]
    assert "Oslo" not in grammar.splitlines()[0]
    assert not is_whole_already(claim.messages, claim.params)


def test_a_call_that_is_whole_needs_no_engine() -> None:
    claim = _claim(BEGUN + 'slo"}}\n</tool_call>')
    assert is_whole_already(claim.messages, claim.params)


def test_words_before_a_call_leave_the_engine_free() -> None:
    claim = _claim("Well, ")
    assert grammar_text(claim.messages, claim.params) is None
