"""What a program asks in the chat format: plain messages for any producer, and parameters."""

from typing import Any

import msgspec

from ashao.api.openai import schemas as wire
from ashao.api.openai.response_format import json_schema_of
from ashao.api.openai.tool_schemas import ChosenTool
from ashao.api.programs.ask import Ask, said, sampling
from ashao.api.programs.offered_tools import OneTool, ToolFields, offered, require_one_form
from ashao.messages import Message, Params, prefix_of
from ashao_text.tools.description import Tool, Tools
from ashao_text.tools.history import PastCall, Said

FIELDS = ToolFields("function.name", "function.parameters")


def ask_of(body: wire.ChatCompletionBody) -> Ask:
    """What is asked. Raises UnsupportedValue."""
    tools = _tools(body)
    is_json = body.response_format not in (None, wire.ResponseFormat())
    require_one_form(tools, is_json, "response_format")
    messages = said(map(_said, body.messages), "messages", tools=tools)
    return Ask(model=body.model, messages=messages, params=_params(body, tools, messages))


def _tools(body: wire.ChatCompletionBody) -> Tools | None:
    functions = [
        Tool(each.function.name, each.function.description, each.function.parameters)
        for each in body.tools
    ]
    choice = body.tool_choice or "auto"
    return offered(
        functions,
        OneTool(choice.function.name) if isinstance(choice, ChosenTool) else choice,
        several=body.parallel_tool_calls,
        fields=FIELDS,
    )


def _said(message: wire.ChatMessage) -> Said:
    calls = [
        PastCall(each.id, each.function.name, each.function.arguments)
        for each in message.tool_calls
    ]
    role = "system" if message.role == "developer" else message.role
    return Said(role, message.text, calls, message.tool_call_id)


def _params(body: wire.ChatCompletionBody, tools: Tools | None, messages: list[Message]) -> Params:
    params = sampling(
        temperature=body.temperature,
        top_p=body.top_p,
        budgets=(body.max_tokens, body.max_completion_tokens),
        stop=body.stop,
        seed=body.seed,
        tools=tools,
    )
    return msgspec.structs.replace(params, json_schema=_schema(body, tools, messages))


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
