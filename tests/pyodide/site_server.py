"""Serves a built site over HTTP as the product does: content policy, brotli, and models, nothing else."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".wasm": "application/wasm",
}


class SiteServer(ThreadingHTTPServer):
    """One site on a free port of the loopback address."""

    daemon_threads = True

    def __init__(self, site: Path, models: Path | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site
        self.models = models
        self.policies: dict[str, str] = json.loads((site / "manifest.json").read_text())["csp"]
        self.requested: list[str] = []

    @property
    def origin(self) -> str:
        """Address without a path. The name counts: browsers trust localhost with WebGPU."""
        return f"http://localhost:{self.server_port}"


@contextmanager
def serving(site: Path, models: Path | None = None) -> Iterator[SiteServer]:
    """Serve until the block ends."""
    server = SiteServer(site, models)
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
        file = self._file(path)
        if file is None:
            self.send_error(404)
            return
        compressed = Path(f"{file}.br")
        body = compressed if compressed.exists() else file
        self.send_response(200)
        self.send_header("content-type", TYPES.get(file.suffix, "application/octet-stream"))
        self.send_header("content-length", str(body.stat().st_size))
        if body == compressed:
            self.send_header("content-encoding", "br")
        if path.startswith("app/"):
            self.send_header("cache-control", "public, max-age=31536000, immutable")
        if path in self.server.policies:
            self.send_header("content-security-policy", self.server.policies[path])
        self.end_headers()
        self.wfile.write(body.read_bytes())

    def do_POST(self) -> None:
        self.server.requested.append(self.path.lstrip("/"))
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(204)
        self.end_headers()

    def _file(self, path: str) -> Path | None:
        root = self.server.site
        if path.startswith("models/") and self.server.models is not None:
            root, path = self.server.models, path.removeprefix("models/").replace("/resolve/main", "")
        file = (root / path).resolve()
        return file if file.is_file() and file.is_relative_to(root.resolve()) else None

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's output is the story."""
