"""A provider takes a job that no worker took: it claims, publishes and finishes as a worker does.

Nobody need be listening. If this process dies, the claim's lease lapses and another process's
sweeper finds the job.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import structlog

from ashao.errors import Fence, NoSuchJob, StoreUnavailable
from ashao.jobs import claim as claiming
from ashao.jobs import finish, publish, renew
from ashao.jobs.endings import FailCode
from ashao.jobs.job import ANY_MODEL, Claim, JobId, Producer, ProducerId
from ashao.jobs.view import peek
from ashao.providers.failures import Failure, ProviderError
from ashao.providers.provider import Message, Params, Provider

if TYPE_CHECKING:
    from ashao.jobs.scripts import JobStore
    from ashao.providers.registry import Providers

log = structlog.get_logger(__name__)

type Texts = AsyncIterator[str]

CHARACTERS_PER_TOKEN = 4
STORE_TRIES = 20
STORE_PAUSE_S = 0.5

FAIL_CODES = {
    Failure.REFUSED: FailCode.REFUSED,
    Failure.BAD_REQUEST: FailCode.BAD_REQUEST,
    Failure.TIMEOUT: FailCode.TIMEOUT,
    Failure.BROKEN_STREAM: FailCode.ENGINE,
}


class Fallback:
    """The jobs that providers of this process are writing."""

    def __init__(self, jobs: "JobStore", providers: "Providers") -> None:
        self._jobs = jobs
        self._providers = providers
        self._writing: dict[JobId, asyncio.Task[None]] = {}

    def take(self, job_id: JobId) -> None:
        """Have a provider write the job, unless one here does already. Returns at once."""
        if job_id not in self._writing:
            task = asyncio.create_task(self._take(job_id), name=f"fallback-{job_id}")
            self._writing[job_id] = task
            task.add_done_callback(lambda _: self._writing.pop(job_id, None))

    async def stop(self) -> None:
        """Hand every job back, so that another process's provider goes on at once."""
        writing = list(self._writing.values())
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)

    async def _take(self, job_id: JobId) -> None:
        try:
            job = await peek(self._jobs, job_id)
            for provider in self._providers.in_order(job.model if job else ANY_MODEL):
                producer = Producer(ProducerId(provider.id), "provider")
                claimed = await claiming.claim(self._jobs, job_id, producer)
                if claimed is not None:
                    await self.serve(provider, claimed, self.asked(provider, claimed))
                    return
            await finish.give_up(self._jobs, job_id)
        except (NoSuchJob, StoreUnavailable):
            # The sweeper reads the deadline again and comes back.
            return

    @contextlib.asynccontextmanager
    async def asked(self, provider: Provider, claimed: Claim) -> AsyncGenerator[Texts]:
        """The provider's answer as it comes; leaving closes the request. Raises ProviderError."""
        with self._providers.asking(provider):
            async with provider.stream(_messages(claimed), _params(claimed)) as answer:
                yield aiter(answer)

    async def serve(
        self, provider: Provider, claimed: Claim, answer: AbstractAsyncContextManager[Texts]
    ) -> None:
        """Write the answer for a claim that the provider holds, to whatever end it comes."""
        writing = asyncio.create_task(self._write(provider, claimed, answer))
        renewing = asyncio.create_task(self._keep_lease(provider, claimed))
        try:
            await asyncio.wait({writing, renewing}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await _settled(writing, renewing)
            await self._release(provider, claimed)
            raise
        await _settled(writing, renewing)

    async def _write(
        self, provider: Provider, claimed: Claim, answer: AbstractAsyncContextManager[Texts]
    ) -> None:
        """Write the answer; a fence that refuses means that the job is no longer ours."""
        with contextlib.suppress(Fence, NoSuchJob):
            await self._write_or_fail(provider, claimed, answer)

    async def _write_or_fail(
        self, provider: Provider, claimed: Claim, answer: AbstractAsyncContextManager[Texts]
    ) -> None:
        try:
            async with answer as texts:
                await self._publish_all(provider, claimed, texts)
            await _patiently(
                lambda: finish.complete(
                    self._jobs, claimed.job_id, ProducerId(provider.id), claimed.attempt
                )
            )
        except ProviderError as error:
            log.warning("provider_failed", provider=provider.id, code=error.code, cause=error.cause)
            await self._fail(provider, claimed, FAIL_CODES.get(error.code, FailCode.UNAVAILABLE))

    async def _publish_all(self, provider: Provider, claimed: Claim, texts: Texts) -> None:
        seq = claimed.next_seq
        async for text in texts:
            await self._publish(provider, claimed, seq, text)
            seq += 1

    async def _publish(self, provider: Provider, claimed: Claim, seq: int, text: str) -> None:
        """Publish one piece."""
        tokens = max(1, len(text) // CHARACTERS_PER_TOKEN)
        producer = ProducerId(provider.id)
        await _patiently(
            lambda: publish.publish(
                self._jobs, claimed.job_id, producer, claimed.attempt, seq, text, tokens
            )
        )

    async def _fail(self, provider: Provider, claimed: Claim, code: FailCode) -> None:
        await _patiently(
            lambda: finish.fail_attempt(
                self._jobs, claimed.job_id, ProducerId(provider.id), claimed.attempt, code
            )
        )

    async def _release(self, provider: Provider, claimed: Claim) -> None:
        try:
            await finish.release(
                self._jobs, claimed.job_id, ProducerId(provider.id), claimed.attempt
            )
        except (Fence, NoSuchJob, StoreUnavailable) as error:
            log.info("release_too_late", reason=type(error).__name__)

    async def _keep_lease(self, provider: Provider, claimed: Claim) -> None:
        """Renew the claim until it is no longer current."""
        held = [(claimed.job_id, claimed.attempt)]
        while True:
            await asyncio.sleep(self._jobs.rules.lease_ms / 3000)
            try:
                if await renew.renew(self._jobs, ProducerId(provider.id), held):
                    return
            except StoreUnavailable:
                continue


async def _patiently(call: Callable[[], Awaitable[object]]) -> None:
    """A store that is away for a while is waited for: the very same call again changes nothing."""
    for _ in range(STORE_TRIES - 1):
        try:
            await call()
        except StoreUnavailable:
            await asyncio.sleep(STORE_PAUSE_S)
        else:
            return
    await call()


async def _settled(*tasks: asyncio.Task[None]) -> None:
    """Cancel the tasks and wait for them; a defect inside one is not swallowed."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception) and not isinstance(outcome, StoreUnavailable):
            raise outcome


def _messages(claimed: Claim) -> list[Message]:
    return [Message(each.role, each.content) for each in claimed.messages]


def _params(claimed: Claim) -> Params:
    given = claimed.params
    return Params(
        temperature=given.temperature,
        top_p=given.top_p,
        max_tokens=given.max_tokens,
        stop=tuple(given.stop or ()),
        seed=given.seed,
    )
