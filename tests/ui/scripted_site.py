"""The built pages before an orchestrator that plays a script: answers, breaks, refusals.

It keeps the promises of the real one: events by id, resumption after `Last-Event-ID`, 204 after the
last event, one job for one Idempotency-Key.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.pyodide.site_server import TYPES
from tests.ui.scripted_answer import ScriptedAnswer

CONVERSATION = "c" * 32
NETWORK = {
    "workers": {"browser": 2, "native": 1},
    "working": 1,
    "queued": {"pro": 0, "max": 0},
    "jobsDone": 41,
    "tokens": 1000,
    "provider": None,
}
Reply = tuple[int, dict[str, Any]]


class ScriptedSite(ThreadingHTTPServer):
    """One site on a free port; `script` holds the answers to come."""

    daemon_threads = True

    def __init__(self, site: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site
        self.policies: dict[str, str] = json.loads((site / "manifest.json").read_text())["csp"]
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.script: list[ScriptedAnswer] = []
        self.jobs: dict[str, ScriptedAnswer] = {}
        self.questions: dict[str, str] = {}
        self.models: list[dict[str, Any]] = []
        self.requested: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.lost_replies = 0
        self.cancelled: list[str] = []

    def send(self, body: dict[str, Any], key: str) -> Reply:
        """A question becomes a job; a repeated key gives the first job again."""
        self.sent.append(body)
        self.keys.append(key)
        job_id = f"{self.keys.index(key) + 1:032x}"
        if job_id not in self.jobs:
            self.jobs[job_id] = self.script.pop(0)
            self.questions.pop(body.get("retryOf", ""), None)
            self.questions[job_id] = body["content"]
        refusal = self.jobs[job_id].refusal
        return refusal or (201, {"jobId": job_id, "conversationId": CONVERSATION})

    def cancel(self, body: dict[str, Any]) -> Reply:
        """The answer ends where it is."""
        self.cancelled.append(body["jobId"])
        self.jobs[body["jobId"]].cancel()
        return 200, {"cancelled": True}

    def get(self, path: str) -> Reply:
        """What a page may ask beside an answer's stream."""
        summary = {"id": CONVERSATION, "title": "A kept one", "updatedAt": "2026-01-01T00:00:00Z"}
        replies: dict[str, dict[str, Any]] = {
            "/api/network": NETWORK,
            "/api/models": {"models": self.models},
            "/api/conversations": {"conversations": [summary] if self.questions else []},
            f"/api/conversations/{CONVERSATION}": {**summary, "messages": self._messages()},
        }
        return (200, replies[path]) if path in replies else (404, {"error": "Not found."})

    def file(self, path: str) -> Path | None:
        """The file of the site at a URL's path."""
        found = (self.site / path.lstrip("/")).resolve()
        return found if found.is_file() and found.is_relative_to(self.site.resolve()) else None

    def _messages(self) -> list[dict[str, str]]:
        kept = []
        for job_id, question in self.questions.items():
            answer = self.jobs[job_id]
            kept += [
                {"role": "user", "content": question, "status": "done", "jobId": job_id},
                {"role": "assistant", "jobId": job_id, **answer.kept()},
            ]
        return kept


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedSite

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.server.requested.append(url.path)
        if url.path == "/api/chat/stream":
            self._stream(self.server.jobs[parse_qs(url.query)["jobId"][0]])
        elif url.path.startswith("/api/"):
            self._json(*self.server.get(url.path))
        else:
            self._file("index.html" if url.path == "/" else url.path.lstrip("/"))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/api/chat/cancel":
            return self._json(*self.server.cancel(body))
        reply = self.server.send(body, self.headers["idempotency-key"])
        if self.server.lost_replies > 0:
            self.server.lost_replies -= 1
            return None  # the job exists, but its sender never learns of it
        return self._json(*reply)

    def _stream(self, answer: ScriptedAnswer) -> None:
        after = int(self.headers.get("last-event-id", -1))
        if answer.is_down():
            return self._json(503, {"error": "The server is starting."})
        if answer.is_over(after):
            self.send_response(204)
            return self.end_headers()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.end_headers()
        for part in answer.bytes_after(after):
            self.wfile.write(part)
            self.wfile.flush()
        return None

    def _file(self, path: str) -> None:
        file = self.server.file(path)
        if file is None:
            return self._reply(404, b"", "text/plain")
        policy = self.server.policies.get(path, "default-src 'none'")
        return self._reply(200, file.read_bytes(), TYPES[file.suffix], policy)

    def _json(self, status: int, reply: dict[str, Any]) -> None:
        self._reply(status, json.dumps(reply).encode(), "application/json")

    def _reply(self, status: int, body: bytes, kind: str, policy: str = "") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if policy:
            self.send_header("content-security-policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's output is the story."""


@contextmanager
def scripted_site(site: Path) -> Iterator[ScriptedSite]:
    """Serve the site until the block ends."""
    server = ScriptedSite(site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        for answer in server.jobs.values():
            answer.go_on()
        server.shutdown()
        server.server_close()
        thread.join()
