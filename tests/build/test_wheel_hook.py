"""A wheel has the pages, and no model of chat."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]


def test_a_wheel_needs_the_pages_and_an_editable_one_does_not(tmp_path: Path) -> None:
    for name in (".gitignore", "pyproject.toml", "README.md", "LICENSE", "build/wheel_hook.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    for name in ("server/ashao", "browser/py/ashao_text", "browser/py/ashao_worker"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
    builder = WheelBuilder(str(tmp_path))
    out = str(tmp_path / "dist")
    assert list(builder.build(directory=out, versions=["editable"]))
    with pytest.raises(FileNotFoundError, match="pages are not built"):
        list(builder.build(directory=out, versions=["standard"]))
    page = tmp_path / "server/ashao/site/built/index.html"
    page.parent.mkdir(parents=True)
    page.touch()
    models = page.parent / "models"
    models.mkdir()
    for name in ("small.gguf", "tiny.json"):
        (models / name).touch()
    (wheel,) = builder.build(directory=out, versions=["standard"])
    names = {Path(name).name for name in ZipFile(wheel).namelist()}
    assert {"index.html", "tiny.json"} <= names
    assert "small.gguf" not in names, "what is fetched once is not in every wheel"
