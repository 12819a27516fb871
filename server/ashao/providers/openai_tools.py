"""A question to an endpoint of the OpenAI format: in plain words, or with tools in its own form."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ashao.messages import Message
from ashao_text.characters import encodable
from ashao_text.tools.description import Tools, function_of
from ashao_text.tools.history import Said
from ashao_text.tools.native import conversation_of

type Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """The messages, and the fields that go with them; `must_call`: words are no answer to it."""

    messages: Sequence[Body]
    fields: Body = field(default_factory=dict)
    must_call: bool = False


def plain_question(messages: Sequence[Message], fields: Body) -> Question:
    """In plain words, as any endpoint takes it."""
    return Question(
        [{"role": each.role, "content": encodable(each.content)} for each in messages], fields
    )


def question_with_tools(messages: Sequence[Message], tools: Tools | None) -> Question | None:
    """The same with tools, calls and results; None where there are none, or an answer has begun."""
    said = None if tools is None else conversation_of(messages, tools)
    if tools is None or said is None:
        return None
    fields: Body = {"tools": [function_of(each) for each in tools.functions]}
    if tools.required:
        fields["tool_choice"] = "required"
    if not tools.several:
        fields["parallel_tool_calls"] = False
    return Question([_body(each) for each in said], fields, tools.required)


def _body(said: Said) -> Body:
    body: Body = {"role": said.role, "content": encodable(said.text)}
    if said.calls:
        body["content"] = body["content"] or None
        body["tool_calls"] = [
            {
                "id": each.id,
                "type": "function",
                "function": {"name": each.name, "arguments": encodable(each.arguments)},
            }
            for each in said.calls
        ]
    if said.call_id:
        body["tool_call_id"] = said.call_id
    return body
