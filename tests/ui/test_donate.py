"""The donor page: honest before Start, clear while it runs, quiet after Stop."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.scripted_site import ScriptedSite

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

GPU = """Object.defineProperty(navigator, "gpu", {
  value: { requestAdapter: async () => ({ features: new Set() }) },
});"""
STAND_IN_WORKER = """globalThis.Worker = class {
  constructor() { globalThis.standIn = this; this.heard = []; }
  addEventListener(type, listener) { if (type === "message") this.tell = listener; }
  say(event) { this.tell({ data: { kind: "event", event } }); }
  postMessage(message) {
    this.heard.push(message.kind);
    this.model = message.model ?? this.model;
    if (message.kind === "stop") queueMicrotask(() => this.tell({ data: { kind: "stopped" } }));
  }
  terminate() {}
};"""


def _model(model_id: str, **more: Any) -> dict[str, Any]:
    url = f"https://models.example/{model_id}/"
    return {"id": model_id, "name": model_id, "url": url, "library": f"{url}m.wasm"} | {
        "demonstration": False,
        "sizeMb": None,
        "vramMb": 900,
        "contextTokens": 4096,
        "features": [],
        **more,
    }


DEMONSTRATION = _model("tiny", name="Demonstration", url="/m/", library="/m.wasm") | {
    "demonstration": True
}


@pytest.fixture
def donor(page: Page, site: ScriptedSite) -> Page:
    """The page in a browser that seems to have a GPU; no real worker is started."""
    site.models = [DEMONSTRATION, _model("large")]
    page.add_init_script(GPU + STAND_IN_WORKER)
    page.goto(f"{site.url}/worker.html")
    return page


def _say(page: Page, **event: Any) -> None:
    page.evaluate("(event) => standIn.say(event)", event)


def _state(page: Page, state: str) -> None:
    expect(page.get_by_role("status")).to_have_attribute("data-state", state)


def test_nothing_heavy_is_loaded_before_start(page: Page, site: ScriptedSite) -> None:
    """A visit costs the page, its style and its script."""
    site.models = [DEMONSTRATION]
    page.goto(f"{site.url}/worker.html")
    expect(page.get_by_role("combobox", name="Model")).to_contain_text("Demonstration")
    page.wait_for_load_state("networkidle")
    names = {path.rpartition("/")[2] for path in site.requested}
    assert names == {"worker.html", "donate.js", "style.css", "models", "network"}


def test_a_donation_from_start_to_stop(donor: Page) -> None:
    """Progress, state and figures are shown as they come; Stop frees the machine."""
    model = donor.get_by_role("combobox", name="Model")
    expect(model).to_have_value("tiny")
    donor.get_by_role("button", name="Start").click()
    _state(donor, "loading")
    expect(model).to_be_disabled()
    _say(donor, type="progress", fraction=0.4, text="Loading shard 2 of 5")
    expect(donor.get_by_role("progressbar")).to_have_attribute("value", "0.4")
    _say(donor, type="state", state="ready")
    _state(donor, "ready")
    _say(donor, type="state", state="working")
    _say(donor, type="stats", jobsDone=3, tokens=1234, tokensPerSecond=21.5)
    _state(donor, "working")
    for figure in ("3", "1,234", "21.5"):
        expect(donor.get_by_role("definition").get_by_text(figure, exact=True)).to_be_visible()
    donor.get_by_role("button", name="Stop").click()
    _state(donor, "idle")
    assert donor.evaluate("standIn.heard") == ["start", "stop"]
    expect(donor.get_by_role("button", name="Start")).to_be_enabled()


def test_another_model_can_be_chosen(donor: Page) -> None:
    donor.get_by_role("combobox", name="Model").select_option("large")
    expect(donor.get_by_role("main")).to_contain_text("models.example")
    donor.get_by_role("button", name="Start").click()
    _state(donor, "loading")
    assert donor.evaluate("standIn.model.id") == "large"


def test_trouble_is_told_in_the_workers_own_words_and_can_be_tried_again(donor: Page) -> None:
    donor.get_by_role("button", name="Start").click()
    _state(donor, "loading")
    _say(donor, type="state", state="error", message="The graphics device was lost.")
    _state(donor, "error")
    expect(donor.get_by_role("status")).to_contain_text("The graphics device was lost.")
    donor.get_by_role("button", name="Start").click()
    _state(donor, "loading")


def test_a_browser_without_webgpu_is_told_before_it_starts(page: Page, site: ScriptedSite) -> None:
    site.models = [DEMONSTRATION]
    page.add_init_script("""Object.defineProperty(navigator, "gpu", { value: undefined });""")
    page.goto(f"{site.url}/worker.html")
    _state(page, "error")
    expect(page.get_by_role("status")).to_contain_text("WebGPU")
    expect(page.get_by_role("button", name="Start")).to_be_disabled()


def test_the_donor_page_fits_a_phone(donor: Page) -> None:
    expect(donor.get_by_role("combobox", name="Model")).to_have_value("tiny")
    assert donor.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
