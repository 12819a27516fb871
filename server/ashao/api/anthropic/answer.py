"""From an answer to a message."""

from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import structs

from ashao.api.anthropic.schemas import (
    AnswerMessage,
    Block,
    MessageBody,
    StopReason,
    TextBlock,
    ThinkingBlock,
    ToolUseBlock,
    Usage,
)
from ashao.api.programs.answer import CompletionRequest, WholeAnswer
from ashao.api.programs.answer_parts import AnswerParts, MadeCall
from ashao.api.programs.liberal import LiberalRequest
from ashao.jobs.event import DoneEvent
from ashao.messages import Finish
from ashao_text.tools.history import opening_of
from ashao_text.tools.tags import CALL

STOP_REASONS: dict[Finish, StopReason] = {
    "stop": "end_turn",  # at a stop sequence as well: engines do not tell
    "length": "max_tokens",
    "content_filter": "refusal",
}


class MessageRequest(LiberalRequest):
    """The request for a message, or for its tokens to be counted."""

    kind = MessageBody


@dataclass(frozen=True, slots=True)
class MessageForm:
    """How one request's message looks at any time."""

    request: CompletionRequest
    shows_thinking: bool

    def begun(self, model: str) -> AnswerMessage:
        """Before its first word."""
        return AnswerMessage(
            id=f"msg_{self.request.job.id}",
            model=model,
            usage=Usage(self.request.prompt_tokens, 0),
        )

    def stop_reason(self, done: DoneEvent, has_calls: bool) -> StopReason:
        """Why it ended; with calls that are there by itself it waits for their results."""
        reason = STOP_REASONS[self.request.finish_reason(done)]
        return "tool_use" if has_calls and reason == "end_turn" else reason

    def whole(self, answer: WholeAnswer) -> AnswerMessage:
        """A whole answer."""
        parts = AnswerParts.of(self.request.job.id, self.request.tools, answer.text)
        calls = [_call_block(each) for each in parts.calls]
        content: list[Block] = []
        if answer.thinking and self.shows_thinking:
            content.append(ThinkingBlock(thinking=answer.thinking))
        if parts.words:
            content.append(TextBlock(text=parts.words))
        content += calls
        done = answer.done
        return structs.replace(
            self.begun(answer.by.model),
            content=content,
            stop_reason=self.stop_reason(
                done, any(isinstance(each, ToolUseBlock) for each in calls)
            ),
            usage=Usage(self.request.prompt_tokens, done.tokens + done.thoughts),
        )


def _call_block(call: MadeCall) -> ToolUseBlock | TextBlock:
    """A call; one whose arguments are no JSON object, as when it was cut off, is shown as text."""
    try:
        arguments = msgspec.json.decode(call.arguments, type=dict[str, Any])
    except msgspec.DecodeError:
        return TextBlock(text=f"{CALL}\n{opening_of(call.name)}{call.arguments}")
    return ToolUseBlock(id=call.id, name=call.name, input=arguments)
