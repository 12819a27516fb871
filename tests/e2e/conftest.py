"""A real Chromium with WebGPU in software, the built site, an orchestrator in its own process."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Playwright, async_playwright

from ashao.site.files import MANIFEST, SITE
from ashao.store.embedded import EmbeddedStore
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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def playwright() -> AsyncIterator[Playwright]:
    """Playwright's driver."""
    async with async_playwright() as driver:
        yield driver


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(playwright: Playwright) -> AsyncIterator[Browser]:
    """A browser that can compute."""
    chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET + WEBGPU)
    yield chromium
    await chromium.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser_without_webgpu(playwright: Playwright) -> AsyncIterator[Browser]:
    """A browser as many people still have it."""
    chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
    yield chromium
    await chromium.close()


@pytest.fixture(scope="session")
def site() -> None:
    """The built pages; `make test` builds them first."""
    assert (SITE / MANIFEST).is_file(), "the site is not built: run `make site`"


@pytest.fixture(scope="module")
def patient(site: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """An orchestrator that leaves workers all the time in the world, with a store of its own."""
    with orchestrator(
        tmp_path_factory.mktemp("patient"),
        ASHAO_WORKER_GRACE_MS="90000",
        ASHAO_FIRST_TOKEN_MS="60000",
    ) as running:
        yield running


@pytest.fixture(scope="module")
def redis_url(patient: Orchestrator) -> str:
    """Where it keeps its jobs."""
    return EmbeddedStore(patient.data_dir).url


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


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """One person's browser."""
    opened = await browser.new_context()
    opened.set_default_timeout(60_000)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def chat(patient: Orchestrator, context: BrowserContext) -> Chat:
    """The chat page of a person who has time."""
    return await Chat(await context.new_page(), patient.url).open()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def donor(patient: Orchestrator, browser: Browser) -> AsyncIterator[Donor]:
    """A donor's page, with the demonstration model loaded and waiting for work."""
    context = await browser.new_context()
    page = await Donor(await context.new_page(), patient.url).open()
    await page.start()
    yield page
    await context.close()
