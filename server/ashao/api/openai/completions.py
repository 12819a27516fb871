"""The completions format, which came before the chat's: a text in, what follows it out.

The text is no turn of a conversation: engines that can go on from a raw text do (`Params.raw`);
for those that only chat it is one turn of the user's.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec

from ashao.api.openai.chunks import Chunks
from ashao.api.openai.schemas import SampledBody, Usage, usage_of
from ashao.api.programs.answer import CompletionRequest, WholeAnswer
from ashao.api.programs.ask import Ask, said, sampling
from ashao.api.programs.fields import possible
from ashao.api.programs.liberal import LiberalRequest
from ashao.api.writers import Writers
from ashao.messages import Finish
from ashao_text.tools.history import Said

ID_PREFIX = "cmpl-"


class CompletionBody(SampledBody, forbid_unknown_fields=True, kw_only=True):
    """What a program asks. `best_of` may only say what happens anyway."""

    prompt: Annotated[
        str | Annotated[list[str], msgspec.Meta(min_length=1, max_length=1)],
        possible("a text, or a list of one text, is needed"),
    ]
    best_of: Annotated[Literal[1] | None, possible("only 1 is possible")] = None


class TextRequest(LiberalRequest):
    """The request of a completion."""

    kind = CompletionBody


class TextChoice(msgspec.Struct):
    """What follows the text, and why it ended; OpenAI's format has no place for thoughts."""

    text: str
    finish_reason: Finish
    index: int = 0
    logprobs: None = None


class TextCompletion(msgspec.Struct, kw_only=True):
    """A whole answer; `model` is the one that wrote it, or its end, `ashao` tells of all."""

    id: str
    object: Literal["text_completion"] = "text_completion"
    created: int
    model: str
    choices: list[TextChoice]
    usage: Usage
    ashao: Writers | msgspec.UnsetType = msgspec.UNSET


def ask_of(body: CompletionBody) -> Ask:
    """What is asked. Raises UnsupportedValue."""
    text = body.prompt if isinstance(body.prompt, str) else "".join(body.prompt)
    params = sampling(
        temperature=body.temperature,
        top_p=body.top_p,
        budgets=(body.max_tokens,),
        stop=body.stop,
        seed=body.seed,
        raw=True,
    )
    return Ask(model=body.model, messages=said([Said("user", text)], "prompt"), params=params)


def text_completion(request: CompletionRequest, answer: WholeAnswer) -> TextCompletion:
    """A whole answer."""
    return TextCompletion(
        id=f"{ID_PREFIX}{request.job.id}",
        created=request.created,
        model=answer.by.model,
        ashao=answer.by.writers or msgspec.UNSET,
        choices=[TextChoice(answer.text, request.finish_reason(answer.done))],
        usage=usage_of(request, answer.done),
    )


class TextChunks(Chunks):
    """Chunks with text; one of thinking has none."""

    object = "text_completion"
    id_prefix = ID_PREFIX

    def choice(self, text: str, thinking: str = "") -> dict[str, Any]:
        """A piece of text."""
        return {"text": text}


def chunks_for(body: CompletionBody) -> Callable[[CompletionRequest], TextChunks]:
    """How the answer is streamed."""
    return lambda request: TextChunks(request, body.includes_usage)
