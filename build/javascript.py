"""The scripts and styles that the browser loads: page scripts, the worker, WebLLM, Pyodide's own.

Everything lands flat in one folder, because scripts find each other by
`new URL("./x", import.meta.url)`.
"""

import json
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cache import ROOT, digest, kept
from node import PACKAGES, PYODIDE, package_version, run_esbuild

WEBLLM_PACKAGE = "@mlc-ai/web-llm"
WEBLLM = PACKAGES / "@mlc-ai" / "web-llm" / "lib" / "index.js"
PAGES = ("index.html", "worker.html", "account.html")
REFERENCE = re.compile(r'(?:src|href)="(ui/[\w.-]+\.(?:js|css))"')
# Pyodide would look on its makers' CDN for packages that its lock names without an address.
PYODIDE_CDN = re.compile(r"https://cdn\.jsdelivr\.net/[\w./${}-]*")
BROWSER = ("--bundle", "--format=esm", "--platform=browser", "--target=es2022", "--charset=utf8")


def page_references(browser: Path) -> list[str]:
    """Scripts and styles that the pages name, like `ui/chat.js`."""
    found = {name for page in PAGES for name in REFERENCE.findall((browser / page).read_text())}
    return sorted(found)


def own_scripts(browser: Path, *, dev: bool) -> Path:
    """A folder with every script and style of the pages, and the worker's script.

    In development nothing is minified, and the worker installs its wheel by micropip.
    """
    key = digest(
        "own",
        browser / "ui",
        browser / "wgpu-shim",
        *_pages(browser),
        *shared_inputs(minify=not dev),
    )
    return kept("scripts", key, lambda made: _bundle_own(browser, made, dev))


def webllm(*, minify: bool) -> Path:
    """WebLLM as one script: by far the largest, so it is made on its own and loaded late."""
    key = digest("webllm", package_version(WEBLLM_PACKAGE), *shared_inputs(minify=minify))
    return kept("webllm", key, lambda made: esbuild([WEBLLM], made, minify, "--entry-names=webllm"))


def pyodide_runtime() -> list[Path]:
    """Pyodide's files that are served as they are."""
    return [PYODIDE / name for name in ("pyodide.asm.mjs", "pyodide.asm.wasm")]


def _bundle_own(browser: Path, made: Path, dev: bool) -> None:
    entries = [browser / name for name in page_references(browser)]
    with tempfile.TemporaryDirectory() as name:
        loader = Path(name) / "pyodide.mjs"
        loader.write_text(PYODIDE_CDN.sub("", (PYODIDE / "pyodide.mjs").read_text()))
        esbuild(
            [*entries, browser / "wgpu-shim" / "worker.js"],
            made,
            not dev,
            f"--define:IS_DEVELOPMENT={str(dev).lower()}",
            f"--define:WEBLLM_VERSION={json.dumps(package_version(WEBLLM_PACKAGE))}",
            f"--alias:pyodide={loader}",
            "--external:./webllm.js",
            "--external:./llama.js",
            "--external:./highlight.js",
            "--external:./math.js",
            "--external:node:*",
            "--external:ws",
            "--entry-names=[name]",
        )


def esbuild(entries: Iterable[Path], made: Path, minify: bool, *options: str) -> None:
    """Bundle each entry into the folder, by the rules of all our scripts."""
    given = [str(entry) for entry in entries]
    run_esbuild(*given, *BROWSER, *options, f"--outdir={made}", *(["--minify"] if minify else []))


def _pages(browser: Path) -> list[Path]:
    return [browser / page for page in PAGES]


def shared_inputs(*, minify: bool) -> tuple[str | Path, ...]:
    """What every bundled script depends on, beside its sources."""
    return (str(minify), Path(__file__), ROOT / "package-lock.json")
