"""The built pages in a real Chromium, served by an orchestrator that the test plays."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.ui.chat_page import ChatPage
from tests.ui.scripted_orchestrator import ScriptedOrchestrator, scripted_orchestrator

BUNDLE = Path(__file__).parents[2] / "build" / "bundle.py"
FLAGS = ["--no-sandbox", "--disable-background-networking", "--no-first-run"]
PATIENCE_MS = 15_000


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as they are right now."""
    folder = tmp_path_factory.mktemp("ui") / "site"
    command = [sys.executable, str(BUNDLE), "--dev", "--site", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for one module: Playwright's loop must be gone before any asyncio test."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def orchestrator(site: Path) -> Iterator[ScriptedOrchestrator]:
    """What the pages talk to."""
    with scripted_orchestrator(site) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of a new visitor; whatever a script throws fails the test."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    tab = context.new_page()
    thrown: list[str] = []
    tab.on("pageerror", lambda error: thrown.append(str(error)))
    yield tab
    context.close()
    assert thrown == []


@pytest.fixture
def chat(page: Page, orchestrator: ScriptedOrchestrator) -> ChatPage:
    """An open chat page."""
    return ChatPage(page, orchestrator)
