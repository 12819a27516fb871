"""A donation as its page tells it, from Start to Stop; a stand-in takes the Web Worker's place."""

import re
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
    _say(donor, type="progress", fraction=0.4, text="param_shard_2 of 5 cached[3.4MB]")
    expect(donor.get_by_role("progressbar")).to_have_attribute("value", "0.4")
    expect(donor.get_by_role("main")).to_contain_text("Fetching the model: 40 % of 3 MB")
    expect(donor.get_by_role("main")).not_to_contain_text("shard")
    for fraction in (0.1, 0.8, 1.0):  # engines count twice
        _say(donor, type="progress", fraction=fraction, text="Loading model from cache")
        expect(donor.get_by_role("main")).to_contain_text("Starting the model")
        expect(donor.get_by_role("progressbar")).not_to_have_attribute("value", re.compile(""))
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


def test_figures_go_on_in_the_next_run(donor: Page) -> None:
    _say(donor, type="stats", jobsDone=3, tokens=1234, tokensPerSecond=21.5)
    donor.get_by_role("button", name="Stop").click()
    _is(donor, "idle")
    donor.get_by_role("button", name="Start").click()
    _is(donor, "loading")
    expect(donor.get_by_role("definition").first).to_have_text("3")
    _say(donor, type="stats", jobsDone=0, tokens=0, tokensPerSecond=0)
    expect(donor.get_by_role("definition").first).to_have_text("3")
    _say(donor, type="stats", jobsDone=1, tokens=10, tokensPerSecond=2)
    expect(donor.get_by_role("definition").first).to_have_text("4")
    expect(donor.get_by_role("main")).to_contain_text("You helped with 4 answers.")


def test_a_pause_says_that_it_waits_for_the_answer(donor: Page) -> None:
    _say(donor, type="state", state="working")
    donor.get_by_role("button", name="Pause").click()
    expect(donor.get_by_role("status")).to_have_text("Pausing once this answer is whole …")
    donor.get_by_role("button", name="Resume").click()
    expect(donor.get_by_role("status")).to_have_text("Answering a question")


def test_a_lost_device_comes_back_by_itself_until_it_is_lost_for_good(donor: Page) -> None:
    """With a longer pause each time, told in the title, too."""
    donor.clock.install()
    for delay_ms in (2000, 10_000, 60_000):
        _say(donor, type="state", state="error", code="device_lost", message="Lost.")
        _is(donor, "loading")
        expect(donor.get_by_role("status")).to_contain_text("Starting again")
        assert "ashao" in donor.title() and donor.title() != "ashao · donate"
        old = donor.evaluate("(globalThis.lost = standIn, true)")
        donor.clock.run_for(delay_ms + 100)
        donor.wait_for_function("standIn !== lost")
        assert old and _heard(donor) == ["start tiny"]
    _say(donor, type="state", state="error", code="device_lost", message="Lost.")
    _is(donor, "error")
    expect(donor.get_by_role("status")).to_have_text("Lost.")


def test_stop_ends_the_wait_for_a_lost_device(donor: Page) -> None:
    donor.clock.install()
    _say(donor, type="state", state="error", code="device_lost", message="Lost.")
    donor.evaluate("globalThis.lost = standIn")
    donor.get_by_role("button", name="Stop").click()
    _is(donor, "idle")
    donor.clock.run_for(60_000)
    assert donor.evaluate("standIn === lost")


def test_other_trouble_is_told_and_left(donor: Page) -> None:
    _say(donor, type="state", state="error", code="out_of_memory", message="It does not fit.")
    _is(donor, "error")
    expect(donor.get_by_role("status")).to_have_text("It does not fit.")
