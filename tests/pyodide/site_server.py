"""Serves a built site as the product does: policy, brotli, models; a test may add replies."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Reply = tuple[int, dict[str, Any]]
Answer = Callable[[str, dict[str, Any]], Reply]

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".wasm": "application/wasm",
}


def _nothing_here(path: str, body: dict[str, Any]) -> Reply:
    return 404, {"error": path}


class SiteServer(ThreadingHTTPServer):
    """One site on a free port of the loopback address."""

    daemon_threads = True

    def __init__(self, site: Path, models: Path | None, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site
        self.models = models
        self.answer = answer
        self.policies: dict[str, str] = json.loads((site / "manifest.json").read_text())["csp"]
        self.requested: list[str] = []

    @property
    def origin(self) -> str:
        """Address without a path; a browser trusts it with WebGPU."""
        return f"http://127.0.0.1:{self.server_port}"

    def file(self, path: str) -> Path | None:
        """What lies at a URL's path: of the site, or of a model in WebLLM's way of naming."""
        root = self.site
        if path.startswith("models/") and self.models is not None:
            root, path = self.models, path.removeprefix("models/").replace("/resolve/main", "")
        found = (root / path).resolve()
        return found if found.is_file() and found.is_relative_to(root.resolve()) else None


@contextmanager
def serving(
    site: Path, models: Path | None = None, answer: Answer = _nothing_here
) -> Iterator[SiteServer]:
    """Serve until the block ends; `answer` replies to POST requests."""
    server = SiteServer(site, models, answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SiteServer

    def do_GET(self) -> None:
        path = self.path.lstrip("/") or "index.html"
        self.server.requested.append(path)
        file = self.server.file(path)
        if file is None:
            self._send(404, b"", {})
            return
        headers = {"content-type": TYPES.get(file.suffix, "application/octet-stream")}
        if path.startswith("app/"):
            headers["cache-control"] = "public, max-age=31536000, immutable"
        if path in self.server.policies:
            headers["content-security-policy"] = self.server.policies[path]
        compressed = Path(f"{file}.br")
        if compressed.exists():
            headers["content-encoding"] = "br"
            file = compressed
        self._send(200, file.read_bytes(), headers)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, reply = self.server.answer(self.path, body)
        self._send(status, json.dumps(reply).encode(), {"content-type": TYPES[".json"]})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"content-length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's output is the story."""
