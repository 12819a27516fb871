"""What a program asks in the chat format: plain messages for any producer, and parameters."""

from typing import TYPE_CHECKING, Any, cast

import msgspec

from ashao.api.openai import schemas as wire
from ashao.api.openai.offered_tools import offered_by
from ashao.api.openai.response_format import json_schema_of
from ashao.api.programs.ask import Ask, sampling
from ashao.api.programs.errors import UnsupportedValue
from ashao.messages import Message, Params, prefix_of
from ashao_text.tools.description import Tools, with_tools
from ashao_text.tools.history import PastCall, Said, plain_turns
from ashao_text.tools.tags import CALL_END

if TYPE_CHECKING:
    from ashao.messages import Role


def ask_of(body: wire.ChatCompletionBody) -> Ask:
    """What is asked. Raises UnsupportedValue."""
    tools = offered_by(body)
    if tools and not tools.required and body.response_format not in (None, wire.ResponseFormat()):
        raise UnsupportedValue(
            "response_format", "response_format is JSON, but with tools only text is possible."
        )
    messages = _messages(body, tools)
    return Ask(model=body.model, messages=messages, params=_params(body, tools, messages))


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
        raise UnsupportedValue("messages", "messages has no words: at least one is needed.")
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
    params = sampling(
        temperature=body.temperature,
        top_p=body.top_p,
        budgets=(body.max_tokens, body.max_completion_tokens),
        stop=stops,
        seed=body.seed,
    )
    return msgspec.structs.replace(params, tools=tools, json_schema=_schema(body, tools, messages))


def _schema(
    body: wire.ChatCompletionBody, tools: Tools | None, messages: list[Message]
) -> dict[str, Any] | None:
    wanted = body.response_format
    if wanted is None or tools is not None:
        return None
    named = wanted.json_schema
    field = "response_format.json_schema" + (".schema" if named else "")
    schema = named.schema if named else None
    return json_schema_of(wanted.type, schema, prefix_of(messages), field)
