"""A person who never gives up: every call goes to either orchestrator until one answers."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress

import httpx
from httpx_sse import EventSource, aconnect_sse

from tests.support.chat_client import Answer

TIMEOUT = httpx.Timeout(15, connect=2)
PAUSE_S = 0.1


class Reader:
    """One person with a cookie; asks one question after another."""

    def __init__(self, urls: Sequence[str], seed: float) -> None:
        self._urls = urls
        self._rng = random.Random(seed)
        self._http = httpx.AsyncClient(timeout=TIMEOUT, verify=False, trust_env=False)
        self.answers: list[tuple[str, Answer]] = []

    async def ask(self, question: str) -> None:
        """Have a question answered, whatever happens meanwhile."""
        job_id = await self._accepted(question)
        answer = Answer()
        self.answers.append((question, answer))
        while not answer.last:
            await self._follow(job_id, answer)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _accepted(self, question: str) -> str:
        """The same key with every try: a question is never asked twice."""
        key = {"Idempotency-Key": f"{self._rng.random()}"}
        while True:
            url = f"{self._rng.choice(self._urls)}/api/chat/send"
            try:
                reply = await self._http.post(url, json={"content": question}, headers=key)
            except httpx.TransportError:
                await asyncio.sleep(PAUSE_S)
                continue
            if reply.status_code == 201:
                job_id: str = reply.json()["jobId"]
                return job_id
            assert reply.status_code == 503, reply.text
            await asyncio.sleep(PAUSE_S)

    async def _follow(self, job_id: str, answer: Answer) -> None:
        """Read on from what is there, as far as it goes. A broken order fails."""
        url = f"{self._rng.choice(self._urls)}/api/chat/stream"
        last = {"Last-Event-ID": answer.last_id} if answer.last_id else {}
        with suppress(httpx.TransportError):
            async with aconnect_sse(
                self._http, "GET", url, params={"jobId": job_id}, headers=last
            ) as source:
                status = source.response.status_code
                if status == 200:
                    await _take_all(source, answer)
                assert status in (200, 503), status
        if not answer.last:
            await asyncio.sleep(PAUSE_S)


async def _take_all(source: EventSource, answer: Answer) -> None:
    async for event in source.aiter_sse():
        if event.data and answer.take(event):
            return
