"""A person's client over HTTP: sends, follows the stream as a browser does, and keeps the order."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from httpx_sse import ServerSentEvent, aconnect_sse

STREAM_TIMEOUT = httpx.Timeout(30, read=30)


@dataclass
class Answer:
    """What a client has seen of one answer."""

    text: str = ""
    ids: list[int] = field(default_factory=list)
    queued: list[int] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)

    def take(self, event: ServerSentEvent) -> bool:
        """Add an event; whether it was the last one. Fails when the order is broken."""
        data = event.json()
        if data["type"] == "queued":
            self.queued.append(data["position"])
            return False
        if event.id:
            assert int(event.id) == len(self.ids), f"after {self.ids[-1:]} came {event.id}"
            self.ids.append(int(event.id))
        if data["type"] == "token":
            self.text += data["value"]
            return False
        self.last = data
        return True


class ChatClient:
    """One person with a cookie jar."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(
            base_url=url, timeout=STREAM_TIMEOUT, verify=False, trust_env=False
        )

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
        return job_id

    async def events(
        self, job_id: str, after: int | None = None
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
                async for event in self.events(job_id, answer.ids[-1] if answer.ids else None):
                    if answer.take(event):
                        return answer
            except httpx.TransportError:
                continue
