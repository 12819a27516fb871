"""Back from plain turns to tools, calls and results, for producers that have forms for them."""

import re
from collections.abc import Sequence

from ashao_text.tokens import Message
from ashao_text.tools.description import Tools, description_of
from ashao_text.tools.history import PastCall, Said, plain_turns
from ashao_text.tools.splitter import Arguments, Call, CallSplitter, Words
from ashao_text.tools.tags import CALL, RESULT, RESULT_END

NAMES = re.compile(CALL + r'\n\{"name": "([\w-]+)"')
BETWEEN = f"\n{RESULT_END}\n{RESULT}\n"


def conversation_of(messages: Sequence[Message], tools: Tools) -> list[Said] | None:
    """What these plain messages say without words about tools; None when an answer has begun.

    Calls and results are told from words where they are just as `history` writes them, each call
    with its result; all else stays as it is. A call that is only begun because one must be made is
    no answer.
    """
    last = messages[-1] if messages else None
    if last and last.role == "assistant":
        if not last.content or last.content != tools.beginning:
            return None
        messages = messages[:-1]
    said = [Said(each.role, each.content) for each in messages]
    description = description_of(tools)
    if said and said[0].role == "system" and said[0].text.endswith(description):
        words = said[0].text.removesuffix(description).removesuffix("\n\n")
        said[:1] = [Said("system", words)] if words else []
    return _with_calls(said)


def _with_calls(said: Sequence[Said]) -> list[Said]:
    found: list[Said] = []
    place = 0
    while place < len(said):
        exchange = _exchange(said[place : place + 2], place)
        found += exchange or [said[place]]
        place += 2 if exchange else 1
    return found


def _exchange(pair: Sequence[Said], place: int) -> list[Said]:
    """An assistant's calls and their results; nothing where these two turns are none."""
    if [each.role for each in pair] != ["assistant", "user"]:
        return []
    calling = _calling(pair[0].text, place)
    results = pair[1].text.removeprefix(f"{RESULT}\n").removesuffix(f"\n{RESULT_END}")
    names = [each.id for each in calling.calls]
    answers = [
        Said("tool", text, call_id=name)
        for name, text in zip(names, results.split(BETWEEN), strict=False)
    ]
    exchange = [calling, *answers]
    are_all = len(answers) == len(calling.calls) > 0
    is_the_same = [each.content for each in plain_turns(exchange)] == [each.text for each in pair]
    return exchange if are_all and is_the_same else []


def _calling(text: str, place: int) -> Said:
    """An assistant's turn: its words, and its calls with names that are theirs alone."""
    splitter = CallSplitter(set(NAMES.findall(text)))
    words = ""
    calls: list[PastCall] = []
    for part in splitter.feed(text) + splitter.end():
        match part:
            case Words(more):
                words += more
            case Call(name):
                calls.append(PastCall(f"call_{place}_{len(calls)}", name))
            case Arguments(more):
                calls[-1] = calls[-1]._replace(arguments=calls[-1].arguments + more)
    return Said("assistant", words, calls)
