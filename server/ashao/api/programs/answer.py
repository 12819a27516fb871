"""A program's job and its answer, in no protocol's words; a caller that leaves cancels the job."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from ashao.api.programs.errors import CompletionFailed
from ashao.api.writers import Writers, shown_writers
from ashao.chat.answers import written_by
from ashao.jobs.codes import SENTENCES, EndCode
from ashao.jobs.event import DoneEvent, ErrorEvent, TokenEvent
from ashao.jobs.event_id import FROM_THE_START
from ashao.jobs.job import JobView
from ashao.jobs.read import get_job
from ashao.messages import Finish
from ashao.services import Services
from ashao.stream.resume import KeepAlive, Lost, follow
from ashao.stream.sse import client_left
from ashao.tasks import cancel_and_join, spawn
from ashao_text.tools.description import Tools

GONE = "The caller went away."


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRequest:
    """A request that became a job. `notice` says why no worker is waited for; `tools` are those
    that may be called."""

    job: JobView
    prompt_tokens: int
    max_tokens: int | None
    notice: str | None
    tools: Tools | None = None

    @property
    def created(self) -> int:
        """When it was asked, in epoch seconds."""
        return self.job.created_at // 1000

    @property
    def headers(self) -> dict[str, str]:
        """What is said beside the answer."""
        return {"Ashao-Notice": self.notice} if self.notice else {}

    def finish_reason(self, done: DoneEvent) -> Finish:
        """Why the answer ended; older workers do not say whether it was at its budget."""
        if done.filtered:
            return "content_filter"
        is_spent = self.max_tokens is not None and done.tokens >= self.max_tokens
        return done.finish or ("length" if is_spent else "stop")


@dataclass(frozen=True, slots=True)
class Answerer:
    """The model that speaks, or the one that was asked for, and all who wrote, if that is told."""

    model: str
    writers: Writers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeAnswer:
    """An answer that came to its end, and who wrote it, or its end."""

    text: str
    thinking: str
    by: Answerer
    done: DoneEvent


async def whole_answer(services: Services, request: CompletionRequest, receive: Any) -> WholeAnswer:
    """The answer when it is there. Raises CompletionFailed."""
    collecting = spawn("answer", _collect(services, request), handled=(Exception,))
    leaving = spawn("answer-client", client_left(receive))
    try:
        await asyncio.wait({collecting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not collecting.done():
            raise CompletionFailed(GONE)
        return collecting.result()
    finally:
        await cancel_and_join(collecting, leaving)
        await services.completions.abandon(request.job)


async def job_events(
    services: Services, job: JobView
) -> AsyncGenerator[TokenEvent | DoneEvent | KeepAlive]:
    """A job's events until it is done. Raises CompletionFailed when it never will be.

    A process that is asked to leave waits for it, up to its bound; programs cannot resume.
    """
    following = follow(services.jobs, services.fanout, job, FROM_THE_START)
    async with contextlib.aclosing(following) as followed:
        async for each in followed:
            match each:
                case TokenEvent():
                    yield each
                case DoneEvent():
                    yield each
                    return
                case ErrorEvent():
                    ended = await get_job(services.jobs, job.id)
                    raise CompletionFailed(each.message, ended.error if ended else None)
                case Lost():
                    raise CompletionFailed(each.message, each.code)
                case _:
                    yield KeepAlive()
    await services.completions.interrupt(job)
    raise CompletionFailed(SENTENCES[EndCode.RESTARTED], EndCode.RESTARTED)


async def answerer_of(services: Services, job: JobView) -> Answerer:
    """Who speaks now, or spoke last."""
    now = await get_job(services.jobs, job.id)
    if now is None:
        return Answerer(job.model)
    model = await services.presence.last_model(now)
    return Answerer(model or job.model, shown_writers(written_by(now), services.settings))


async def _collect(services: Services, request: CompletionRequest) -> WholeAnswer:
    pieces: list[TokenEvent] = []
    done = DoneEvent(0, 0)
    async with contextlib.aclosing(job_events(services, request.job)) as events:
        async for each in events:
            if isinstance(each, TokenEvent):
                pieces.append(each)
            elif isinstance(each, DoneEvent):
                done = each
    return WholeAnswer(
        text="".join(each.value for each in pieces),
        thinking="".join(each.thinking for each in pieces),
        by=await answerer_of(services, request.job),
        done=done,
    )
