"""The browser of these tests: Debian's Chromium with WebGPU in software."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

FLAGS = (
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def fresh_page(*extra_flags: str) -> Iterator[Page]:
    """A page of a browser that has seen nothing yet."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*FLAGS, *extra_flags]
        )
        try:
            yield browser.new_page()
        finally:
            browser.close()
