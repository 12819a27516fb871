"""Everybody can read the pages: names where names are allowed, and enough contrast."""

import re

import pytest
from playwright.sync_api import Page

from tests.ui.scripted_orchestrator import ScriptedOrchestrator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

PAGES = ["/", "/worker.html", "/account.html"]
# Paragraphs and boxes without a role may not be named: screen readers leave the name out.
NAMED_IN_VAIN = r"""[...document.querySelectorAll("[aria-label]")].map((each) => each.outerHTML)
  .filter((html) => /^<(p|div|span)\b(?![^>]* role=)/.test(html))"""
COLOURS = """() => {
  const placeholder = getComputedStyle(document.querySelector("textarea"), "::placeholder");
  const sheet = getComputedStyle(document.querySelector(".sheet"));
  return [placeholder.color, sheet.backgroundColor, placeholder.opacity];
}"""


@pytest.mark.sample(1)
@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_named_that_may_not_be(
    page: Page, orchestrator: ScriptedOrchestrator, path: str
) -> None:
    page.goto(orchestrator.url + path)
    assert page.evaluate(NAMED_IN_VAIN) == []


@pytest.mark.sample(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_placeholder_stands_out(
    page: Page, orchestrator: ScriptedOrchestrator, scheme: str
) -> None:
    """At least 4.5 to 1, as WCAG has it."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(orchestrator.url)
    ink, sheet, opacity = page.evaluate(COLOURS)
    bright, dull = sorted(
        (_luminance(each) for each in (_blended(ink, sheet, float(opacity)), _rgb(sheet))),
        reverse=True,
    )
    assert (bright + 0.05) / (dull + 0.05) >= 4.5


def _rgb(colour: str) -> list[float]:
    return [float(each) for each in re.findall(r"[\d.]+", colour)[:3]]


def _blended(ink: str, sheet: str, opacity: float) -> list[float]:
    pairs = zip(_rgb(ink), _rgb(sheet), strict=True)
    return [opacity * above + (1 - opacity) * below for above, below in pairs]


def _luminance(rgb: list[float]) -> float:
    red, green, blue = (
        part / 12.92 if (part := each / 255) <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for each in rgb
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
