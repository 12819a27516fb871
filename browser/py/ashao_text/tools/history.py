"""Calls and results of a conversation as plain turns, which any model can read."""

import json
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from ashao_text.tools.tags import CALL, CALL_END, RESULT, RESULT_END
from ashao_text.turns import Turn


class PastCall(NamedTuple):
    """A call that was made; `arguments` is JSON as the model wrote it."""

    id: str
    name: str
    arguments: str = ""


class Said(NamedTuple):
    """A message of a conversation with tools: of the role "tool" it is the result of a call."""

    role: str
    text: str
    calls: Sequence[PastCall] = ()
    call_id: str = ""


def plain_turns(said: Sequence[Said]) -> list[Turn]:
    """The same conversation: calls are the assistant's words, results in a row a user's turn.

    Results stand in the order of their calls, for that alone says which is whose; what answers no
    call comes after those, as it was said.
    """
    turns: list[Turn] = []
    calls: Sequence[PastCall] = ()
    for is_result, group in groupby(said, lambda each: each.role == "tool"):
        if is_result:
            turns.append(Turn("user", _results(list(group), calls)))
            continue
        for each in group:
            turns.append(Turn(each.role, _words(each)))
            calls = each.calls
    return turns


def written_call(name: str, arguments: str) -> str:
    """A call as a model writes it."""
    return f"{CALL}\n{opening_of(name)}{_object(arguments)}}}\n{CALL_END}"


def opening_of(name: str) -> str:
    """A call's words up to its arguments."""
    return f'{{"name": {json.dumps(name, ensure_ascii=False)}, "arguments": '


def _words(said: Said) -> str:
    calls = (written_call(each.name, each.arguments) for each in said.calls)
    return "\n".join(filter(None, (said.text, *calls)))


def _results(results: Sequence[Said], calls: Sequence[PastCall]) -> str:
    order = {each.id: place for place, each in enumerate(calls)}
    ordered = sorted(results, key=lambda each: order.get(each.call_id, len(order)))
    return "\n".join(f"{RESULT}\n{each.text}\n{RESULT_END}" for each in ordered)


def _object(arguments: str) -> str:
    """A JSON object as it stands; what is none becomes a text."""
    try:
        is_object = isinstance(json.loads(arguments or "{}"), dict)
    except (ValueError, RecursionError):
        is_object = False
    return arguments.strip() or "{}" if is_object else json.dumps(arguments, ensure_ascii=False)
