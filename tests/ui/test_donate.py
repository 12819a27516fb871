"""The donor page before anything is loaded: what it offers, and what it says when it cannot."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui.scripted_orchestrator import ScriptedOrchestrator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

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
