"""The donor page before anything is loaded: what it offers, and what it says when it cannot."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui import scripted_orchestrator
from tests.ui.scripted_orchestrator import ScriptedOrchestrator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

SMALL = scripted_orchestrator.MODELS[0] | {
    "id": "small",
    "name": "small",
    "engine": "wllama",
    "url": "/models/small.0123456789ab/resolve/main/small.gguf",
    "library": "",
    "demonstration": False,
    "sizeMb": 98.4,
}
NO_GPU = "Object.defineProperty(navigator, 'gpu', { value: undefined })"
SOME_GPU = (
    "Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: async () => ({}) } })"
)


def test_a_browser_without_webgpu_is_told_so_at_once(
    page: Page, orchestrator: ScriptedOrchestrator
) -> None:
    page.add_init_script(NO_GPU)
    page.goto(f"{orchestrator.url}/worker.html")
    status = page.locator("[role=status][data-state]")
    expect(status).to_have_attribute("data-state", "error")
    expect(status).to_contain_text("no WebGPU")
    expect(page.get_by_role("button", name="Start")).to_be_disabled()


def test_a_browser_without_webgpu_is_offered_what_its_processor_can_run(
    page: Page, orchestrator: ScriptedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told that this is slower, and how good the small model is."""
    monkeypatch.setattr(scripted_orchestrator, "MODELS", [SMALL, *scripted_orchestrator.MODELS])
    page.add_init_script(NO_GPU)
    page.goto(f"{orchestrator.url}/worker.html")
    status = page.locator("[role=status][data-state]")
    expect(status).to_contain_text("on its processor, more slowly")
    expect(status).to_have_attribute("data-state", "idle")
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("main")).to_contain_text("Very small, often wrong, real.")
    expect(page.get_by_role("main")).to_contain_text("slower than on a graphics card")


def test_before_start_a_model_can_be_chosen_and_nothing_heavy_is_loaded(
    page: Page, orchestrator: ScriptedOrchestrator
) -> None:
    page.add_init_script(SOME_GPU)
    page.goto(f"{orchestrator.url}/worker.html")
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    expect(page.get_by_role("combobox", name="Model")).to_contain_text("Demonstration")
    expect(page.locator("[role=status][data-state]")).to_have_attribute("data-state", "idle")
    names = {path.rpartition("/")[2] for path in orchestrator.requested}
    assert names == {"worker.html", "donate.js", "style.css", "models", "network", "account"}
