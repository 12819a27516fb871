"""The chat format: a conversation in, an answer out, whole or as chunks."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from ashao.api.openai.chunks import Chunks
from ashao.api.openai.schemas import (
    AnswerMessage,
    ChatCompletion,
    ChatCompletionBody,
    Choice,
    FinishReason,
    usage_of,
)
from ashao.api.openai.tool_calls import delta_of, tool_call_of
from ashao.api.programs.answer import CompletionRequest, WholeAnswer
from ashao.api.programs.answer_parts import AnswerParts, Part
from ashao.api.programs.liberal import LiberalRequest
from ashao.jobs.event import DoneEvent, TokenEvent
from ashao.messages import Finish

ID_PREFIX = "chatcmpl-"


class ChatRequest(LiberalRequest):
    """The request of a chat completion."""

    kind = ChatCompletionBody


def chat_completion(request: CompletionRequest, answer: WholeAnswer) -> ChatCompletion:
    """A whole answer: its words, and its calls."""
    parts = AnswerParts.of(request.job.id, request.tools, answer.text)
    message = AnswerMessage(
        content=parts.words or (None if parts.calls else ""),
        tool_calls=[tool_call_of(each) for each in parts.calls] or msgspec.UNSET,
        reasoning_content=answer.thinking or msgspec.UNSET,
    )
    finish = _finish(request.finish_reason(answer.done), parts)
    return ChatCompletion(
        id=f"{ID_PREFIX}{request.job.id}",
        created=request.created,
        model=answer.by.model,
        ashao=answer.by.writers or msgspec.UNSET,
        choices=[Choice(message, finish)],
        usage=usage_of(request, answer.done),
    )


def _finish(reason: Finish, parts: AnswerParts) -> FinishReason:
    """An answer with calls that ended by itself waits for their results."""
    return "tool_calls" if parts.calls and reason == "stop" else reason


class ChatChunks(Chunks):
    """Chunks with deltas; the first one has the role.

    Thoughts have a field that OpenAI's format lacks, as DeepSeek, vLLM and llama.cpp call it.
    """

    object = "chat.completion.chunk"
    id_prefix = ID_PREFIX

    def __init__(self, request: CompletionRequest, includes_usage: bool) -> None:
        super().__init__(request, includes_usage)
        self._parts = AnswerParts(request.job.id, request.tools)

    def opening(self) -> bytes:
        """Who speaks."""
        return self._chunk({"delta": {"role": "assistant", "content": ""}})

    def choice(self, text: str, thinking: str = "") -> dict[str, Any]:
        """A delta."""
        return {"delta": {"reasoning_content": thinking} if thinking else {"content": text}}

    def piece(self, event: TokenEvent) -> bytes:
        """Chunks of words and calls, or one of thoughts."""
        if event.thinking:
            return super().piece(event)
        return self._deltas(self._parts.feed(event.value))

    def end(self, done: DoneEvent) -> bytes:
        """What was held back, and how it ended."""
        return self._deltas(self._parts.end()) + super().end(done)

    def last_choice(self) -> dict[str, Any]:
        """Nothing more is said."""
        return {"delta": {}}

    def finish(self, done: DoneEvent) -> FinishReason:
        """Why it ended."""
        return _finish(self._request.finish_reason(done), self._parts)

    def _deltas(self, parts: Iterable[Part]) -> bytes:
        return b"".join(self._chunk({"delta": delta_of(each)}) for each in parts)


def chunks_for(body: ChatCompletionBody) -> Callable[[CompletionRequest], ChatChunks]:
    """How the answer is streamed."""
    return lambda request: ChatChunks(request, body.includes_usage)
