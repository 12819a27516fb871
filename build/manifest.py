"""Puts the site together: one hash over all immutable files, pages that name it, and the manifest.

The manifest holds each page's content policy. It is written last and in one step, so a server that
reads it never sees half a site.
"""

import json
import os
import shutil
from pathlib import Path

from cache import digest
from javascript import PAGES, REFERENCE

# Where browsers fetch real models: the hub, its content hosts, and WebLLM's model libraries.
MODEL_HUBS = (
    "https://huggingface.co",
    "https://*.huggingface.co",
    "https://*.hf.co",
    "https://raw.githubusercontent.com",
)
PAGE_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "connect-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types ashao dompurify",
    )
)
# A worker is ruled by the header of its own script. WebAssembly is Python's and WebLLM's.
WORKER_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        f"connect-src 'self' {' '.join(MODEL_HUBS)}",
    )
)
# llama.cpp computes, and fetches nothing but its WebAssembly.
LLAMA_CSP = "; ".join(
    ("default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "connect-src 'self'")
)
GENERATIONS_KEPT = 2  # a tab that was opened before the last build may still press Start


def lay_out(files: dict[str, Path], site: Path) -> Path:
    """Copy the files to site/app/<hash>, a folder whose name changes when any of them does."""
    parts = (part for name in sorted(files) for part in (name, files[name].read_bytes()))
    app = site / "app" / digest(*parts)[:16]
    app.mkdir(parents=True, exist_ok=True)
    for name, path in files.items():
        shutil.copyfile(path, app / name)
    return app


def write_site(site: Path, browser: Path, app: Path) -> None:
    """Write pages and manifest for the immutable files in app, a folder named by its hash."""
    prefix = f"app/{app.name}"
    for page in PAGES:
        text = REFERENCE.sub(
            lambda found: _hashed(found.group(), prefix), (browser / page).read_text()
        )
        _write(site / page, text)
    llamas = (f"{prefix}/{name}" for name in ("llama-worker.js", "llama-compat-worker.js"))
    workers = {f"{prefix}/worker.js": WORKER_CSP} | dict.fromkeys(llamas, LLAMA_CSP)
    manifest = {"csp": dict.fromkeys(PAGES, PAGE_CSP) | workers}
    _write(site / "manifest.json", json.dumps(manifest, indent=1))
    _drop_older(app)


def _hashed(reference: str, prefix: str) -> str:
    return reference.replace('"ui/', f'"/{prefix}/')


def _drop_older(app: Path) -> None:
    os.utime(app)
    for old in sorted(app.parent.iterdir(), key=lambda path: path.stat().st_mtime)[
        :-GENERATIONS_KEPT
    ]:
        shutil.rmtree(old)


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}")
    draft.write_text(text)
    draft.replace(path)
