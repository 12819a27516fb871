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
    "llama.js",
    "llama-worker.js",
    "llama.wasm",
    "llama-compat-worker.js",
    "llama-compat.wasm",
    "ashao_worker-0.1.0-cp314-none-any.whl",
    "stdlib.zip",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "pyodide-lock.json",
}
PAGE_FILES = {"chat.js", "donate.js", "account.js", "style.css"}
ON_DEMAND = {"highlight.js", "math.js", "math.css", "KaTeX_Main-Regular.woff2"}
CDNS = re.compile(rb"jsdelivr|unpkg\.com|cdnjs|esm\.sh|googleapis|skypack")


def policies_of(site: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((site / "manifest.json").read_text())["csp"]
    return found


def hash_of(site: Path) -> str:
    """The name of the newest build's folder, as the manifest has it."""
    (worker_script,) = (name for name in policies_of(site) if name.endswith("/worker.js"))
    return worker_script.split("/")[1]


def files_of(site: Path) -> list[Path]:
    """What is served for ever, without the compressed forms."""
    app = site / "app" / hash_of(site)
    return [each for each in sorted(app.iterdir()) if each.suffix not in (".br", ".gz")]


def test_every_file_that_is_served_has_both_compressed_forms(site: Path) -> None:
    files = files_of(site)
    assert BOOT_PATH | PAGE_FILES | ON_DEMAND <= {each.name for each in files}
    for each in (*files, *site.glob("*.html"), site / "models.json"):
        content = each.read_bytes()
        assert brotli.decompress(each.with_name(f"{each.name}.br").read_bytes()) == content
        assert gzip.decompress(each.with_name(f"{each.name}.gz").read_bytes()) == content


def test_pages_name_the_hashed_files_and_nothing_heavy(site: Path) -> None:
    prefix = f"/app/{hash_of(site)}/"
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
    before = hash_of(build(sources, tmp_path / "site"))
    assert hash_of(build(sources, tmp_path / "site")) == before
    for source in ("py/ashao_worker/core/wire.py", "wgpu-shim/bridge.js", "ui/style.css"):
        path = sources / source
        path.write_text(path.read_text().replace(": teal", ": navy") + _marker(path))
        after = hash_of(build(sources, tmp_path / "site"))
        assert after != before, source
        before = after


def _marker(path: Path) -> str:
    return {".py": "\nMARKER = 1\n", ".js": "\nglobalThis.marker = 1;\n", ".css": ""}[path.suffix]


def test_the_worker_travels_as_bytecode_of_pyodides_python(site: Path) -> None:
    name = _packages(site)["ashao-worker"]["file_name"]
    with zipfile.ZipFile(_file(site, name)) as wheel:
        names = wheel.namelist()
        magic = wheel.read("ashao_worker/core/worker.pyc")[:4]
    assert not [name for name in names if name.endswith(".py")]
    assert int.from_bytes(magic[:2], "little") // 10 == 362  # CPython 3.14
    assert name == "ashao_worker-0.1.0-cp314-none-any.whl"


def test_no_file_names_a_cdn(site: Path) -> None:
    for each in files_of(site):
        if each.suffix not in (".wasm", ".zip", ".whl"):
            assert CDNS.findall(each.read_bytes()) == [], each.name


def test_policies_allow_only_this_site_and_the_worker_the_model_hubs(site: Path) -> None:
    policies = policies_of(site)
    worker_script = f"app/{hash_of(site)}/worker.js"
    llamas = {f"app/{hash_of(site)}/llama{kind}-worker.js" for kind in ("", "-compat")}
    assert set(policies) == {"index.html", "worker.html", "account.html", worker_script} | llamas
    for name, policy in policies.items():
        assert policy.startswith("default-src 'none'")
        assert "'unsafe-eval'" not in policy.replace("'wasm-unsafe-eval'", "")
        assert ("https:" in policy) == (name == worker_script)


def test_real_models_are_listed_with_the_default_first(site: Path) -> None:
    models = json.loads((site / "models.json").read_text())
    assert models[0]["id"] == "Llama-3.2-1B-Instruct-q4f16_1-MLC"
    assert models[0]["url"].startswith("https://") and models[0]["library"].endswith(".wasm")
    assert models[0]["contextTokens"] > 0 and models[0]["vramMb"] > 0
    assert models[0]["overrides"] == {"context_window_size": models[0]["contextTokens"]}
    assert len({model["id"] for model in models}) == len(models) > 10


def test_the_lock_names_the_wheels_of_this_site_and_no_others(site: Path) -> None:
    packages = _packages(site)
    imports = {"ashao-worker": ["ashao_text", "ashao_worker"], "micropip": ["micropip"]}
    assert {name: package["imports"] for name, package in packages.items()} == imports
    for package in packages.values():
        wheel = _file(site, package["file_name"])
        assert hashlib.sha256(wheel.read_bytes()).hexdigest() == package["sha256"]


@pytest.mark.parametrize("worker", ["llama-worker.js", "llama-compat-worker.js"])
def test_llama_cpps_worker_is_a_file_of_this_site(site: Path, worker: str) -> None:
    """Without its code in the client, which would start it from a blob that no policy allows."""
    client = _file(site, "llama.js").read_bytes()
    assert worker.encode() in client
    assert b"wllama_malloc" not in client
    assert b"wllama_malloc" in _file(site, worker).read_bytes()
    assert [name for name, policy in policies_of(site).items() if "blob:" in policy] == []


def test_micropip_is_no_part_of_how_a_donor_starts(site: Path) -> None:
    assert b"micropip" not in _file(site, "worker.js").read_bytes()


def _packages(site: Path) -> dict[str, Any]:
    packages = json.loads(_file(site, "pyodide-lock.json").read_text())["packages"]
    assert isinstance(packages, dict)
    return packages


def _file(site: Path, name: str) -> Path:
    return site / "app" / hash_of(site) / name
