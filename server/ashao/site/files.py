"""The pages and models as files: compressed beforehand, cached for ever under a hashed path.

Every file carries the strictest policy that its page works under. It knows nothing of the API.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from wsgiref.headers import Headers

from litestar.types import ASGIApp, Receive, Scope, Send
from servestatic import ServeStaticASGI

from ashao.errors import CannotStart
from ashao.site.mirror import FILES, is_hidden, mirrored

SITE = Path(__file__).parent / "built"
MANIFEST = "manifest.json"
READS = frozenset({"GET", "HEAD"})
FILE_CSP = "default-src 'none'; frame-ancestors 'none'"
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def with_site(app: ASGIApp, mirror: Path | None, *, is_development: bool) -> ASGIApp:
    """The app behind the files of the site and of the models.

    What is no file, or does not read one, goes to the app, which refuses in its own words.
    Raises CannotStart when the pages are missing, or the folder of models.
    """
    if not (SITE / MANIFEST).is_file():
        raise CannotStart(
            "The pages are missing: this package was built without them. "
            "`make site` in ashao's sources makes them."
        )
    files = _serving(app, autorefresh=is_development)
    files.add_files(SITE)
    files = _serving(files, autorefresh=False)
    for model in mirrored(mirror):
        found = {str(each): each.stat() for each in model.files}
        for each in model.files:
            url = f"/models/{model.address}/{FILES}/{each.relative_to(model.root).as_posix()}"
            files.add_file_to_dictionary(url, str(each), root=model.root, stat_cache=found)

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        is_reading = scope.get("method", "GET") in READS and not is_hidden(scope.get("path", "/"))
        await (cast("ASGIApp", files) if is_reading else app)(scope, receive, send)

    return site


def _serving(app: Any, *, autorefresh: bool) -> Any:
    return ServeStaticASGI(
        app,
        autorefresh=autorefresh,
        max_age=None,
        allow_all_origins=False,
        index_file=True,
        immutable_file_test=r"^/(app/[0-9a-f]+|models/[^/]+\.[0-9a-f]{12})/",
        add_headers_function=_headers(SITE / MANIFEST),
        mimetypes={".wasm": "application/wasm", ".mjs": "text/javascript"},
    )


def _headers(manifest: Path) -> Callable[[Headers, str, str], None]:
    """What to add to each file's headers, by a manifest that changes in development."""

    def add(headers: Headers, path: str, url: str) -> None:
        for name, value in SECURITY_HEADERS.items():
            headers[name] = value
        name = "index.html" if url == "/" else url.removeprefix("/")
        headers["Content-Security-Policy"] = _policies(manifest).get(name, FILE_CSP)
        if not headers.get("Cache-Control"):
            headers["Cache-Control"] = "no-cache"

    return add


def _policies(manifest: Path) -> dict[str, Any]:
    policies: dict[str, Any] = json.loads(manifest.read_text())["csp"]
    return policies
