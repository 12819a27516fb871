"""From an answer to a response."""

from dataclasses import dataclass

from msgspec import structs

from ashao.api.openai.responses.asked import format_of
from ashao.api.openai.responses.items import (
    REASONS,
    FunctionCall,
    Item,
    OutputMessage,
    OutputText,
    ReasoningItem,
    ReasoningText,
    ResponseObject,
    TextSetting,
    shown_choice,
    shown_format,
    shown_tools,
    usage_of,
)
from ashao.api.openai.responses.schemas import ResponseBody
from ashao.api.programs.answer import CompletionRequest, WholeAnswer
from ashao.api.programs.answer_parts import AnswerParts
from ashao.api.programs.liberal import LiberalRequest
from ashao.jobs.event import DoneEvent


class ResponseRequest(LiberalRequest):
    """The request for a response."""

    kind = ResponseBody


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
            parallel_tool_calls=bool(self.body.tools) and self.body.parallel_tool_calls,
            temperature=self.body.temperature,
            top_p=self.body.top_p,
            tool_choice=shown_choice(self.body),
            tools=shown_tools(self.body),
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

    def call(self, call_id: str, name: str, arguments: str) -> FunctionCall:
        """A call, once it is over."""
        return FunctionCall(
            id=call_id.replace("call_", "fc_", 1),
            status="completed",
            call_id=call_id,
            name=name,
            arguments=arguments,
        )

    def whole(self, answer: WholeAnswer) -> ResponseObject:
        """A whole answer."""
        thoughts: list[Item] = [self.thoughts(answer.thinking)] if answer.thinking else []
        parts = AnswerParts.of(self.request.job.id, self.request.tools, answer.text)
        calls = [self.call(each.id, each.name, each.arguments) for each in parts.calls]
        message = [self.message(parts.words)] if parts.words or not calls else []
        return self.ended(answer.by.model, [*thoughts, *message, *calls], answer.done)
