"""A job's answer in the OpenAI format, whole; a caller that leaves cancels the job."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from ashao.api.openai_failures import BrokenOff
from ashao.api.openai_wire import AnswerMessage, ChatCompletion, Choice, Usage
from ashao.api.parts import Parts
from ashao.jobs.endings import SENTENCES, EndCode
from ashao.jobs.events import DoneEvent, ErrorEvent, Finish, TokenEvent
from ashao.jobs.job import JobView
from ashao.jobs.view import peek
from ashao.stream.resume import KeepAlive, Lost, follow
from ashao.stream.sse import client_left

FROM_THE_START = -1
GONE = "The caller went away."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A job, and what the form of its answer depends on.

    `notice` says why no worker is waited for.
    """

    job: JobView
    prompt_tokens: int
    max_tokens: int | None
    includes_usage: bool
    notice: str | None

    @property
    def id(self) -> str:
        """The answer's name in this format."""
        return f"chatcmpl-{self.job.id}"

    @property
    def created(self) -> int:
        """When it was asked, in epoch seconds."""
        return self.job.created_at // 1000

    @property
    def headers(self) -> dict[str, str]:
        """What is said beside the answer."""
        return {"Ashao-Notice": self.notice} if self.notice else {}

    def usage(self, tokens: int) -> Usage:
        """What it took, with `tokens` in the answer."""
        return Usage(self.prompt_tokens, tokens, self.prompt_tokens + tokens)

    def finish_reason(self, done: DoneEvent) -> Finish:
        """Whether the answer ended by itself or at its budget, which workers do not say."""
        is_spent = self.max_tokens is not None and done.tokens >= self.max_tokens
        return done.finish or ("length" if is_spent else "stop")


async def whole(parts: Parts, asked: Asked, receive: Any) -> ChatCompletion:
    """The answer when it is there. Raises BrokenOff."""
    collecting = asyncio.create_task(_collect(parts, asked))
    leaving = asyncio.create_task(client_left(receive))
    try:
        await asyncio.wait({collecting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not collecting.done():
            raise BrokenOff(GONE)
        return collecting.result()
    finally:
        collecting.cancel()
        leaving.cancel()
        await asyncio.gather(collecting, leaving, return_exceptions=True)
        await parts.completion.leave(asked.job)


async def told(parts: Parts, job: JobView) -> AsyncGenerator[TokenEvent | DoneEvent | KeepAlive]:
    """What the job says until it is done. Raises BrokenOff when it never will be.

    A process that is asked to leave waits for it, up to its bound; programs cannot resume.
    """
    following = follow(parts.jobs, parts.fanout, job, FROM_THE_START)
    async with contextlib.aclosing(following) as followed:
        async for each in followed:
            match each:
                case TokenEvent():
                    yield each
                case DoneEvent():
                    yield each
                    return
                case ErrorEvent():
                    ended = await peek(parts.jobs, job.id)
                    raise BrokenOff(each.message, ended.error if ended else None)
                case Lost():
                    raise BrokenOff(each.message)
                case _:
                    yield KeepAlive()
    await parts.completion.break_off(job)
    raise BrokenOff(SENTENCES[EndCode.RESTARTED], EndCode.RESTARTED)


async def model_of(parts: Parts, job: JobView) -> str:
    """The model that speaks now, or spoke last; else the one that was asked for."""
    now = await peek(parts.jobs, job.id)
    return (now and await parts.presence.spoke_last(now)) or job.model


async def _collect(parts: Parts, asked: Asked) -> ChatCompletion:
    text: list[str] = []
    done = DoneEvent(0, 0)
    async with contextlib.aclosing(told(parts, asked.job)) as telling:
        async for each in telling:
            if isinstance(each, TokenEvent):
                text.append(each.value)
            elif isinstance(each, DoneEvent):
                done = each
    answer = AnswerMessage("".join(text))
    return ChatCompletion(
        id=asked.id,
        created=asked.created,
        model=await model_of(parts, asked.job),
        choices=[Choice(answer, asked.finish_reason(done))],
        usage=asked.usage(done.tokens),
    )
