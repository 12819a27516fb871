"""A site made from a few stand-in pages and the real bridge and worker."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>ashao</title>
<link rel="stylesheet" href="ui/style.css"></head>
<body><script type="module" src="ui/{script}.js"></script></body></html>
"""


def write_sources(folder: Path) -> Path:
    """Sources that a test may change: small pages, the real bridge, the real worker."""
    for name in ("py", "wgpu-shim"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "browser" / name, folder / name, ignore=ignored)
    (folder / "ui").mkdir()
    (folder / "ui" / "style.css").write_text("body { color: teal }")
    (folder / "ui" / "chat.js").write_text("document.title = 'chat';")
    (folder / "ui" / "account.js").write_text("document.title = 'account';")
    (folder / "ui" / "donate.js").write_text("export * from '../wgpu-shim/page.js';")
    (folder / "index.html").write_text(PAGE.format(script="chat"))
    (folder / "worker.html").write_text(PAGE.format(script="donate"))
    (folder / "account.html").write_text(PAGE.format(script="account"))
    return folder


def bundle_command(sources: Path, site: Path, *options: str) -> list[str]:
    """The command line that builds these sources."""
    places = ["--browser", str(sources), "--site", str(site)]
    return [sys.executable, str(ROOT / "build" / "bundle.py"), *places, *options]


def build(sources: Path, site: Path, *options: str) -> Path:
    """Build and give the site's folder."""
    command = bundle_command(sources, site, *options)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return site


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """One test's own sources."""
    return write_sources(tmp_path / "browser")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site for production, to look at only."""
    folder = tmp_path_factory.mktemp("bundle")
    return build(write_sources(folder / "browser"), folder / "site")
