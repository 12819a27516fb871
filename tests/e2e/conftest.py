"""A real Chromium with WebGPU in software, the built site, and an orchestrator in its own process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from ashao.api.site import MANIFEST, SITE
from tests.e2e.pages import Chat, Donor
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.stores import Stores

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]
TRACES = Path(__file__).parents[2] / "test-results"


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser that can compute."""
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET + WEBGPU)
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def browser_without_webgpu(playwright: Playwright) -> Iterator[Browser]:
    """A browser as many people still have it."""
    chromium = playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*QUIET, "--disable-features=WebGPU", "--disable-gpu"]
    )
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def site() -> None:
    """The built pages; `make test` builds them first."""
    assert (SITE / MANIFEST).is_file(), "the site is not built: run `make site`"


@pytest.fixture(scope="module")
def redis_url(stores: Stores) -> str:
    """Where the orchestrators of these tests keep their jobs."""
    return stores.url("embedded valkey")


@pytest.fixture(scope="module")
def patient(
    site: None, tmp_path_factory: pytest.TempPathFactory, redis_url: str
) -> Iterator[Orchestrator]:
    """An orchestrator that leaves workers all the time in the world."""
    with orchestrator(
        tmp_path_factory.mktemp("patient"),
        ASHAO_REDIS_URL=redis_url,
        ASHAO_WORKER_GRACE_MS="90000",
        ASHAO_FIRST_TOKEN_MS="60000",
    ) as running:
        yield running


@pytest.fixture(scope="module")
def impatient(
    site: None, tmp_path_factory: pytest.TempPathFactory, stores: Stores
) -> Iterator[Orchestrator]:
    """An orchestrator that soon asks a provider, with a store of its own."""
    with orchestrator(
        tmp_path_factory.mktemp("impatient"),
        ASHAO_REDIS_URL=stores.url("redis-server"),
        ASHAO_WORKER_GRACE_MS="300",
    ) as running:
        yield running


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """One person's browser."""
    with _traced(browser, request.node.name) as opened:
        yield opened


@contextmanager
def _traced(browser: Browser, name: str) -> Iterator[BrowserContext]:
    """A context whose trace is kept when the test fails."""
    context = browser.new_context()
    context.set_default_timeout(60_000)
    context.tracing.start(screenshots=True, snapshots=True)
    try:
        yield context
    except BaseException:
        context.tracing.stop(path=TRACES / f"{name}.zip")
        raise
    finally:
        context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty tab."""
    return context.new_page()


@pytest.fixture
def chat(patient: Orchestrator, context: BrowserContext) -> Chat:
    """The chat page of a person who has time."""
    return Chat(context.new_page(), patient.url)


@pytest.fixture
def donor(patient: Orchestrator, browser: Browser) -> Iterator[Donor]:
    """A donor's page, with the demonstration model loaded and waiting for work."""
    context = browser.new_context()
    page = Donor(context.new_page(), patient.url)
    page.start()
    yield page
    context.close()
