"""Words and calls in the chat format: as deltas, and whole."""

from typing import Any

from ashao.api.openai.tool_schemas import CalledFunction, ToolCall
from ashao.api.programs.answer_parts import CallBegins, CallGoesOn, MadeCall, Part
from ashao_text.tools.splitter import Words


def delta_of(part: Part) -> dict[str, Any]:
    """A part of an answer as it comes."""
    match part:
        case Words(text):
            return {"content": text}
        case CallBegins(index, id_, name):
            function = {"name": name, "arguments": ""}
            call = {"index": index, "id": id_, "type": "function", "function": function}
            return {"tool_calls": [call]}
        case CallGoesOn(index, text):
            return {"tool_calls": [{"index": index, "function": {"arguments": text}}]}


def tool_call_of(call: MadeCall) -> ToolCall:
    """A whole call."""
    return ToolCall(call.id, CalledFunction(call.name, call.arguments))
