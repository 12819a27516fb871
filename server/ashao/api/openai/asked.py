"""What a program asks, as a job has it: plain messages that any producer reads, and parameters."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ashao.api.openai import schemas as wire
from ashao.api.openai.errors import UnsupportedValue
from ashao.api.openai.offered_tools import offered_by
from ashao.api.openai.response_format import json_schema_of
from ashao.messages import Message, Params, prefix_of
from ashao_text.tools.description import Tools, with_tools
from ashao_text.tools.history import PastCall, Said, plain_turns
from ashao_text.tools.tags import CALL_END

MAX_TOKENS = 1_000_000
LEAST_TOP_P = 1e-6  # 0 means the likeliest word alone, and some engines refuse just that number

if TYPE_CHECKING:
    from ashao.messages import Role


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of `/v1`."""

    messages: list[Message]
    params: Params


def asked_of(body: wire.ChatCompletionBody) -> Asked:
    """Read a body. Raises UnsupportedValue."""
    tools = offered_by(body)
    if tools and not tools.required and body.response_format not in (None, wire.ResponseFormat()):
        raise UnsupportedValue(
            "response_format", "response_format is JSON, but with tools only text is possible."
        )
    messages = _messages(body, tools)
    return Asked(messages, _params(body, tools, messages))


def _messages(body: wire.ChatCompletionBody, tools: Tools | None) -> list[Message]:
    """What was said; a turn of the assistant's without words is none. A last one is gone on from.

    Raises UnsupportedValue.
    """
    said = [
        _said(each)
        for each in body.messages
        if each.text or each.tool_calls or each.role != "assistant"
    ]
    if not said:
        raise UnsupportedValue("messages", "messages have no words: at least one is needed.")
    turns = plain_turns(said)
    if tools is not None:
        turns = with_tools(turns, tools)
    return [Message(cast("Role", each.role), each.content) for each in turns]


def _said(message: wire.ChatMessage) -> Said:
    calls = [
        PastCall(each.id, each.function.name, each.function.arguments)
        for each in message.tool_calls
    ]
    role = "system" if message.role == "developer" else message.role
    return Said(role, message.text, calls, message.tool_call_id)


def _params(body: wire.ChatCompletionBody, tools: Tools | None, messages: list[Message]) -> Params:
    stops = [body.stop] if isinstance(body.stop, str) else body.stop or []
    if tools is not None and not tools.several:
        stops = [*stops, CALL_END]
    return Params(
        temperature=body.temperature,
        top_p=None if body.top_p is None else max(body.top_p, LEAST_TOP_P),
        max_tokens=_budget(body.max_tokens, body.max_completion_tokens),
        stop=[each for each in stops if each] or None,
        seed=body.seed,
        tools=tools,
        json_schema=None if tools else json_schema_of(body.response_format, prefix_of(messages)),
    )


def _budget(*wishes: int | None) -> int | None:
    """The shorter of the two limits; 0 and less is how some programs say that there is none."""
    limits = [each for each in wishes if each is not None and each > 0]
    return min([*limits, MAX_TOKENS]) if limits else None
