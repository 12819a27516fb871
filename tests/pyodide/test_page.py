"""The page around a donor's worker: its goodbye, and what it says where there is no GPU."""

from pathlib import Path

import pytest

from tests.pyodide.donor_page import FAILED, donor_page, until
from tests.pyodide.jobs_server import JobsServer

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

STAND_IN_WORKER = """void (globalThis.Worker = class {
  addEventListener(type, listener) {
    const event = { type: "registered", workerId: "w1", token: "secret" };
    if (type === "message") listener({ data: { kind: "event", event } });
  }
  postMessage() {}
})"""


def test_a_closed_tab_says_goodbye(donor_site: Path) -> None:
    """A closed tab releases its claim at once, by a beacon of the page."""
    server = JobsServer()
    with donor_page(donor_site, server, before=STAND_IN_WORKER) as page:
        page.close()
        goodbye = server.releases.get(timeout=10)
    assert goodbye == {"workerId": "w1", "token": "secret"}


def test_a_browser_without_a_gpu_is_told_so(donor_site: Path) -> None:
    with donor_page(donor_site, JobsServer(), has_gpu=False) as page:
        event = until(page, FAILED)[-1]
    assert "WebGPU" in event["message"]
