"""A donor's tab, from Start to answers: Pyodide, WebLLM and WebGPU under the strict policy."""

from collections.abc import Iterator
from dataclasses import dataclass
from os.path import commonprefix
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.pyodide.donor_page import FAILED, MODEL, MODELS, donor_page, until
from tests.pyodide.jobs_server import JobsServer

pytestmark = [pytest.mark.e2e, pytest.mark.webgpu, pytest.mark.dear, pytest.mark.timeout(240)]

ANSWER = (MODELS / MODEL / "answer.txt").read_text().rstrip("\n")
PREFIX = ANSWER[: ANSWER.index(" ask")]
LOCKS = """navigator.locks.query().then(({ held, pending }) =>
  ({ held: held.map(({ name }) => name), pending: pending.map(({ name }) => name) }))"""
ASK = {"role": "user", "content": "What is this?"}
READY = f'events.some(({{ state }}) => state === "ready") || {FAILED}'
TROUBLED = f"events.some(({{ message }}) => /Trying again/.test(message)) || {FAILED}"


@dataclass
class Tab:
    """A tab that donates, and the server that it works for."""

    page: Page
    server: JobsServer

    def answer(self, *messages: dict[str, str], **params: object) -> str:
        """What it says, to the end."""
        number = len(self.server.texts)
        self.server.enqueue(*messages, **params)
        until(self.page, f"events.some(({{ jobsDone }}) => jobsDone === {number + 1}) || {FAILED}")
        assert self.server.completed[-1] == number
        return self.server.texts[number]


@pytest.fixture(scope="module")
def tab(donor_site: Path) -> Iterator[Tab]:
    """One for these tests together: to load a model takes a software GPU long.

    When it is stopped it lets go of everything.
    """
    server = JobsServer()
    with donor_page(donor_site, server) as page:
        until(page, READY)
        yield Tab(page, server)
        page.evaluate("donation.stop()")
        assert page.evaluate("events.at(-1)") == {"type": "state", "state": "idle"}
        assert page.evaluate(LOCKS) == {"held": [], "pending": []}
        assert "release" in server.calls


def test_a_donor_computes_exact_answers_also_from_a_prefix(tab: Tab) -> None:
    """The second job was begun by another donor: what is said now is the very rest."""
    whole = tab.answer(ASK)
    rest = tab.answer(ASK, {"role": "assistant", "content": PREFIX})
    assert (whole, rest) == (ANSWER, ANSWER.removeprefix(PREFIX))
    assert tab.server.tokens[-2] > tab.server.tokens[-1] > 50
    events = tab.page.evaluate("events")
    states = [event["state"] for event in events if event["type"] == "state"]
    assert states[:2] == ["loading", "ready"]
    assert "working" in states
    assert "progress" in {event["type"] for event in events}


def test_a_page_that_donates_is_not_frozen_when_it_is_hidden(tab: Tab) -> None:
    """Chrome's Energy Saver spares a page that holds a lock for which something waits."""
    locks = tab.page.evaluate(LOCKS)
    assert locks["held"] == locks["pending"] != []


def test_a_server_that_goes_away_for_a_while_keeps_its_donors(tab: Tab) -> None:
    """The tab tries again by itself and answers the next question; nobody has to click."""
    tab.server.is_away = True
    until(tab.page, TROUBLED)
    tab.server.is_away = False
    assert tab.answer(ASK, maxTokens=20)
    assert "error" not in {event.get("state") for event in tab.page.evaluate("events")}


def test_a_seeded_answer_goes_on_as_it_would_have_uninterrupted(tab: Tab) -> None:
    """At random, so the very rest can only come from the same random numbers.

    The cut is where the text still is the one that the model was taught, in its usual tokens.
    """
    random = {"temperature": 2.0, "seed": 8, "maxTokens": 32}
    whole = tab.answer(ASK, **random)
    taught = commonprefix([whole, ANSWER]).rpartition(" ")[0]
    assert len(taught) > 10
    assert not ANSWER.startswith(whole)
    goes_on = tab.answer(ASK, {"role": "assistant", "content": taught}, **random)
    assert goes_on.startswith(whole.removeprefix(taught))
