"""An orchestrator that a test plays by hand: it serves the built pages and says what it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from tests.ui.scripted_account import Reply, ScriptedAccount
from tests.ui.scripted_job import REPLY_SLACK_S, ScriptedJob

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}
NETWORK = {
    "workers": {"browser": 2, "native": 1},
    "working": 1,
    "queued": {"pro": 0, "max": 0},
    "jobsDone": 1204,
    "tokens": 310_000,
    "provider": None,
}
MODELS: list[dict[str, Any]] = [
    {
        "id": "tiny",
        "name": "Demonstration: recites one text",
        "engine": "webllm",
        "url": "/models/tiny/",
        "library": "/models/tiny/tiny.wasm",
        "demonstration": True,
        "sizeMb": 3.4,
        "vramMb": None,
        "contextTokens": 1024,
        "overrides": {},
        "features": [],
        "licence": "",
        "source": "",
        "reason": "",
    },
]


class ScriptedOrchestrator(ThreadingHTTPServer):
    """The pages and the endpoints that they use, on a free port of the loopback address."""

    daemon_threads = True

    def __init__(self, site: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site
        self.policies: dict[str, str] = json.loads((site / "manifest.json").read_text())["csp"]
        self.jobs: dict[str, ScriptedJob] = {}
        self.sent: Queue[ScriptedJob] = Queue()
        self.titles: dict[str, str] = {}
        self.forgotten: Queue[str] = Queue()
        self.account = ScriptedAccount()
        self.error_responses: list[tuple[int, str]] = []
        self.cancel_refusals: list[tuple[int, str]] = []
        self.requested: list[str] = []
        self.history = threading.Event()
        self.history.set()

    @property
    def url(self) -> str:
        """Where the chat page is."""
        return f"http://127.0.0.1:{self.server_port}"

    def next_job(self) -> ScriptedJob:
        """The next job that a page sends."""
        return self.sent.get(timeout=REPLY_SLACK_S)

    def refuse_next(self, status: int, error: str) -> None:
        """Answer the next message with an error."""
        self.error_responses.append((status, error))

    def take(self, body: dict[str, Any], key: str | None) -> ScriptedJob:
        """Make a job of a message."""
        body.setdefault("conversationId", "c" * 32)
        self.jobs.pop(body.get("retryOf", ""), None)
        job = ScriptedJob(uuid4().hex, body, key)
        self.jobs[job.id] = job
        self.sent.put(job)
        return job

    def forget(self, conversation_id: str) -> None:
        """Delete a conversation."""
        for job in list(self.jobs.values()):
            if job.sent["conversationId"] == conversation_id:
                del self.jobs[job.id]
        self.forgotten.put(conversation_id)

    def listed(self) -> list[dict[str, str]]:
        """The list of conversations; each is titled by its first question, unless renamed."""
        titles: dict[str, str] = {}
        for job in self.jobs.values():
            titles.setdefault(job.sent["conversationId"], job.sent["content"])
        titles |= {each: title for each, title in self.titles.items() if each in titles}
        return [
            {"id": each, "title": title, "updatedAt": "2026-01-01T12:00:00Z"}
            for each, title in titles.items()
        ]

    def conversation(self, conversation_id: str) -> list[dict[str, Any]]:
        """The kept messages, as the history has them."""
        return [
            message
            for job in self.jobs.values()
            if job.sent.get("conversationId") == conversation_id
            for message in (
                _kept("user", job.sent["content"], "done", job.id),
                _kept("assistant", job.text, job.status, job.id) | _writers(job),
            )
        ]


def _kept(role: str, content: str, status: str, job_id: str) -> dict[str, Any]:
    return {"role": role, "content": content, "status": status, "jobId": job_id}


def _writers(job: ScriptedJob) -> dict[str, Any]:
    return {"writtenBy": job.written_by} if job.written_by and job.status == "done" else {}


@contextmanager
def scripted_orchestrator(site: Path) -> Iterator[ScriptedOrchestrator]:
    """Serve until the block ends."""
    server = ScriptedOrchestrator(site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedOrchestrator

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.server.requested.append(address.path)
        if address.path == "/api/chat/stream":
            self._stream(parse_qs(address.query)["jobId"][0])
        elif address.path.startswith("/api/"):
            self._json(*self._read(address.path))
        else:
            self._file(address.path.lstrip("/") or "index.html")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/api/chat/send":
            self._json(*self._send_message(body))
        elif self.path == "/api/chat/cancel":
            self._json(*self._cancel(body))
        else:
            self._json(*self.server.account.post(self.path, body))

    def do_PATCH(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.titles[self.path.rpartition("/")[2]] = body["title"]
        self._json(200, {})

    def do_DELETE(self) -> None:
        conversation_id = self.path.rpartition("/")[2]
        if self.path.startswith("/api/conversations/"):
            self.server.forget(conversation_id)
            self._json(204, {})
        else:
            self._json(*self.server.account.delete(self.path))

    def _read(self, path: str) -> Reply:
        fixed = {
            "/api/network": NETWORK,
            "/api/models": {"models": MODELS},
            "/api/conversations": {"conversations": self.server.listed()},
        }
        if path in fixed:
            return 200, fixed[path]
        if path.startswith("/api/conversations/"):
            self.server.history.wait(REPLY_SLACK_S)
        conversation_id = path.rpartition("/")[2]
        if messages := self.server.conversation(conversation_id):
            title = {each["id"]: each["title"] for each in self.server.listed()}[conversation_id]
            return 200, {"id": conversation_id, "title": title, "messages": messages}
        return self.server.account.get(path)

    def _send_message(self, body: dict[str, Any]) -> Reply:
        if self.server.error_responses:
            status, error = self.server.error_responses.pop(0)
            return status, {"error": error}
        job = self.server.take(body, self.headers["Idempotency-Key"])
        return 201, {"jobId": job.id, "conversationId": job.sent["conversationId"]}

    def _cancel(self, body: dict[str, Any]) -> Reply:
        if self.server.cancel_refusals:
            status, error = self.server.cancel_refusals.pop(0)
            return status, {"error": error}
        job = self.server.jobs[body["jobId"]]
        job.is_cancelled.set()
        job.fail("cancelled")
        return 200, {"cancelled": True}

    def _stream(self, job_id: str) -> None:
        job = self.server.jobs[job_id]
        last_id = self.headers["Last-Event-ID"]
        job.readers.append(last_id)
        if job.is_stream_gone:
            return self._head(204, "text/event-stream", {})
        self._head(200, "text/event-stream", {})
        for frame in job.frames(-1 if last_id is None else int(last_id.partition("-")[0])):
            self.wfile.write(frame)

    def _file(self, path: str) -> None:
        file = self.server.site / path
        if not file.is_file():
            return self._json(404, {"error": "There is nothing here."})
        policy = {"content-security-policy": self.server.policies.get(path, "default-src 'none'")}
        self._head(200, TYPES.get(file.suffix, "application/octet-stream"), policy)
        self.wfile.write(file.read_bytes())

    def _json(self, status: int, body: object) -> None:
        self._head(status, "application/json", {})
        if status != 204:
            self.wfile.write(json.dumps(body).encode())

    def _head(self, status: int, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's output is the story."""
