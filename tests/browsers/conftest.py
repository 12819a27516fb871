"""Debian's Firefox and WebKit, the built site, an orchestrator in its own process."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import pytest_asyncio

from ashao.site.files import MANIFEST, SITE
from tests.support.browsers.firefox import firefox
from tests.support.browsers.tab import Tab
from tests.support.browsers.webkit import webkit
from tests.support.orchestrator import Orchestrator, orchestrator

BROWSERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Tab]]] = {
    "firefox": firefox,
    "webkit": webkit,
}


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """An orchestrator that leaves workers all the time in the world, with a store of its own."""
    assert (SITE / MANIFEST).is_file(), "the site is not built: run `make site`"
    minutes = dict.fromkeys(
        ("ASHAO_WORKER_GRACE_MS", "ASHAO_FIRST_TOKEN_MS", "ASHAO_LEASE_MS"), "90000"
    )
    with orchestrator(tmp_path_factory.mktemp("patient"), **minutes) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BROWSERS)
async def tab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Tab]:
    """A tab of each browser."""
    name: str = request.param
    async with BROWSERS[name](tmp_path_factory.mktemp(name) / "profile") as opened:
        yield opened
        assert opened.complaints == []
