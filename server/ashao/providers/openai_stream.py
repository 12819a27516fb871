"""What an endpoint answers in the OpenAI format, as far as the SDK leaves it open."""

import json
from collections.abc import AsyncGenerator
from typing import Any

from openai import AsyncStream
from openai.types.chat import ChatCompletionChunk

from ashao.providers.answer import Usage
from ashao.providers.failures import Failure, ProviderError
from ashao_text.finish import BROKEN_OFF


class ChunkStream(AsyncStream[ChatCompletionChunk]):
    """The SDK's stream, which knows whether it came to its end or was only cut off."""

    is_whole = False

    async def chunks(self) -> AsyncGenerator[ChatCompletionChunk]:
        """The chunks; an answer that is no stream, for some cannot, is one chunk."""
        if self.response.headers.get("content-type", "").startswith("application/json"):
            answer = json.loads(await self.response.aread())
            for choice in answer["choices"]:
                choice["delta"] = choice.pop("message")
            self.is_whole = True
            yield ChatCompletionChunk.construct(**answer)
            return
        async for chunk in self:
            yield chunk

    async def _iter_events(self) -> AsyncGenerator[Any]:
        async for event in super()._iter_events():
            self.is_whole = self.is_whole or event.data.startswith("[DONE]")
            yield event


def thought_in(chunk: ChatCompletionChunk) -> str:
    """What the model thinks, in a field that OpenAI's own format lacks."""
    more = (chunk.choices[0].delta.model_extra if chunk.choices else None) or {}
    found = more.get("reasoning_content") or more.get("reasoning")
    return found if isinstance(found, str) else ""


def text_of(chunk: ChatCompletionChunk) -> str:
    """The chunk's words. Raises ProviderError (refused)."""
    delta = chunk.choices[0].delta if chunk.choices else None
    if delta and delta.refusal:
        raise ProviderError(Failure.REFUSED, cause="Refusal")
    content: object = delta.content if delta else None
    if isinstance(content, list):  # of parts
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def calls_in(chunk: ChatCompletionChunk) -> list[tuple[str, str, str]]:
    """Name, arguments and id of each call's piece, empty where it does not say."""
    found: Any = (chunk.choices[0].delta.tool_calls if chunk.choices else None) or []
    pieces = ((each.function, each.id) for each in found if each.function)
    return [(function.name or "", function.arguments or "", id_ or "") for function, id_ in pieces]


def finish_in(chunk: ChatCompletionChunk) -> str | None:
    """Why the model ended, if it did and says so. Raises ProviderError (refused, broken off)."""
    finish = chunk.choices[0].finish_reason if chunk.choices else None
    if finish == "content_filter":
        raise ProviderError(Failure.REFUSED, cause=finish)
    if finish in BROKEN_OFF:
        raise ProviderError(Failure.BROKEN_STREAM, cause="BrokenOff")
    return finish or None


def usage_in(chunk: ChatCompletionChunk) -> Usage | None:
    """What it took, if that is known."""
    told: Any = chunk.usage  # the SDK checks no types
    if not told or told.completion_tokens is None:
        return None
    details = told.completion_tokens_details
    thoughts = (details.reasoning_tokens if details else None) or 0
    return Usage(told.prompt_tokens or 0, told.completion_tokens, thoughts)
