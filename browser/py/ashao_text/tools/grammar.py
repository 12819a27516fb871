"""The texts of an answer that must be calls: names that there are, arguments by their schemas."""

from collections.abc import Mapping
from dataclasses import replace

from ashao_text.grammar.json_text import OBJECT, RULES, SPACE
from ashao_text.grammar.machine import TooManyWays, residual
from ashao_text.grammar.rules import (
    Choice,
    Grammar,
    Node,
    Reference,
    Repeat,
    Sequence,
    sequence,
)
from ashao_text.grammar.schema import grammar_of_schema
from ashao_text.grammar.schema_limits import SchemaRefused
from ashao_text.tools.description import Tool, Tools
from ashao_text.tools.tags import CALL, CALL_END


def remaining_calls(tools: Tools, prefix: str) -> Grammar | None:
    """What may follow the prefix; None: anything, for it is no beginning of calls, or too involved.

    Arguments keep to their schemas, if the text so far does; else they are any objects.
    """
    anyhow = replace(tools, functions=[Tool(each.name) for each in tools.functions])
    for grammar in (grammar_of_calls(tools), grammar_of_calls(anyhow)):
        try:
            rest = residual(grammar, prefix)
        except TooManyWays:
            continue
        if rest is not None:
            return rest
    return None


def grammar_of_calls(tools: Tools) -> Grammar:
    """One call or, if there may be several, more of them."""
    rules: dict[str, Node] = dict(RULES)
    calls = []
    for number, tool in enumerate(tools.functions):
        arguments = _arguments(tool, f"tool-{number}-", rules)
        opening = f'{{"name": "{tool.name}", "arguments":'
        calls.append(sequence(opening, SPACE, arguments, "}"))
    rules["call"] = sequence(f"{CALL}\n", Choice(tuple(calls)), f"\n{CALL_END}")
    call = Reference("call")
    more = Repeat(sequence("\n", call), 0, None if tools.several else 0)
    return Grammar(Sequence((call, more)), rules)


def _arguments(tool: Tool, own: str, rules: dict[str, Node]) -> Node:
    """An object by the tool's schema, or any object where that cannot be kept to; adds its rules,
    under names that are its own."""
    if not tool.parameters:
        return OBJECT
    try:
        found = grammar_of_schema({"type": "object", **tool.parameters})
    except SchemaRefused:
        return OBJECT
    names = {name: own + name for name in found.rules if name not in RULES}
    rules |= {new: _renamed(found.rules[old], names) for old, new in names.items()}
    return _renamed(found.root, names)


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    match node:
        case Reference(name):
            return Reference(names.get(name, name))
        case Sequence(parts):
            return Sequence(tuple(_renamed(each, names) for each in parts))
        case Choice(ways):
            return Choice(tuple(_renamed(each, names) for each in ways))
        case Repeat(part, least, most):
            return Repeat(_renamed(part, names), least, most)
    return node
