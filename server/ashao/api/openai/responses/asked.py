"""What a request for a response asks: plain messages for any producer, and parameters."""

from msgspec import structs

from ashao.api.openai.response_format import json_schema_of
from ashao.api.openai.responses.schemas import InputItem, ResponseBody, TextFormat
from ashao.api.openai.responses.tools import ChosenTool
from ashao.api.programs.ask import Ask, said, sampling
from ashao.api.programs.errors import UnsupportedValue
from ashao.api.programs.offered_tools import OneTool, ToolFields, offered, require_one_form
from ashao.messages import prefix_of
from ashao_text.tools.description import Tool, Tools
from ashao_text.tools.history import PastCall, Said

FIELDS = ToolFields("name", "parameters")


def ask_of(body: ResponseBody) -> Ask:
    """What is asked. Raises UnsupportedValue."""
    wanted, tools = format_of(body), _tools(body)
    require_one_form(tools, wanted.type != "text", "text.format")
    messages = said(_turns(body.input), "input", system=body.instructions, tools=tools)
    params = sampling(
        temperature=body.temperature,
        top_p=body.top_p,
        budgets=(body.max_output_tokens,),
        tools=tools,
    )
    if tools is None:
        prefix = prefix_of(messages)
        schema = json_schema_of(wanted.type, wanted.schema, prefix, "text.format.schema")
        params = structs.replace(params, json_schema=schema)
    return Ask(model=body.model, messages=messages, params=params)


def format_of(body: ResponseBody) -> TextFormat:
    """What form the text is asked in."""
    return (body.text and body.text.format) or TextFormat()


def _tools(body: ResponseBody) -> Tools | None:
    choice = body.tool_choice or "auto"
    return offered(
        [Tool(each.name, each.description, each.parameters) for each in body.tools],
        OneTool(choice.name) if isinstance(choice, ChosenTool) else choice,
        several=body.parallel_tool_calls,
        fields=FIELDS,
    )


def _turns(items: str | list[InputItem]) -> list[Said]:
    """The conversation; calls belong to the assistant's turn before them."""
    if isinstance(items, str):
        return [Said("user", items)]
    turns: list[Said] = []
    for at, item in enumerate(items):
        match item.type:
            case "message":
                turns.append(_turn(item, at))
            case "function_call":
                turn = turns.pop() if turns and turns[-1].role == "assistant" else _NO_WORDS
                turns.append(turn._replace(calls=[*turn.calls, _call(item, at)]))
            case "function_call_output":
                turns.append(Said("tool", item.text, call_id=item.call_id))
            case "reasoning":
                pass
    return turns


_NO_WORDS = Said("assistant", "")


def _turn(item: InputItem, at: int) -> Said:
    if item.role is None:
        needed = '"system", "developer", "user" or "assistant"'
        raise _missing(f"input[{at}].role", needed)
    return Said("system" if item.role == "developer" else item.role, item.text)


def _call(item: InputItem, at: int) -> PastCall:
    if item.name is None:
        raise _missing(f"input[{at}].name", "the name of a function")
    return PastCall(item.call_id, item.name, item.arguments)


def _missing(field: str, needed: str) -> UnsupportedValue:
    return UnsupportedValue(
        field, f"{field} is missing: {needed} is needed.", "missing_required_parameter"
    )
