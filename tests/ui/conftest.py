"""A real Chromium, the product's own pages, and an orchestrator that plays a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.build.conftest import ROOT, build
from tests.pyodide.chromium import FLAGS
from tests.ui.scripted_site import ScriptedSite, scripted_site

PATIENCE_MS = 15_000


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as a developer builds them."""
    return build(ROOT / "browser", tmp_path_factory.mktemp("pages"), "--dev")


# A module's, not the session's: while it is open, the thread has a running event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser; each test gets a context of its own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def site(pages: Path) -> Iterator[ScriptedSite]:
    """The orchestrator of this test."""
    with scripted_site(pages) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One person's browser, on a phone."""
    opened = browser.new_context(viewport={"width": 360, "height": 740})
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """An empty tab; whatever it does may trouble neither itself nor the policy of its page."""
    complaints: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console", lambda said: complaints.append(said.text) if is_complaint(said.text) else None
    )
    yield opened
    assert complaints == []


def is_complaint(said: str) -> bool:
    """Whether the browser says that the page did something that its policy forbids."""
    return "Content Security Policy" in said or "TrustedHTML" in said
