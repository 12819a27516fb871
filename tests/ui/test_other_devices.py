"""What is seen wrong on other devices than a desk's: tablets, phones, browsers without passkeys."""

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.ui.chat_page import ChatPage
from tests.ui.scripted_orchestrator import ScriptedOrchestrator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def test_a_wide_screen_without_a_pointer_shows_every_name(
    browser: Browser, orchestrator: ScriptedOrchestrator
) -> None:
    """A tablet has room; only what speaks of keys is hidden there."""
    wide = ViewportSize(width=1440, height=900)
    with browser.new_context(has_touch=True, is_mobile=True, viewport=wide) as tablet:
        page = tablet.new_page()
        page.goto(orchestrator.url)
        assert page.evaluate("matchMedia('(hover: none)').matches")
        expect(page.locator(".brand span")).to_be_visible()
        expect(page.locator("#new-chat span")).to_be_visible()
        expect(page.get_by_text("Enter sends")).to_be_hidden()


def test_escape_closes_the_list_that_lies_over_the_chat(chat: ChatPage) -> None:
    chat.page.set_viewport_size({"width": 400, "height": 800})
    chat.ask("What is kept?").finish()
    button = chat.page.get_by_role("button", name="Conversations", exact=True)
    button.click()
    field = chat.page.get_by_role("searchbox", name="Search conversations")
    field.focus()
    field.press("Escape")
    expect(field).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(button).to_be_focused()


def test_what_cannot_be_pressed_looks_so(page: Page, orchestrator: ScriptedOrchestrator) -> None:
    """At an address without a name there are no passkeys."""
    page.goto(f"{orchestrator.url}/account.html")
    for name in ("Sign in with a passkey", "Create an account"):
        button = page.get_by_role("button", name=name)
        expect(button).to_be_disabled()
        expect(button).to_have_css("opacity", "0.4")
