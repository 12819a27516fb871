"""A worker over HTTP that does what a test says, step by step; nothing happens by itself."""

from typing import Any

import httpx


class ScriptedWorker:
    """Speaks the workers' contract."""

    def __init__(
        self, url: str, *, kind: str = "browser", model: str = "scripted", **more: Any
    ) -> None:
        self.http = httpx.AsyncClient(base_url=url, timeout=30, verify=False, trust_env=False)
        self._kind = kind
        self._model = model
        self._more = more
        self.id = ""
        self.token = ""

    async def __aenter__(self) -> "ScriptedWorker":
        await self.register()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def register(self, **more: Any) -> None:
        """Get a name and a token."""
        body = {"type": self._kind, "model": self._model, **self._more, **more}
        reply = await self.http.post("/api/worker/register", json=body)
        assert reply.status_code == 201, reply.text
        self.id, self.token = reply.json()["workerId"], reply.json()["token"]

    def at(self, url: str) -> "ScriptedWorker":
        """The same worker, speaking to another orchestrator; open it with its `http`."""
        other = ScriptedWorker(url, kind=self._kind, model=self._model)
        other.id, other.token = self.id, self.token
        return other

    async def beat(self, claimed: dict[str, Any]) -> list[str]:
        """A sign of life that names the claim; the jobs to stop."""
        held = {"jobId": claimed["job"]["id"], "attempt": claimed["attempt"]}
        reply = await self.post("heartbeat", workerId=self.id, jobs=[held])
        cancel: list[str] = reply.json()["cancel"]
        return cancel

    async def fail(self, claimed: dict[str, Any], error: str = "engine_error") -> httpx.Response:
        """Give up."""
        return await self.post(
            "fail", jobId=claimed["job"]["id"], attempt=claimed["attempt"], error=error
        )

    async def post(self, verb: str, **body: Any) -> httpx.Response:
        """Any call, with our token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.http.post(f"/api/worker/{verb}", json=body, headers=headers)

    async def claim(self, tier: str = "pro", wait_ms: int = 10_000) -> dict[str, Any]:
        """Wait for a job; fails when none came."""
        reply = await self.post("claim", workerId=self.id, tier=tier, waitMs=wait_ms)
        assert reply.status_code == 200, reply.text
        claimed: dict[str, Any] = reply.json()
        assert claimed["job"] is not None, "no job came"
        return claimed

    async def say(
        self, claimed: dict[str, Any], seq: int, value: str, **more: Any
    ) -> httpx.Response:
        """Publish one piece."""
        return await self.post(
            "token",
            jobId=claimed["job"]["id"],
            attempt=claimed["attempt"],
            seq=seq,
            value=value,
            **more,
        )

    async def think(self, claimed: dict[str, Any], seq: int, value: str) -> httpx.Response:
        """Publish one piece of thinking."""
        return await self.say(claimed, seq, value, kind="thinking")

    async def complete(self, claimed: dict[str, Any], **more: Any) -> httpx.Response:
        """The answer is whole."""
        return await self.post(
            "complete",
            jobId=claimed["job"]["id"],
            attempt=claimed["attempt"],
            workerId=self.id,
            **more,
        )
