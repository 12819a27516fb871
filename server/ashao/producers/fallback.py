"""A provider takes a job that no worker took: it claims, publishes and finishes as a worker does.

Nobody need be listening. If this process dies, the claim's lease lapses and another process's
sweeper finds the job.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import structlog

from ashao.errors import AshaoError, Fence, NoSuchJob, StaleAttempt, StoreUnavailable
from ashao.jobs import claim as claiming
from ashao.jobs import finish, publish
from ashao.jobs.codes import FailCode
from ashao.jobs.job import Claim, JobId, JobView
from ashao.jobs.read import get_job
from ashao.producers.fail_codes import fail_code_of
from ashao.producers.producer_of import producer_id, producer_of
from ashao.producers.short_parts import short_parts
from ashao.providers.answer import Answer, Part, Thought
from ashao.providers.failures import Failure, ProviderError, ProviderUnavailable
from ashao.providers.provider import Provider
from ashao.tasks import cancel_and_join, spawn
from ashao_text.tokens import CHARACTERS_PER_TOKEN

if TYPE_CHECKING:
    from ashao.jobs.store import JobStore
    from ashao.providers.registry import Providers

log = structlog.get_logger(__name__)

RENEW_EVERY_S = 0.9  # a cancelled job is found by its renewal, within a second
STORE_TRIES = 20
STORE_PAUSE_S = 0.5


class Fallback:
    """The jobs that providers of this process are writing."""

    def __init__(self, jobs: "JobStore", providers: "Providers") -> None:
        self._jobs, self._providers = jobs, providers
        self._writing: dict[JobId, asyncio.Task[None]] = {}

    def take(self, job_id: JobId) -> None:
        """Have a provider write the job, unless one here does already. Returns at once."""
        if job_id not in self._writing:
            task = spawn(f"fallback-{job_id}", self._take(job_id))
            self._writing[job_id] = task
            task.add_done_callback(lambda _: self._writing.pop(job_id, None))

    async def stop(self) -> None:
        """Hand every job back, so that another process's provider goes on at once."""
        await cancel_and_join(*self._writing.values())

    async def _take(self, job_id: JobId) -> None:
        # Over, or another's, or to be found by its deadline: the sweeper comes back.
        with contextlib.suppress(Fence, NoSuchJob, StoreUnavailable):
            job = await get_job(self._jobs, job_id)
            if job is not None and not await self._take_turns(job):
                await finish.give_up(self._jobs, job_id, map(producer_id, self._able(job)))

    def _able(self, job: JobView) -> list[Provider]:
        ours = self._providers.of(is_programs=job.is_programs)
        return [] if job.is_workers_alone else ours

    async def _take_turns(self, job: JobView) -> bool:
        """Let one provider after the other try, the next going on where one failed.

        False when there is nobody left to ask.
        """
        turns = self._providers.candidates(job.model, job.tried, is_programs=job.is_programs)
        turns = turns if self._able(job) else []
        for number, provider in enumerate(turns, 1):
            is_last = all(each.id in job.tried for each in turns[number:])
            try:
                if await self._write(provider, job.id, is_last=is_last):
                    return True
            except ProviderError as error:
                if error.code is Failure.REFUSED or (error.is_final and is_last):
                    return True
        return False

    async def _write(self, provider: Provider, job_id: JobId, *, is_last: bool) -> bool:
        """Write the job; False when this provider may not claim it. Raises ProviderError."""
        claimed = await claiming.claim(self._jobs, job_id, producer_of(provider))
        if claimed is None:
            return False
        if claimed.is_workers_alone:  # since the provider before
            await self._release(provider, claimed)
            return False
        try:
            async with self.asked(provider, claimed) as answer:
                await self.serve(provider, claimed, answer, is_last=is_last)
        except ProviderUnavailable:  # since a moment ago: it was not asked, which is no failure
            await self._release(provider, claimed)
            raise
        return True

    @contextlib.asynccontextmanager
    async def asked(self, provider: Provider, claimed: Claim) -> AsyncGenerator[Answer]:
        """The provider's answer as it comes; leaving closes the request. Raises ProviderError."""
        with self._providers.tracking(provider):
            async with provider.stream(claimed.messages, claimed.params) as answer:
                yield answer

    async def serve(
        self,
        provider: Provider,
        claimed: Claim,
        answer: Answer,
        first: str = "",
        *,
        is_last: bool = True,
    ) -> None:
        """Write the answer for a claim that the provider holds, until it is whole.

        `first` is what was read of it already. Unless the provider `is_last`, a request that it
        cannot take goes to the next one. Raises ProviderError when the provider failed, which
        the job has been told, and Fence or NoSuchJob when the job is no longer ours.
        """
        writing = spawn(
            f"write-{claimed.job_id}",
            self._write_or_fail(provider, claimed, answer, first, is_last=is_last),
            handled=(Exception,),  # raised below
        )
        renewing = spawn(
            f"renew-{claimed.job_id}", self._keep_lease(provider, claimed), handled=(Exception,)
        )
        try:
            await asyncio.wait({writing, renewing}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            with contextlib.suppress(AshaoError):
                await _cancel_and_raise(writing, renewing)
            await self._release(provider, claimed)
            raise
        await _cancel_and_raise(writing, renewing)

    async def _write_or_fail(
        self, provider: Provider, claimed: Claim, answer: Answer, first: str, *, is_last: bool
    ) -> None:
        """Whatever goes wrong with an answer is its provider's failure; the words are not told."""
        try:
            await self._publish_all(provider, claimed, short_parts(first, answer.parts))
            return await self._complete(provider, claimed, answer)
        except (Fence, NoSuchJob, StoreUnavailable):
            raise
        except ProviderError as error:
            failed = error
        except Exception as error:
            failed = ProviderError(Failure.BROKEN_STREAM, cause=type(error).__name__)
        log.warning("provider_failed", provider=provider.id, code=failed.code, cause=failed.cause)
        await self._fail(provider, claimed, fail_code_of(failed.code, is_last=is_last))
        raise failed

    async def _complete(self, provider: Provider, claimed: Claim, answer: Answer) -> None:
        await _with_store_retries(
            lambda: finish.complete(
                self._jobs,
                claimed.job_id,
                producer_id(provider),
                claimed.attempt,
                attempt_tokens=answer.tokens,
                reason=answer.finish,
            )
        )

    async def _publish_all(
        self, provider: Provider, claimed: Claim, pieces: AsyncIterator[Part]
    ) -> None:
        seq = claimed.next_seq
        async for piece in pieces:
            await self._publish(provider, claimed, seq, piece)
            seq += 1

    async def _publish(self, provider: Provider, claimed: Claim, seq: int, piece: Part) -> None:
        """Publish one piece; its tokens are an estimate, corrected for text at the end if it can
        be. Raises StaleAttempt, also when thinking without end has just lost the claim."""
        kind: publish.PieceKind = "thinking" if isinstance(piece, Thought) else "text"
        text = piece.text if isinstance(piece, Thought) else piece
        tokens = max(1, len(text) // CHARACTERS_PER_TOKEN)
        writer = producer_id(provider)

        async def call() -> None:
            result = await publish.publish(
                self._jobs, claimed.job_id, writer, claimed.attempt, seq, text, tokens, kind
            )
            if result == "lost":
                raise StaleAttempt(seq)

        await _with_store_retries(call)

    async def _fail(self, provider: Provider, claimed: Claim, code: FailCode) -> None:
        await _with_store_retries(
            lambda: finish.fail_attempt(
                self._jobs, claimed.job_id, producer_id(provider), claimed.attempt, code
            )
        )

    async def _release(self, provider: Provider, claimed: Claim) -> None:
        try:
            await finish.release(self._jobs, claimed.job_id, producer_id(provider), claimed.attempt)
        except (Fence, NoSuchJob, StoreUnavailable) as error:
            log.info("release_too_late", reason=type(error).__name__)

    async def _keep_lease(self, provider: Provider, claimed: Claim) -> None:
        """Renew the claim, which raises StaleAttempt once it is no longer current."""
        held = [(claimed.job_id, claimed.attempt)]
        while True:
            await asyncio.sleep(min(RENEW_EVERY_S, self._jobs.rules.lease_ms / 3000))
            try:
                lost = await publish.renew(self._jobs, producer_id(provider), held)
            except StoreUnavailable:
                continue
            if lost:
                raise StaleAttempt(claimed.next_seq)


async def _with_store_retries(call: Callable[[], Awaitable[object]]) -> None:
    """A store that is away for a while is waited for: the very same call again changes nothing."""
    for _ in range(STORE_TRIES - 1):
        try:
            await call()
        except StoreUnavailable:
            await asyncio.sleep(STORE_PAUSE_S)
        else:
            return
    await call()


async def _cancel_and_raise(*tasks: asyncio.Task[None]) -> None:
    """Cancel the tasks and wait for them; what one of them raised is raised here."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
