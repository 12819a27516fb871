"""A person with a real passkey: signs up, chats, sees credits fall, donates, takes all away."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from ashao.settings import Settings
from ashao.store.database import open_database
from ashao.store.secrets import digest
from tests.e2e.pages import Chat, Donor
from tests.support.ledgers import balances, unbalanced
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.traces import found_in, places_of
from tests.support.wait import wait_until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.webgpu,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]

CANARY = "quetzalcoatlus"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Person:
    """Somebody at the account page, whose browser holds passkeys."""

    def __init__(self, page: Page, server: Orchestrator) -> None:
        self.page = page
        self.url = f"http://localhost:{server.port}"
        self.credits = page.locator("#balance")

    async def sign_up(self) -> None:
        """Make a passkey and with it an account."""
        devtools = await self.page.context.new_cdp_session(self.page)
        await devtools.send("WebAuthn.enable")
        await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        await self.page.goto(f"{self.url}/account.html")
        await self.press("Create an account")
        await expect(self.page.get_by_role("heading", name="Your account")).to_be_visible()

    async def traces(self) -> list[str]:
        """What only this person's account would leave: its id, its passkey, its session, a word."""
        asked = await self.page.request.get(f"{self.url}/api/account")
        account = (await asked.json())["account"]
        (cookie,) = await self.page.context.cookies()
        return [account["id"], account["passkeys"][0]["id"], digest(cookie["value"]), CANARY]

    async def press(self, name: str) -> None:
        """Press a button."""
        await self.page.get_by_role("button", name=name).click()

    async def sees(self, credits: int) -> None:
        """Look again until that many credits are there."""

        async def look() -> None:
            await self.page.goto(f"{self.url}/account.html")
            await expect(self.credits).to_have_text(str(credits), timeout=3_000)

        for _ in range(6):
            try:
                return await look()
            except AssertionError:
                continue
        await look()


@pytest.fixture
def town(site: None, tmp_path: Path) -> Iterator[Orchestrator]:
    """A server with stores of its own, in which whatever ended is gone a second later."""
    with orchestrator(
        tmp_path,
        ASHAO_WORKER_GRACE_MS="90000",
        ASHAO_FIRST_TOKEN_MS="60000",
        ASHAO_STREAM_TTL_S="1",
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def another(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Somebody else's browser."""
    opened = await browser.new_context()
    opened.set_default_timeout(60_000)
    yield opened
    await opened.close()


async def test_a_passkey_opens_an_account_that_pays_exports_and_is_deleted(
    impatient: Orchestrator, context: BrowserContext, tmp_path: Path
) -> None:
    person = Person(await context.new_page(), impatient)
    await person.sign_up()
    await expect(person.credits).to_have_text("500")
    await expect(person.page.locator("#codes li")).to_have_count(10)
    chat = await Chat(await context.new_page(), person.url).open()
    await chat.until_done(await chat.ask("What does it cost?"))
    await person.sees(490)
    async with person.page.expect_download() as downloading:
        await person.page.get_by_role("link", name="Export as JSON").click()
    kept = tmp_path / "kept.json"
    await (await downloading.value).save_as(kept)
    messages = json.loads(kept.read_text())["conversations"][0]["messages"]
    assert messages[0]["content"] == "What does it cost?"
    await person.press("Sign out here")
    await person.press("Sign in with a passkey")
    await expect(person.credits).to_have_text("490")
    await person.press("Delete everything")
    await person.press("Yes, delete")
    await expect(person.page.get_by_role("alert")).to_contain_text("deleted")
    await chat.page.reload()
    await expect(chat.page.get_by_text("What does it cost?")).to_have_count(0)


@pytest.mark.dear
async def test_one_asks_one_donates_and_who_leaves_is_gone_without_a_trace(
    town: Orchestrator, context: BrowserContext, another: BrowserContext
) -> None:
    """Credits fall here and rise there; then every place is searched, and the books balance."""
    donor = Person(await another.new_page(), town)
    await donor.sign_up()
    page = await Donor(await another.new_page(), donor.url).open()
    await page.start()
    person = Person(await context.new_page(), town)
    await person.sign_up()
    traces = await person.traces()
    chat = await Chat(await context.new_page(), person.url).open()
    await chat.until_done(await chat.ask(f"Where is the {CANARY}?"))
    await person.sees(490)
    await donor.sees(507)
    await expect(donor.page.locator("#entries")).to_contain_text(re.compile("Answer given"))
    for trace in traces:
        assert found_in(await asyncio.to_thread(places_of, town.data_dir), [trace])
    await person.press("Delete everything")
    await person.press("Yes, delete")
    await expect(person.page.get_by_role("alert")).to_contain_text("deleted")

    async def is_clean() -> bool:
        places = await asyncio.to_thread(places_of, town.data_dir)
        return not found_in(places | {"the log": town.log_text().encode()}, traces)

    await wait_until(is_clean, "every trace to be gone")
    async with open_database(Settings(data_dir=town.data_dir)) as database:
        assert await unbalanced(database) == []
        held = await balances(database)
    assert sorted(held.values()) == [-1000, 3, 490, 507]
