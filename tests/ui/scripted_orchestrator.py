"""An orchestrator that a test plays by hand: it serves the built pages and says what it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

PATIENCE_S = 15.0
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
        "url": "/models/tiny/",
        "library": "/models/tiny/tiny.wasm",
        "demonstration": True,
        "sizeMb": 3.4,
        "vramMb": None,
        "contextTokens": 1024,
        "features": [],
    },
]


class ScriptedJob:
    """A job whose events a test says one by one; its log is kept for readers that come again."""

    def __init__(self, job_id: str, sent: dict[str, Any], key: str | None) -> None:
        self.id = job_id
        self.sent = sent
        self.idempotency_key = key
        self.is_cancelled = threading.Event()
        self.readers: list[str | None] = []
        self.drops = 0
        self.is_stream_gone = False
        self.position: int | None = None
        self.log: list[dict[str, Any]] = []
        self.changed = threading.Condition()

    @property
    def text(self) -> str:
        """What was said so far."""
        return "".join(each["value"] for each in self.log if each["type"] == "token")

    @property
    def status(self) -> str:
        """How the history has it."""
        last = self.log[-1]["type"] if self.log else "token"
        return {"token": "running", "done": "done", "error": "failed"}[last]

    def say(self, *values: str) -> None:
        """Add pieces of the answer."""
        self._add(*({"type": "token", "value": value} for value in values))

    def finish(self) -> None:
        """The answer is whole."""
        self._add({"type": "done", "tokens": len(self.log)})

    def fail(self, message: str) -> None:
        """The answer ends here."""
        self._add({"type": "error", "message": message})

    def queue_at(self, position: int) -> None:
        """Tell readers how many are ahead."""
        with self.changed:
            self.position = position
            self.changed.notify_all()

    def drop(self) -> None:
        """Break every open stream in the middle of a frame."""
        with self.changed:
            self.drops += 1
            self.changed.notify_all()

    def frames(self, after: int) -> Iterator[bytes]:
        """What a reader gets who has seen the events up to `after`."""
        with self.changed:
            drops, told = self.drops, None
            while self.drops == drops:
                if self.position != told and not self.log:
                    told = self.position
                    yield _frame({"type": "queued", "position": told})
                for seq in range(after + 1, len(self.log)):
                    yield b"id: %d\n" % seq + _frame(self.log[seq])
                    after = seq
                if self.status != "running":
                    return
                self.changed.wait(PATIENCE_S)
            yield b'id: %d\ndata: {"type":"token","val' % len(self.log)

    def _add(self, *events: dict[str, Any]) -> None:
        with self.changed:
            self.log.extend(events)
            self.changed.notify_all()


def _frame(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


class ScriptedOrchestrator(ThreadingHTTPServer):
    """The pages and the endpoints that they use, on a free port of the loopback address."""

    daemon_threads = True

    def __init__(self, site: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site
        self.policies: dict[str, str] = json.loads((site / "manifest.json").read_text())["csp"]
        self.jobs: dict[str, ScriptedJob] = {}
        self.sent: Queue[ScriptedJob] = Queue()
        self.refusals: list[tuple[int, str]] = []
        self.requested: list[str] = []

    @property
    def url(self) -> str:
        """Where the chat page is."""
        return f"http://127.0.0.1:{self.server_port}"

    def next_job(self) -> ScriptedJob:
        """The next job that a page sends."""
        return self.sent.get(timeout=PATIENCE_S)

    def refuse_next(self, status: int, error: str) -> None:
        """Answer the next message with an error."""
        self.refusals.append((status, error))

    def conversation(self, conversation_id: str) -> list[dict[str, Any]]:
        """The kept messages, as the history has them."""
        return [
            message
            for job in self.jobs.values()
            if job.sent.get("conversationId") == conversation_id
            for message in (
                _kept("user", job.sent["content"], "done", job.id),
                _kept("assistant", job.text, job.status, job.id),
            )
        ]


def _kept(role: str, content: str, status: str, job_id: str) -> dict[str, Any]:
    return {"role": role, "content": content, "status": status, "jobId": job_id}


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
    routes: ClassVar[dict[str, str]] = {
        "/api/chat/send": "_send_message",
        "/api/chat/cancel": "_cancel",
        "/api/chat/stream": "_stream",
        "/api/conversations": "_list",
    }

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.server.requested.append(address.path)
        if address.path == "/api/network":
            return self._json(200, NETWORK)
        if address.path == "/api/models":
            return self._json(200, {"models": MODELS})
        if address.path.startswith("/api/"):
            return self._api(address.path, parse_qs(address.query))
        self._file(address.path.lstrip("/") or "index.html")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self._api(self.path, body)

    def _api(self, path: str, asked: dict[str, Any]) -> None:
        name = self.routes.get(path)
        if name is not None:
            getattr(self, name)(asked)
        elif messages := self.server.conversation(path.rpartition("/")[2]):
            self._json(200, {"id": path.rpartition("/")[2], "title": "?", "messages": messages})
        else:
            self._json(404, {"error": "There is nothing here."})

    def _send_message(self, body: dict[str, Any]) -> None:
        if self.server.refusals:
            status, error = self.server.refusals.pop(0)
            return self._json(status, {"error": error})
        job_id = f"{len(self.server.jobs) + 1:032x}"
        body.setdefault("conversationId", "c" * 32)
        job = ScriptedJob(job_id, body, self.headers["Idempotency-Key"])
        self.server.jobs.pop(body.get("retryOf", ""), None)
        self.server.jobs[job_id] = job
        self._json(201, {"jobId": job_id, "conversationId": body["conversationId"]})
        self.server.sent.put(job)

    def _cancel(self, body: dict[str, Any]) -> None:
        job = self.server.jobs[body["jobId"]]
        self._json(200, {"cancelled": True})
        job.is_cancelled.set()
        job.fail("cancelled")

    def _list(self, _: dict[str, Any]) -> None:
        first = {
            job.sent["conversationId"]: job.sent["content"] for job in self.server.jobs.values()
        }
        listed = [
            {"id": each, "title": title, "updatedAt": "2026-01-01T12:00:00Z"}
            for each, title in first.items()
        ]
        self._json(200, {"conversations": listed})

    def _stream(self, query: dict[str, list[str]]) -> None:
        job = self.server.jobs[query["jobId"][0]]
        last_id = self.headers["Last-Event-ID"]
        job.readers.append(last_id)
        if job.is_stream_gone:
            return self._head(204, "text/event-stream", {})
        self._head(200, "text/event-stream", {})
        for frame in job.frames(-1 if last_id is None else int(last_id)):
            self.wfile.write(frame)

    def _file(self, path: str) -> None:
        file = self.server.site / path
        if not file.is_file():
            return self._json(404, {"error": "There is nothing here."})
        policy = {"content-security-policy": self.server.policies.get(path, "default-src 'none'")}
        self._head(200, TYPES.get(file.suffix, "application/octet-stream"), policy)
        self.wfile.write(file.read_bytes())

    def _json(self, status: int, body: dict[str, Any]) -> None:
        self._head(status, "application/json", {})
        self.wfile.write(json.dumps(body).encode())

    def _head(self, status: int, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's output is the story."""
