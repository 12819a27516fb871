"""From a request for a response to what is asked, and from the answer to a response."""

from dataclasses import dataclass

from msgspec import structs

from ashao.api.openai.response_format import json_schema_of
from ashao.api.openai.responses.items import (
    REASONS,
    Item,
    OutputMessage,
    OutputText,
    ReasoningItem,
    ReasoningText,
    ResponseObject,
    TextSetting,
    shown_format,
    usage_of,
)
from ashao.api.openai.responses.schemas import InputItem, ResponseBody, TextFormat
from ashao.api.programs.answer import CompletionRequest, WholeAnswer
from ashao.api.programs.ask import Ask, said, sampling
from ashao.api.programs.errors import UnsupportedValue
from ashao.api.programs.liberal import LiberalRequest
from ashao.jobs.event import DoneEvent
from ashao.messages import Message, prefix_of


class ResponseRequest(LiberalRequest):
    """The request for a response."""

    kind = ResponseBody


def ask_of(body: ResponseBody) -> Ask:
    """What is asked. Raises UnsupportedValue."""
    if isinstance(body.input, str):
        turns = [Message("user", body.input)]
    else:
        turns = [_turn(item, at) for at, item in enumerate(body.input) if item.type != "reasoning"]
    instructions = [Message("system", body.instructions)] if body.instructions else []
    params = sampling(
        temperature=body.temperature, top_p=body.top_p, budgets=(body.max_output_tokens,)
    )
    messages = [*instructions, *said(turns, "input")]
    wanted = format_of(body)
    schema = json_schema_of(wanted.type, wanted.schema, prefix_of(messages), "text.format.schema")
    params = structs.replace(params, json_schema=schema)
    return Ask(model=body.model, messages=messages, params=params)


def format_of(body: ResponseBody) -> TextFormat:
    """What form the text is asked in."""
    return (body.text and body.text.format) or TextFormat()


def _turn(item: InputItem, at: int) -> Message:
    if item.role is None:
        raise UnsupportedValue(
            f"input[{at}].role",
            f'input[{at}].role is missing: "system", "developer", "user" or "assistant" is needed.',
            "missing_required_parameter",
        )
    return Message("system" if item.role == "developer" else item.role, item.text)


@dataclass(frozen=True, slots=True)
class ResponseForm:
    """How one request's response looks at any time."""

    request: CompletionRequest
    body: ResponseBody

    def begun(self, model: str) -> ResponseObject:
        """Before its end."""
        return ResponseObject(
            id=f"resp_{self.request.job.id}",
            created_at=self.request.created,
            status="in_progress",
            model=model,
            max_output_tokens=self.request.max_tokens,
            temperature=self.body.temperature,
            top_p=self.body.top_p,
            text=TextSetting(shown_format(format_of(self.body))),
        )

    def ended(self, model: str, output: list[Item], done: DoneEvent) -> ResponseObject:
        """At its end, whole or cut off."""
        reason = REASONS[self.request.finish_reason(done)]
        return structs.replace(
            self.begun(model),
            status="incomplete" if reason else "completed",
            incomplete_details=reason,
            output=output,
            usage=usage_of(self.request, done),
        )

    def message(self, text: str) -> OutputMessage:
        """What was said, once it is over."""
        job_id = self.request.job.id
        return OutputMessage(
            id=f"msg_{job_id}", status="completed", content=[OutputText(text=text)]
        )

    def thoughts(self, text: str, number: int = 0) -> ReasoningItem:
        """What was thought, once that is over; a later machine may think again."""
        return ReasoningItem(
            id=f"rs_{self.request.job.id}_{number}",
            status="completed",
            content=[ReasoningText(text=text)],
        )

    def whole(self, answer: WholeAnswer) -> ResponseObject:
        """A whole answer."""
        thoughts: list[Item] = [self.thoughts(answer.thinking)] if answer.thinking else []
        output = [*thoughts, self.message(answer.text)]
        return self.ended(answer.by.model, output, answer.done)
