"""The browser of these tests: Debian's Chromium, with WebGPU in software or with none."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

SOFTWARE_GPU = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader")
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def fresh_page(*, has_gpu: bool = True) -> Iterator[Page]:
    """A page of a browser that has seen nothing yet."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*FLAGS, *(SOFTWARE_GPU if has_gpu else ())]
        )
        try:
            yield browser.new_page()
        finally:
            browser.close()
