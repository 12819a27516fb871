"""A person's client over HTTP: sends, follows the stream as a browser does, and keeps the order."""

from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from httpx_sse import ServerSentEvent, aconnect_sse

STREAM_TIMEOUT = httpx.Timeout(30, read=30)


@dataclass
class Answer:
    """What a client has seen of one answer."""

    text: str = ""
    thoughts: str = ""
    ids: list[int] = field(default_factory=list)
    last_id: str | None = None
    queued: list[int] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)

    def take(self, event: ServerSentEvent) -> bool:
        """Add an event; whether it was the last one. Fails when the order is broken."""
        data = event.json()
        if data["type"] == "queued":
            self.queued.append(data["position"])
            return False
        if event.id and event.id != self.last_id:  # by the standard it stays until the next one
            assert seq_of(event) == len(self.ids), f"after {self.ids[-1:]} came {event.id}"
            self.ids.append(seq_of(event))
            self.last_id = event.id
        if data["type"] == "token":
            self.text += data["value"]
            return False
        if data["type"] == "thinking":
            self.thoughts += data["value"]
            return False
        self.last = data
        return True


def seq_of(event: ServerSentEvent) -> int:
    """Its place among the events; readers need not know that an id begins with it."""
    return int(event.id.partition("-")[0])


class ChatClient:
    """One person with a cookie jar."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(
            base_url=url, timeout=STREAM_TIMEOUT, verify=False, trust_env=False
        )
        self._asked: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    def at(self, url: str) -> "ChatClient":
        """The same person at another orchestrator."""
        other = ChatClient(url)
        other.http.cookies.update(self.http.cookies)
        return other

    async def send(self, content: str = "Hello?", **more: Any) -> str:
        """The id of the job that the message became."""
        reply = await self.http.post("/api/chat/send", json={"content": content, **more})
        assert reply.status_code == 201, reply.text
        job_id: str = reply.json()["jobId"]
        self._asked.append(job_id)
        return job_id

    async def cancel_all(self) -> None:
        """Leave none of its questions to the next test, if its server is still there."""
        with suppress(httpx.TransportError):
            for job_id in self._asked:
                await self.http.post("/api/chat/cancel", json={"jobId": job_id})

    async def events(
        self, job_id: str, after: int | str | None = None
    ) -> AsyncGenerator[ServerSentEvent]:
        """The stream as it comes, until the server ends it."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        async with aconnect_sse(
            self.http, "GET", "/api/chat/stream", params={"jobId": job_id}, headers=headers
        ) as source:
            async for event in source.aiter_sse():
                if event.data:  # by the standard, a comment alone is no event
                    yield event

    async def answer(self, job_id: str, answer: Answer | None = None) -> Answer:
        """Follow to the end, coming back after every break from where it was."""
        answer = Answer() if answer is None else answer
        while True:
            try:
                async for event in self.events(job_id, answer.last_id):
                    if answer.take(event):
                        return answer
            except httpx.TransportError:
                continue
