"""The chat format: a conversation in, an answer out, whole or as chunks."""

from collections.abc import Callable
from typing import Any

import msgspec

from ashao.api.openai.chunks import Chunks
from ashao.api.openai.schemas import (
    AnswerMessage,
    ChatCompletion,
    ChatCompletionBody,
    Choice,
    usage_of,
)
from ashao.api.programs.answer import CompletionRequest, WholeAnswer
from ashao.api.programs.ask import Ask, said, sampling
from ashao.api.programs.liberal import LiberalRequest
from ashao.messages import Message

ID_PREFIX = "chatcmpl-"


class ChatRequest(LiberalRequest):
    """The request of a chat completion."""

    kind = ChatCompletionBody


def ask_of(body: ChatCompletionBody) -> Ask:
    """What is asked. Raises UnsupportedValue."""
    turns = (
        Message("system" if each.role == "developer" else each.role, each.text)
        for each in body.messages
    )
    params = sampling(
        temperature=body.temperature,
        top_p=body.top_p,
        budgets=(body.max_tokens, body.max_completion_tokens),
        stop=body.stop,
        seed=body.seed,
    )
    return Ask(model=body.model, messages=said(turns, "messages"), params=params)


def chat_completion(request: CompletionRequest, answer: WholeAnswer) -> ChatCompletion:
    """A whole answer."""
    message = AnswerMessage(answer.text, reasoning_content=answer.thinking or msgspec.UNSET)
    return ChatCompletion(
        id=f"{ID_PREFIX}{request.job.id}",
        created=request.created,
        model=answer.model,
        choices=[Choice(message, request.finish_reason(answer.done))],
        usage=usage_of(request, answer.done),
    )


class ChatChunks(Chunks):
    """Chunks with deltas; the first one has the role.

    Thoughts have a field that OpenAI's format lacks, as DeepSeek, vLLM and llama.cpp call it.
    """

    object = "chat.completion.chunk"
    id_prefix = ID_PREFIX

    def opening(self) -> bytes:
        """Who speaks."""
        return self._chunk({"delta": {"role": "assistant", "content": ""}})

    def choice(self, text: str, thinking: str = "") -> dict[str, Any]:
        """A delta."""
        return {"delta": {"reasoning_content": thinking} if thinking else {"content": text}}

    def last_choice(self) -> dict[str, Any]:
        """Nothing more is said."""
        return {"delta": {}}


def chunks_for(body: ChatCompletionBody) -> Callable[[CompletionRequest], ChatChunks]:
    """How the answer is streamed."""
    return lambda request: ChatChunks(request, body.includes_usage)
