"""Pictures of the product for its documents, taken while it is tested."""

import os
from pathlib import Path

from playwright.async_api import Page

FOLDER = "ASHAO_PICTURES"


async def keep_picture(page: Page, name: str, height: int = 720) -> None:
    """What a person sees there, as NAME.png in the folder of ASHAO_PICTURES, if that is set."""
    if folder := os.environ.get(FOLDER):
        await page.bring_to_front()
        await page.set_viewport_size({"width": 1200, "height": height})
        await page.evaluate("scrollTo(0, 0)")
        await page.screenshot(path=Path(folder) / f"{name}.png")
