"""The form that a claim's answer must have, and what is left of it after the prefix."""

from collections.abc import Sequence

from ashao_text.grammar.gbnf import gbnf
from ashao_text.grammar.machine import TooManyWays, is_whole, residual
from ashao_text.grammar.rules import Grammar
from ashao_text.grammar.schema import grammar_of_schema
from ashao_text.grammar.schema_limits import SchemaRefused
from ashao_text.tools.grammar import remaining_calls
from ashao_worker.core.engine import EngineCode, EngineError
from ashao_worker.core.wire import Message, Params, prefix_of


def grammar_text(messages: Sequence[Message], params: Params) -> str | None:
    """What an engine may write, in GBNF; None: anything. Raises EngineError."""
    rest = remaining_grammar(messages, params)
    return None if rest is None else gbnf(rest)


def is_whole_already(messages: Sequence[Message], params: Params) -> bool:
    """Whether nothing may follow the prefix. Raises EngineError."""
    rest = remaining_grammar(messages, params)
    return rest is not None and is_whole(rest)


def remaining_grammar(messages: Sequence[Message], params: Params) -> Grammar | None:
    """What may follow the prefix; None: anything. Raises EngineError."""
    if params.tools is not None:
        return remaining_calls(params.tools, prefix_of(messages))
    if params.json_schema is None:
        return None
    try:
        rest = residual(grammar_of_schema(params.json_schema), prefix_of(messages))
    except (SchemaRefused, TooManyWays) as error:
        raise EngineError(EngineCode.BAD_REQUEST, "This schema cannot be kept to.") from error
    if rest is None:
        raise EngineError(EngineCode.BAD_REQUEST, "The prefix breaks the schema.")
    return rest
