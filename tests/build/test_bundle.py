"""What the build promises: a complete manifest, hashed files, nothing from elsewhere."""

import gzip
import hashlib
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import brotli
import pytest

from tests.build.conftest import build

pytestmark = pytest.mark.timeout(240)  # the very first build compresses for about a minute

BOOT_PATH = {
    "worker.js",
    "webllm.js",
    "ashao_worker-0.1.0-cp314-none-any.whl",
    "stdlib.zip",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "pyodide-lock.json",
}
PAGE_FILES = {"chat.js", "donate.js", "account.js", "style.css"}
CDNS = re.compile(rb"jsdelivr|unpkg\.com|cdnjs|esm\.sh|googleapis|skypack")


def manifest_of(site: Path) -> dict[str, Any]:
    found = json.loads((site / "manifest.json").read_text())
    assert isinstance(found, dict)
    return found


def test_the_manifest_names_every_file_and_each_has_both_compressed_forms(site: Path) -> None:
    manifest = manifest_of(site)
    names = {Path(name).name for name in manifest["files"]}
    assert BOOT_PATH | PAGE_FILES <= names
    for name, facts in manifest["files"].items():
        content = (site / name).read_bytes()
        assert name.startswith(f"app/{manifest['hash']}/")
        assert facts == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        assert brotli.decompress((site / f"{name}.br").read_bytes()) == content
        assert gzip.decompress((site / f"{name}.gz").read_bytes()) == content


def test_pages_name_the_hashed_files_and_nothing_heavy(site: Path) -> None:
    prefix = f"/app/{manifest_of(site)['hash']}/"
    pages = {"index.html": "chat.js", "worker.html": "donate.js", "account.html": "account.js"}
    for page, script in pages.items():
        text = (site / page).read_text()
        assert re.findall(r'(?:src|href)="([^"]+)"', text) == [
            f"{prefix}style.css",
            prefix + script,
        ]


def test_a_changed_source_changes_the_hash_and_nothing_else_does(
    sources: Path, tmp_path: Path
) -> None:
    before = manifest_of(build(sources, tmp_path / "site"))["hash"]
    assert manifest_of(build(sources, tmp_path / "site"))["hash"] == before
    for source in ("py/ashao_worker/wire.py", "wgpu-shim/bridge.js", "ui/style.css"):
        path = sources / source
        path.write_text(path.read_text().replace(": teal", ": navy") + _marker(path))
        after = manifest_of(build(sources, tmp_path / "site"))["hash"]
        assert after != before, source
        before = after


def _marker(path: Path) -> str:
    return {".py": "\nMARKER = 1\n", ".js": "\nglobalThis.marker = 1;\n", ".css": ""}[path.suffix]


def test_the_worker_travels_as_bytecode_of_pyodides_python(site: Path) -> None:
    name = _packages(site)["ashao-worker"]["file_name"]
    with zipfile.ZipFile(_file(site, name)) as wheel:
        names = wheel.namelist()
        magic = wheel.read("ashao_worker/worker.pyc")[:4]
    assert not [name for name in names if name.endswith(".py")]
    assert int.from_bytes(magic[:2], "little") // 10 == 362  # CPython 3.14
    assert name == "ashao_worker-0.1.0-cp314-none-any.whl"


def test_no_file_names_a_cdn(site: Path) -> None:
    for name in manifest_of(site)["files"]:
        if not name.endswith((".wasm", ".zip", ".whl")):
            assert CDNS.findall((site / name).read_bytes()) == [], name


def test_policies_allow_only_this_site_and_the_worker_the_model_hubs(site: Path) -> None:
    manifest = manifest_of(site)
    worker_script = f"app/{manifest['hash']}/worker.js"
    assert set(manifest["csp"]) == {"index.html", "worker.html", "account.html", worker_script}
    for name, policy in manifest["csp"].items():
        assert policy.startswith("default-src 'none'")
        assert "'unsafe-eval'" not in policy.replace("'wasm-unsafe-eval'", "")
        assert ("https:" in policy) == (name == worker_script)


def test_real_models_are_listed_with_the_default_first(site: Path) -> None:
    models = json.loads((site / manifest_of(site)["models"]).read_text())
    assert models[0]["id"] == "Llama-3.2-1B-Instruct-q4f16_1-MLC"
    assert models[0]["url"].startswith("https://") and models[0]["library"].endswith(".wasm")
    assert models[0]["contextTokens"] > 0 and models[0]["vramMb"] > 0
    assert models[0]["overrides"] == {"context_window_size": models[0]["contextTokens"]}
    assert len({model["id"] for model in models}) == len(models) > 10


def test_the_lock_names_the_wheels_of_this_site_and_no_others(site: Path) -> None:
    packages = _packages(site)
    assert set(packages) == {"ashao-worker", "micropip"}
    for name, package in packages.items():
        wheel = _file(site, package["file_name"])
        assert hashlib.sha256(wheel.read_bytes()).hexdigest() == package["sha256"]
        assert package["imports"] == [name.replace("-", "_")]


def test_micropip_is_no_part_of_how_a_donor_starts(site: Path) -> None:
    assert b"micropip" not in _file(site, "worker.js").read_bytes()


def _packages(site: Path) -> dict[str, Any]:
    packages = json.loads(_file(site, "pyodide-lock.json").read_text())["packages"]
    assert isinstance(packages, dict)
    return packages


def _file(site: Path, name: str) -> Path:
    return site / "app" / str(manifest_of(site)["hash"]) / name
