"""An orchestrator with a few jobs to give away, which remembers what was said of each."""

from queue import SimpleQueue
from typing import Any

from tests.pyodide.site_server import Reply

Messages = list[dict[str, str]]


class JobsServer:
    """Answers a worker's calls; `texts` and `tokens` hold each job's answer so far."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.tokens: list[int] = []
        self.completed: list[int] = []
        self.calls: list[str] = []
        self.releases: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self.is_away = False
        self._queue: list[tuple[int, Messages, dict[str, object]]] = []

    def enqueue(self, *messages: dict[str, str], **params: object) -> None:
        """One more job."""
        self._queue.append((len(self.texts), list(messages), params))
        self.texts.append("")
        self.tokens.append(0)

    def __call__(self, path: str, body: dict[str, Any]) -> Reply:
        """Reply to a POST request."""
        call = path.rpartition("/")[2]
        self.calls.append(call)
        if self.is_away:
            return 503, {"error": "The server is about to be back."}
        if call == "register":
            session = {"workerId": "w1", "token": "secret", "leaseMs": 15000, "heartbeatMs": 900}
            return 201, session
        if call == "claim":
            return 200, self._claim()
        if call == "token":
            self.texts[int(body["jobId"])] += body["value"]
            self.tokens[int(body["jobId"])] += body["tokens"]
        if call == "release":
            self.releases.put(body)
        if call == "complete":
            self.completed.append(int(body["jobId"]))
        return 200, {"cancel": []}

    def _claim(self) -> dict[str, Any]:
        if not self._queue:
            return {"job": None}
        number, messages, params = self._queue.pop(0)
        job = {"id": str(number), "tier": "pro", "model": "auto"}
        return {"job": job, "messages": messages, "attempt": 1, "nextSeq": 0, "params": params}
