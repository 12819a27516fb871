"""Everything the browser needs, from sources and node_modules to a folder that the server serves.

`python build/bundle.py` makes the site; a second run takes a moment, as every step is cached by
content. `--dev` leaves out trimming, minifying and compression, and the worker's wheel travels as
sources that micropip installs; `--watch` does the same whenever a file under browser/ changes, so
that reloading the page runs the new code.
"""

import argparse
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cache import ROOT
from javascript import PAGES, own_scripts, pyodide_runtime, webllm
from llama import llama
from manifest import lay_out, write_site
from models import model_list
from on_demand import on_demand
from packages import packages
from precompress import drop_compressed, precompress
from site_models import place_models
from stdlib import full_stdlib, trimmed_stdlib
from wheel import installed_wheel, worker_wheel

BROWSER = ROOT / "browser"
WORKER = (Path("py") / "ashao_text", Path("py") / "ashao_worker")
ROUND_MS = 500
SITE = ROOT / "server" / "ashao" / "site" / "built"


def bundle(browser: Path = BROWSER, site: Path = SITE, *, dev: bool = False) -> None:
    """Make the site; the manifest is written last, so nothing is served before it is whole."""
    worker = [browser / package for package in WORKER]
    with step("Python's standard library as bytecode, trimmed to what the worker uses"):
        stdlib = full_stdlib() if dev else trimmed_stdlib(worker)
    with step("the worker's wheel, micropip and the lock file that names them"):
        wheels = [worker_wheel(worker), installed_wheel("micropip")]
        served = packages(wheels, bytecode=not dev)
    with step("WebLLM as one script"):
        engine = webllm(minify=not dev)
    with step("llama.cpp for tabs, and its worker"):
        second = llama(browser, minify=not dev)
    with step("colours and formulas, for answers that have some"):
        aids = on_demand(minify=not dev)
    with step("pages' scripts and styles"):
        scripts = own_scripts(browser, dev=dev)
    made = (path for folder in (served, engine, second, aids, scripts) for path in folder.iterdir())
    files = {path.name: path for path in (*pyodide_runtime(), *made)} | {"stdlib.zip": stdlib}
    app = lay_out(files, site)
    with step("the small model and the demonstration"):
        models = list(place_models(site))
    if not dev:
        with step("brotli and gzip (about a minute the first time)"):
            precompress([*(app / name for name in files), *models])
    renewed = [site / name for name in (*PAGES, "models.json")]
    drop_compressed(renewed)
    shutil.copyfile(model_list(), site / "models.json")
    write_site(site, browser, app)
    if not dev:
        precompress(renewed)


def watch(browser: Path, site: Path) -> None:
    """Build for development, and after each change; what cannot be built says so and waits."""
    from watchfiles import watch as changes  # only watching needs it

    is_first = True  # the first round comes when watching has begun, so no change is missed
    for changed in changes(browser, rust_timeout=ROUND_MS, yield_on_timeout=True):
        if not changed and not is_first:
            continue
        is_first = False
        try:
            bundle(browser, site, dev=True)
        except (subprocess.CalledProcessError, SyntaxError, FileNotFoundError) as error:
            print(f"not built: {error}")
        print(f"watching {browser}", flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is being made, and how long it took."""
    started = time.monotonic()
    print(f"  {name} ... ", end="", flush=True)
    yield
    print(f"{time.monotonic() - started:.1f} s")


def main() -> None:
    """Read the command line and build."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--dev", action="store_true", help="sources, no minifying, no compression")
    options.add_argument("--watch", action="store_true", help="the same, again after each change")
    options.add_argument("--browser", type=Path, default=BROWSER, help="folder of the sources")
    options.add_argument("--site", type=Path, default=SITE, help="folder of the result")
    given = options.parse_args()
    if given.watch:
        return watch(given.browser, given.site)
    started = time.monotonic()
    bundle(given.browser, given.site, dev=given.dev)
    print(f"bundle made in {time.monotonic() - started:.1f} s: {given.site}")


if __name__ == "__main__":
    main()
