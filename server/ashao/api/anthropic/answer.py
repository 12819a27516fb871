"""From a request for a message to what is asked, and from the answer to a message."""

from dataclasses import dataclass

from msgspec import structs

from ashao.api.anthropic.schemas import (
    AnswerMessage,
    MessageBody,
    StopReason,
    TextBlock,
    ThinkingBlock,
    Usage,
    text_of,
)
from ashao.api.programs.answer import CompletionRequest, WholeAnswer
from ashao.api.programs.ask import Ask, said, sampling
from ashao.api.programs.liberal import LiberalRequest
from ashao.jobs.event import DoneEvent
from ashao.messages import Finish
from ashao_text.tools.history import Said

STOP_REASONS: dict[Finish, StopReason] = {
    "stop": "end_turn",  # at a stop sequence as well: engines do not tell
    "length": "max_tokens",
    "content_filter": "refusal",
}


class MessageRequest(LiberalRequest):
    """The request for a message, or for its tokens to be counted."""

    kind = MessageBody


def ask_of(body: MessageBody) -> Ask:
    """What is asked. Raises UnsupportedValue."""
    turns = (Said(each.role, each.text) for each in body.messages)
    messages = said(turns, "messages", system=text_of(body.system))
    params = sampling(
        temperature=body.temperature,
        top_p=body.top_p,
        budgets=(body.max_tokens,),
        stop=body.stop_sequences,
    )
    return Ask(model=body.model, messages=messages, params=params)


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

    def stop_reason(self, done: DoneEvent) -> StopReason:
        """Why it ended."""
        return STOP_REASONS[self.request.finish_reason(done)]

    def whole(self, answer: WholeAnswer) -> AnswerMessage:
        """A whole answer."""
        content: list[TextBlock | ThinkingBlock] = []
        if answer.thinking and self.shows_thinking:
            content.append(ThinkingBlock(thinking=answer.thinking))
        if answer.text:
            content.append(TextBlock(text=answer.text))
        done = answer.done
        return structs.replace(
            self.begun(answer.model),
            content=content,
            stop_reason=self.stop_reason(done),
            usage=Usage(self.request.prompt_tokens, done.tokens + done.thoughts),
        )
