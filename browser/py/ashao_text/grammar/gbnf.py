"""Prints a grammar as llama.cpp's GBNF, which XGrammar reads, too (web-llm, vLLM).

https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
"""

from collections.abc import Iterator

from ashao_text.grammar.rules import (
    Choice,
    Grammar,
    Letter,
    Node,
    Reference,
    Repeat,
    Sequence,
    Text,
)

SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
TIMES = {(0, None): "*", (1, None): "+", (0, 1): "?"}


def gbnf(grammar: Grammar) -> str:
    """The rules that can be reached, one a line, `root` first."""
    lines = [f"root ::= {_printed(grammar.root)}"]
    waiting, named = [grammar.root], set[str]()
    while waiting:
        for name in _names(waiting.pop()):
            if name not in named:
                named.add(name)
                waiting.append(grammar.rules[name])
                lines.append(f"{name} ::= {_printed(grammar.rules[name])}")
    return "\n".join(lines) + "\n"


def _printed(node: Node) -> str:
    match node:
        case Text(text):
            return f'"{"".join(map(_in_text, text))}"'
        case Letter(ranges, is_other):
            return f"[{'^' if is_other else ''}{''.join(map(_range, ranges))}]"
        case Sequence(parts):
            return " ".join(map(_grouped, parts)) or '""'
        case Choice(ways):
            return " | ".join(map(_printed, ways))
        case Repeat(_, _, 0):
            return '""'
        case Repeat(part, least, most):
            inner = f"({_printed(part)})" if isinstance(part, Repeat) else _grouped(part)
            return inner + (TIMES.get((least, most)) or _times(least, most))
        case Reference(name):
            return name


def _times(least: int, most: int | None) -> str:
    if least == most:
        return f"{{{least}}}"
    return f"{{{least},{'' if most is None else most}}}"


def _grouped(node: Node) -> str:
    text = _printed(node)
    is_one = isinstance(node, Text | Letter | Repeat | Reference)
    return text if is_one else f"({text})"


def _range(ends: tuple[str, str]) -> str:
    low, high = map(_in_letter, ends)
    return low if low == high else f"{low}-{high}"


def _in_text(character: str) -> str:
    return '\\"' if character == '"' else _escaped(character)


def _in_letter(character: str) -> str:
    return f"\\x{ord(character):02X}" if character in "^]-[" else _escaped(character)


def _escaped(character: str) -> str:
    if short := SHORT.get(character):
        return short
    if character.isascii() and not character.isprintable():
        return f"\\x{ord(character):02X}"
    return character


def _names(node: Node) -> Iterator[str]:
    match node:
        case Reference(name):
            yield name
        case Sequence(parts) | Choice(parts):
            for part in parts:
                yield from _names(part)
        case Repeat(part):
            yield from _names(part)
