"""The product's bridge and worker behind a page of two functions, and what it tells meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.build.conftest import build, write_sources
from tests.pyodide.chromium import fresh_page
from tests.pyodide.jobs_server import JobsServer
from tests.pyodide.site_server import serving

MODELS = Path(__file__).resolve().parents[2] / "build" / "tiny_model"
MODEL = "ashao-tiny-q0f32"
PATIENCE_MS = 180_000  # a software GPU on a busy machine
FAILED = 'events.some(({ state }) => state === "error")'
DONATE = """
import { startDonating } from "../wgpu-shim/page.js";
globalThis.events = [];
globalThis.start = (model) => {
  globalThis.donation = startDonating({
    model,
    tiers: ["pro"],
    onEvent: (event) => globalThis.events.push(event),
  });
};
"""


def build_donor_site(folder: Path) -> Path:
    """Build the page's site below a folder."""
    sources = write_sources(folder / "browser")
    (sources / "ui" / "donate.js").write_text(DONATE)
    return build(sources, folder / "site")


@contextmanager
def donor_page(
    site: Path, server: JobsServer, *, has_gpu: bool = True, before: str = ""
) -> Iterator[Page]:
    """The page after Start was pressed; `before` is JavaScript to run before that."""
    with serving(site, MODELS, server) as served, fresh_page(has_gpu=has_gpu) as page:
        page.goto(f"{served.origin}/worker.html")
        page.evaluate(before)
        url = f"/models/{MODEL}/"
        model = {"id": MODEL, "engine": "webllm", "url": url, "library": f"{url}{MODEL}.wasm"}
        page.evaluate("start", model)
        yield page


def until(page: Page, is_so: str) -> list[dict[str, Any]]:
    """All events, once a condition in JavaScript on `events` holds."""
    script = f"""() => new Promise((resolve, reject) => {{
      const look = () => ({is_so}) ? resolve(events) : setTimeout(look, 50);
      setTimeout(() => reject(new Error(JSON.stringify(events))), {PATIENCE_MS});
      look();
    }})"""
    found = page.evaluate(script)
    assert isinstance(found, list)
    return found
