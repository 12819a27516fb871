"""A donation as its page tells it, from Start to Stop; a stand-in takes the Web Worker's place."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.scripted_orchestrator import ScriptedOrchestrator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

GPU = """Object.defineProperty(navigator, "gpu", {
  value: { requestAdapter: async () => ({ features: new Set() }) },
});"""
STAND_IN = """globalThis.Worker = class {
  constructor() { globalThis.standIn = this; this.heard = []; }
  addEventListener(type, listener) { if (type === "message") this.tell = listener; }
  say(event) { this.tell({ data: { kind: "event", event } }); }
  sayStopped() { this.tell({ data: { kind: "stopped" } }); }
  postMessage({ kind, model }) {
    this.heard.push(model ? `${kind} ${model.id}` : kind);
    if (kind === "stop" && !this.isSlow) queueMicrotask(() => this.sayStopped());
  }
  terminate() {}
};"""


@pytest.fixture
def donor(page: Page, orchestrator: ScriptedOrchestrator) -> Page:
    """A page that was started in a browser that seems to have a graphics card."""
    page.add_init_script(GPU + STAND_IN)
    page.goto(f"{orchestrator.url}/worker.html")
    page.get_by_role("button", name="Start").click()
    _is(page, "loading")
    return page


def _say(page: Page, **event: Any) -> None:
    page.evaluate("(event) => standIn.say(event)", event)


def _is(page: Page, state: str) -> None:
    expect(page.get_by_role("status")).to_have_attribute("data-state", state)


def _heard(page: Page) -> list[str]:
    heard: list[str] = page.evaluate("standIn.heard")
    return heard


def test_loading_shows_how_far_it_is_and_nothing_can_be_changed_meanwhile(donor: Page) -> None:
    expect(donor.get_by_role("combobox", name="Model")).to_be_disabled()
    _say(donor, type="progress", fraction=0.4, text="Fetching part 2 of 5")
    expect(donor.get_by_role("progressbar")).to_have_attribute("value", "0.4")
    expect(donor.get_by_role("main")).to_contain_text("Fetching part 2 of 5")
    _say(donor, type="state", state="ready")
    _is(donor, "ready")
    expect(donor.get_by_role("progressbar")).to_be_hidden()


def test_what_was_given_is_counted_and_thanked_for(donor: Page) -> None:
    _say(donor, type="state", state="working")
    _say(donor, type="stats", jobsDone=3, tokens=1234, tokensPerSecond=21.5)
    _is(donor, "working")
    for figure in ("3", "1,234", "21.5"):
        expect(donor.get_by_role("definition").get_by_text(figure, exact=True)).to_be_visible()
    expect(donor.get_by_role("main")).to_contain_text("You helped with 3 answers.")


def test_pause_resume_and_stop_reach_the_worker(donor: Page) -> None:
    """Stop frees the machine, and Start is there again."""
    _say(donor, type="state", state="ready")
    donor.get_by_role("button", name="Pause").click()
    _say(donor, type="state", state="paused")
    _is(donor, "paused")
    donor.get_by_role("button", name="Resume").click()
    donor.get_by_role("button", name="Stop").click()
    _is(donor, "idle")
    assert _heard(donor) == ["start tiny", "pause", "resume", "stop"]
    expect(donor.get_by_role("button", name="Start")).to_be_enabled()


def test_the_keyboard_stays_where_stop_was(donor: Page) -> None:
    """It may be pressed again, and is heard once."""
    donor.evaluate("standIn.isSlow = true")
    donor.get_by_role("button", name="Stop").press("Enter")
    donor.get_by_role("button", name="Stop").press("Enter")
    expect(donor.get_by_role("status")).to_have_text("Stopping …")
    donor.evaluate("standIn.sayStopped()")
    _is(donor, "idle")
    expect(donor.get_by_role("button", name="Start")).to_be_focused()
    assert _heard(donor) == ["start tiny", "stop"]


def test_a_stop_before_the_worker_is_there_is_heard(donor: Page) -> None:
    """Its script is still being fetched: nothing may start once it is there."""
    donor.get_by_role("button", name="Stop").click()
    _is(donor, "idle")
    donor.evaluate("delete globalThis.standIn")
    donor.evaluate("""() => {
      document.getElementById("start").click();
      document.getElementById("stop").click();
    }""")
    _is(donor, "idle")
    expect(donor.get_by_role("status")).to_have_text("Stopped. Thank you.")
    assert donor.evaluate("globalThis.standIn") is None
    donor.get_by_role("button", name="Start").click()
    _is(donor, "loading")
    assert _heard(donor) == ["start tiny"]


def test_trouble_that_passes_is_told_and_costs_no_donation(donor: Page) -> None:
    """A server that is away for a while: there is nothing to click, and Stop still stops."""
    trouble = "The server does not answer. Trying again."
    _say(donor, type="state", state="paused", message=trouble)
    expect(donor.get_by_role("status")).to_have_text(trouble)
    expect(donor.get_by_role("button", name="Start")).to_be_hidden()
    assert _heard(donor) == ["start tiny"]
    _say(donor, type="state", state="working")
    _is(donor, "working")
    donor.get_by_role("button", name="Stop").click()
    _is(donor, "idle")


def test_an_end_is_told_in_plain_words_and_can_be_tried_again(donor: Page) -> None:
    """The worker that gave up is let go of: what it says later changes nothing."""
    _say(donor, type="state", state="error", message="The graphics device was lost.")
    _is(donor, "error")
    expect(donor.get_by_role("status")).to_contain_text("The graphics device was lost.")
    assert _heard(donor) == ["start tiny", "stop"]
    donor.get_by_role("button", name="Start").click()
    _is(donor, "loading")
