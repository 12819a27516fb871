"""A donor's tab, from Start to answers: Pyodide, WebLLM and WebGPU under the strict policy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os.path import commonprefix
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.build.conftest import build, write_sources
from tests.pyodide.chromium import fresh_page
from tests.pyodide.jobs_server import JobsServer
from tests.pyodide.site_server import serving

pytestmark = [pytest.mark.e2e, pytest.mark.webgpu, pytest.mark.timeout(240)]

MODELS = Path(__file__).resolve().parents[2] / "build" / "tiny_model"
MODEL = "ashao-tiny-q0f32"
ANSWER = (MODELS / MODEL / "answer.txt").read_text().rstrip("\n")
PREFIX = ANSWER[: ANSWER.index(" ask")]
PATIENCE_MS = 180_000  # a software GPU on a busy machine
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
LOCKS = """navigator.locks.query().then(({ held, pending }) =>
  ({ held: held.map(({ name }) => name), pending: pending.map(({ name }) => name) }))"""
ASK = {"role": "user", "content": "What is this?"}


@pytest.fixture(scope="session")
def donor_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product's bridge and worker behind a page of two functions."""
    folder = tmp_path_factory.mktemp("donor")
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
        page.evaluate("start", {"id": MODEL, "url": url, "library": f"{url}{MODEL}.wasm"})
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


FAILED = 'events.some(({ state }) => state === "error")'
READY = f'events.some(({{ state }}) => state === "ready") || {FAILED}'
TROUBLED = f"events.some(({{ message }}) => /Trying again/.test(message)) || {FAILED}"


@dataclass
class Tab:
    """A tab that donates, and the server that it works for."""

    page: Page
    server: JobsServer

    def answer(self, *messages: dict[str, str], **params: object) -> str:
        """What it says, to the end."""
        number = len(self.server.texts)
        self.server.enqueue(*messages, **params)
        until(self.page, f"events.some(({{ jobsDone }}) => jobsDone === {number + 1}) || {FAILED}")
        assert self.server.completed[-1] == number
        return self.server.texts[number]


@pytest.fixture(scope="module")
def tab(donor_site: Path) -> Iterator[Tab]:
    """One for these tests together: to load a model takes a software GPU long.

    When it is stopped it lets go of everything.
    """
    server = JobsServer()
    with donor_page(donor_site, server) as page:
        until(page, READY)
        yield Tab(page, server)
        page.evaluate("donation.stop()")
        assert page.evaluate("events.at(-1)") == {"type": "state", "state": "idle"}
        assert page.evaluate(LOCKS) == {"held": [], "pending": []}
        assert "release" in server.calls


def test_a_donor_computes_exact_answers_also_from_a_prefix(tab: Tab) -> None:
    """The second job was begun by another donor: what is said now is the very rest."""
    whole = tab.answer(ASK)
    rest = tab.answer(ASK, {"role": "assistant", "content": PREFIX})
    assert (whole, rest) == (ANSWER, ANSWER.removeprefix(PREFIX))
    assert tab.server.tokens[-2] > tab.server.tokens[-1] > 50
    events = tab.page.evaluate("events")
    states = [event["state"] for event in events if event["type"] == "state"]
    assert states[:2] == ["loading", "ready"]
    assert "working" in states
    assert "progress" in {event["type"] for event in events}


def test_a_page_that_donates_is_not_frozen_when_it_is_hidden(tab: Tab) -> None:
    """Chrome's Energy Saver spares a page that holds a lock for which something waits."""
    locks = tab.page.evaluate(LOCKS)
    assert locks["held"] == locks["pending"] != []


def test_a_server_that_goes_away_for_a_while_keeps_its_donors(tab: Tab) -> None:
    """The tab tries again by itself and answers the next question; nobody has to click."""
    tab.server.is_away = True
    until(tab.page, TROUBLED)
    tab.server.is_away = False
    assert tab.answer(ASK, maxTokens=20)
    assert "error" not in {event.get("state") for event in tab.page.evaluate("events")}


def test_a_seeded_answer_goes_on_as_it_would_have_uninterrupted(tab: Tab) -> None:
    """At random, so the very rest can only come from the same random numbers.

    The cut is where the text still is the one that the model was taught, in its usual tokens.
    """
    random = {"temperature": 2.0, "seed": 8, "maxTokens": 32}
    whole = tab.answer(ASK, **random)
    taught = commonprefix([whole, ANSWER]).rpartition(" ")[0]
    assert len(taught) > 10
    assert not ANSWER.startswith(whole)
    goes_on = tab.answer(ASK, {"role": "assistant", "content": taught}, **random)
    assert goes_on.startswith(whole.removeprefix(taught))


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
