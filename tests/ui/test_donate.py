"""The donor page before anything is loaded: what it offers, and what it says when it cannot."""

from typing import Any

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
    "licence": "Apache-2.0",
    "reason": "Very small, often wrong, real.",
}
NO_GPU = "Object.defineProperty(navigator, 'gpu', { value: undefined })"
SOME_GPU = """Object.defineProperty(navigator, "gpu", {
  value: { requestAdapter: async () => ({ features: new Set() }) },
})"""


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


def _model(name: str, vram_mb: float, **more: Any) -> dict[str, Any]:
    return (
        scripted_orchestrator.MODELS[0]
        | {
            "id": name,
            "name": name,
            "demonstration": False,
            "sizeMb": None,
            "vramMb": vram_mb,
            "licence": "MIT",
            "reason": f"{name} is good.",
        }
        | more
    )


CATALOGUE = [
    SMALL,
    scripted_orchestrator.MODELS[0],
    _model("one", 900),
    _model("half", 800, features=["shader-f16"]),
    _model("three", 2300),
    _model("eight", 5000),
    _model("seventy", 40_000),
    *(_model(f"other-{number}", 1000 + number, reason="") for number in range(12)),
]
MEMORY = "Object.defineProperty(navigator, 'deviceMemory', { value: 8 });"


@pytest.fixture
def catalogue(
    page: Page, orchestrator: ScriptedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> Page:
    """The donor page with many models, on a machine with 8 GB and a graphics card."""
    monkeypatch.setattr(scripted_orchestrator, "MODELS", CATALOGUE)
    page.add_init_script(SOME_GPU + ";" + MEMORY)
    page.goto(f"{orchestrator.url}/worker.html")
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    return page


def test_three_models_are_offered_that_fit_the_machine(catalogue: Page) -> None:
    """The list's first stays chosen until somebody chooses; none is offered without a reason."""
    cards = catalogue.get_by_role("radio")
    expect(cards).to_have_count(3)
    assert [each.get_attribute("value") for each in cards.all()] == ["small", "three", "eight"]
    expect(catalogue.locator(".three")).to_contain_text("three is good.")
    expect(catalogue.locator(".three")).to_contain_text("2.3 GB · MIT")
    expect(catalogue.get_by_role("combobox", name="Model")).to_have_value("small")


def test_a_choice_is_remembered_and_both_ways_of_choosing_agree(catalogue: Page) -> None:
    catalogue.locator("label").filter(has_text="three is good").click()
    expect(catalogue.get_by_role("combobox", name="Model")).to_have_value("three")
    catalogue.get_by_role("combobox", name="Model").select_option("eight")
    expect(catalogue.get_by_role("radio", checked=True)).to_have_attribute("value", "eight")
    catalogue.reload()
    expect(catalogue.get_by_role("radio", checked=True)).to_have_attribute("value", "eight")
    expect(catalogue.get_by_role("combobox", name="Model")).to_have_value("eight")


def test_the_whole_list_can_be_searched_and_says_what_does_not_fit(catalogue: Page) -> None:
    search = catalogue.get_by_role("searchbox", name="Search all models")
    search.fill("SEVEN")
    expect(catalogue.get_by_role("option")).to_have_count(2)  # what is chosen stays
    catalogue.get_by_role("combobox", name="Model").select_option("seventy")
    expect(catalogue.locator("#model-facts")).to_contain_text("more than this machine should give")
    search.fill("half")
    catalogue.get_by_role("combobox", name="Model").select_option("half")
    expect(catalogue.locator("#model-facts")).to_contain_text("lacks 16-bit arithmetic")


def test_a_measured_machine_knows_how_fast_each_is_and_remembers_it(catalogue: Page) -> None:
    """This browser's graphics card only seems to be one: the processor alone is measured."""
    expect(catalogue.locator(".three")).not_to_contain_text("tokens/s")
    catalogue.evaluate("""localStorage.setItem("ashao.measured", '{"gpu":200,"processor":10}')""")
    catalogue.reload()
    expect(catalogue.locator(".three")).to_contain_text("about 20 tokens/s")
    cards = catalogue.get_by_role("radio")
    assert [each.get_attribute("value") for each in cards.all()] == ["small", "eight"]
    catalogue.get_by_role("button", name="Measure this machine").click()
    expect(catalogue.get_by_role("button", name="Measure again")).to_be_enabled()
    measured = catalogue.evaluate("JSON.parse(localStorage.getItem('ashao.measured'))")
    assert measured["gpu"] is None and measured["processor"] > 0
