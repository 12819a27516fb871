"""How fast a donor's Python is ready: this site's boot against Pyodide as it is delivered.

`python -m bench.boot` prints medians of a real Chromium on this machine. Both sides are served
brotli-compressed by the same server, under the same policy, and import the worker at the end.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import brotli
from playwright.sync_api import Page

from tests.pyodide.chromium import fresh_page
from tests.pyodide.site_server import serving

ROOT = Path(__file__).resolve().parent.parent
PAGE = '<!doctype html><title>boot</title><script type="module" src="ui/{name}.js"></script>'
MEASURE = """
const url = new URL("./worker.js", import.meta.url).href;
const policy = trustedTypes.createPolicy("ashao", { createScriptURL: (given) => given });
globalThis.measure = (kind) => new Promise((resolve) => {
  const begun = performance.now();
  const worker = new Worker(policy.createScriptURL(`${url}#${kind}`), { type: "module" });
  worker.onmessage = ({ data }) => resolve(data ? performance.now() - begun : NaN);
});
"""
# The stock side loads what the npm package brings, and the worker's wheel by its lock file.
WORKER = """
import { loadPyodide } from "pyodide";
import { bootPython } from "./boot.js";
const base = new URL("./", import.meta.url).href;
async function stock() {
  const python = await loadPyodide({ indexURL: base, stdLibURL: `${base}stock.zip` });
  await python.loadPackage("ashao-worker", { messageCallback() {} });
  return python;
}
const python = await (self.location.hash === "#stock" ? stock() : bootPython());
self.postMessage(python.runPython("import ashao_worker.homes.pyodide; True"));
"""


def main() -> None:
    """Measure both sides in turns and print the medians."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--runs", type=int, default=5)
    runs = options.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        site = _site(Path(folder))
        with serving(site) as server:
            origin = f"{server.origin}/worker.html"
            measured = [(_boot(origin, "stock"), _boot(origin, "ours")) for _ in range(runs)]
    for index, name in enumerate(("cold", "warm")):
        stock, ours = (statistics.median(pair[side][index] for pair in measured) for side in (0, 1))
        print(f"{name}: stock {stock:.0f} ms, ours {ours:.0f} ms, {stock / ours:.2f} times as fast")


def _boot(origin: str, kind: str) -> tuple[float, float]:
    """Milliseconds from new Worker to an imported worker: empty cache, then full."""
    with fresh_page(has_gpu=False) as page:
        return _measured(page, origin, kind), _measured(page, origin, kind)


def _measured(page: Page, origin: str, kind: str) -> float:
    page.goto(origin)
    return float(page.evaluate("kind => measure(kind)", kind))


def _site(folder: Path) -> Path:
    """A built site whose worker only boots, with the stock standard library beside it."""
    sources, site = folder / "browser", folder / "site"
    for name in ("py", "wgpu-shim"):
        shutil.copytree(ROOT / "browser" / name, sources / name)
    (sources / "wgpu-shim" / "worker.js").write_text(WORKER)
    (sources / "ui").mkdir()
    (sources / "ui" / "donate.js").write_text(MEASURE)
    for page in ("index.html", "worker.html", "account.html"):
        (sources / page).write_text(PAGE.format(name="donate"))
    places = ["--browser", str(sources), "--site", str(site)]
    subprocess.run([sys.executable, str(ROOT / "build" / "bundle.py"), *places], check=True)
    (app,) = (site / "app").iterdir()
    stock = app / "stock.zip"
    shutil.copy(ROOT / "node_modules" / "pyodide" / "python_stdlib.zip", stock)
    Path(f"{stock}.br").write_bytes(brotli.compress(stock.read_bytes()))
    return site


if __name__ == "__main__":
    main()
