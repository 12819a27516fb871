"""`make sbom` lists what the lock files pin, all of it, as valid CycloneDX."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.build.conftest import ROOT
from tests.build.test_locks import pins


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the documents are."""
    made = tmp_path_factory.mktemp("sbom")
    subprocess.run([ROOT / "scripts" / "sbom", made], check=True, stdout=subprocess.DEVNULL)
    return made


def _read(folder: Path, name: str) -> dict[str, Any]:
    text = (folder / f"{name}.cdx.json").read_text()
    document: dict[str, Any] = json.loads(text)
    version = SchemaVersion.from_version(document["specVersion"])
    assert JsonStrictValidator(version).validate_str(text) is None
    return document


@pytest.mark.parametrize("lock", ["serve", "tests"])
def test_every_python_package_is_listed_with_its_hashes(folder: Path, lock: str) -> None:
    found = {
        each["name"]: (each["version"], _hashes(each)) for each in _read(folder, lock)["components"]
    }
    assert found == {
        name: (version, hashes.count("--hash=")) for name, (version, hashes) in pins(lock).items()
    }


def test_every_package_of_the_browser_is_listed(folder: Path) -> None:
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    pinned = {
        (path.rpartition("node_modules/")[2], each["version"])
        for path, each in locked.items()
        if path
    }
    components = _read(folder, "browser")["components"]
    assert {(each["name"], each["version"]) for each in components} == pinned
    assert all(each["hashes"] for each in components)


def _hashes(component: dict[str, Any]) -> int:
    return sum(len(each.get("hashes", [])) for each in component.get("externalReferences", []))
