"""What a request for a message asks: plain messages for any producer, and parameters."""

from collections.abc import Iterator

import msgspec

from ashao.api.anthropic.schemas import InputBlock, InputMessage, MessageBody, text_of
from ashao.api.anthropic.tools import ToolChoice
from ashao.api.programs.ask import Ask, said, sampling
from ashao.api.programs.errors import UnsupportedValue
from ashao.api.programs.offered_tools import Choice, OneTool, ToolFields, offered
from ashao_text.tools.description import Tool, Tools
from ashao_text.tools.history import PastCall, Said

FIELDS = ToolFields("name", "input_schema")


def ask_of(body: MessageBody) -> Ask:
    """What is asked. Raises UnsupportedValue."""
    tools = _tools(body)
    turns = [turn for at, each in enumerate(body.messages) for turn in _turns(each, at)]
    messages = said(turns, "messages", system=text_of(body.system), tools=tools)
    params = sampling(
        temperature=body.temperature,
        top_p=body.top_p,
        budgets=(body.max_tokens,),
        stop=body.stop_sequences,
        tools=tools,
    )
    return Ask(model=body.model, messages=messages, params=params)


def _tools(body: MessageBody) -> Tools | None:
    choice = body.tool_choice or ToolChoice()
    return offered(
        [Tool(each.name, each.description, each.input_schema) for each in body.tools],
        _choice(choice),
        several=not choice.disable_parallel_tool_use,
        fields=FIELDS,
    )


def _choice(choice: ToolChoice) -> Choice:
    match choice.type:
        case "any":
            return "required"
        case "tool":
            if choice.name is None:
                raise _missing("tool_choice.name", "the name of a tool")
            return OneTool(choice.name)
        case "auto" | "none":
            return choice.type


def _turns(message: InputMessage, at: int) -> Iterator[Said]:
    """A message's results, each a turn, and then its words and calls."""
    blocks = [] if isinstance(message.content, str) else message.content
    results = [each for each in blocks if each.type == "tool_result"]
    for each in results:
        text = text_of(each.content)
        yield Said("tool", f"Error: {text}" if each.is_error else text, call_id=each.tool_use_id)
    calls = [
        _call(each, f"messages[{at}].content[{place}]")
        for place, each in enumerate(blocks)
        if each.type == "tool_use"
    ]
    if message.text or not results:
        yield Said(message.role, message.text, calls)


def _call(block: InputBlock, field: str) -> PastCall:
    if block.name is None:
        raise _missing(f"{field}.name", "the name of a tool")
    return PastCall(block.id, block.name, msgspec.json.encode(block.input).decode())


def _missing(field: str, needed: str) -> UnsupportedValue:
    return UnsupportedValue(
        field, f"{field} is missing: {needed} is needed.", "missing_required_parameter"
    )
