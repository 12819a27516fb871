"""A mirror gives away its models and nothing that lies beside them, or that they only point to."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from ashao.site.mirror import CONFIG
from ashao.site.models import list_models
from tests.support.orchestrator import orchestrator

SECRET = "quetzalcoatlus"
HIDDEN = [".env", ".git/config", ".cache/huggingface/token", "below/.hidden"]


def _model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / CONFIG).write_text(json.dumps({"context_window_size": 4096}))
    (folder / "model.wasm").write_bytes(b"\0" * 1_000_000)
    return folder


def _outside(model: Path) -> None:
    (model.parent / "secret").write_text(SECRET)
    (model / "params.bin").symlink_to(model.parent / "secret")


def _compressed_outside(model: Path) -> None:
    (model.parent / "secret").write_text(SECRET)
    (model / "model.wasm.br").symlink_to(model.parent / "secret")


def _beside(model: Path) -> None:
    """A folder whose name begins as this one's."""
    (model.parent / f"{model.name}-secret").mkdir()
    (model.parent / f"{model.name}-secret" / "file").write_text(SECRET)
    (model / "params.bin").symlink_to(model.parent / f"{model.name}-secret" / "file")


def _dangling(model: Path) -> None:
    (model / "params.bin").symlink_to(model / "gone")


def _loop(model: Path) -> None:
    (model / "params.bin").symlink_to(model / "params.bin")


def _folder_outside(model: Path) -> None:
    (model / "more").symlink_to(model.parent.parent)


def _folder_loop(model: Path) -> None:
    (model / "more").symlink_to(model)


OWN = ("SmolLM2-135M-Instruct",)  # the site's, where it was fetched
BROKEN = [_outside, _compressed_outside, _beside, _dangling, _loop, _folder_outside, _folder_loop]


@pytest.mark.parametrize("links", BROKEN)
def test_a_model_that_is_not_all_in_its_folder_is_not_offered(
    tmp_path: Path, links: Callable[[Path], None]
) -> None:
    _model(tmp_path / "mirror" / "Whole")
    links(_model(tmp_path / "mirror" / "Linked"))
    assert [each.id for each in list_models(tmp_path, tmp_path / "mirror")] == ["Whole"]


@pytest.fixture(params=[(), ("--dev",)], ids=["as it is", "in development"])
def mirrored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a server is that mirrors a model, with all kinds of things around."""
    mirror = tmp_path / "mirror"
    model = _model(mirror / "Whole")
    for name in HIDDEN:
        (model / name).parent.mkdir(parents=True, exist_ok=True)
        (model / name).write_text(SECRET * 100_000)
    (model / ".gone").symlink_to(model / "nothing")
    (model / "alias.wasm").symlink_to(model / "model.wasm")
    _model(mirror / ".Hidden")
    for number, links in enumerate(BROKEN):
        links(_model(mirror / f"Linked{number}" / "x").rename(mirror / f"Linked-{number}"))
    with orchestrator(tmp_path, *request.param, ASHAO_MODELS_DIR=str(mirror)) as running:
        yield running.url


def test_what_is_listed_is_served_and_nothing_else_is(mirrored: str) -> None:
    with httpx.Client(base_url=mirrored, timeout=30) as http:
        listed = http.get("/api/models").json()["models"]
        local = [each for each in listed if each["url"].startswith("/models/")]
        local = [each for each in local if each["id"] not in OWN]
        assert [each["id"] for each in local if not each["demonstration"]] == ["Whole"]
        (ours,) = [each for each in local if each["id"] == "Whole"]
        assert 2.0 <= ours["sizeMb"] < 2.2, "the model and its alias, and no dot file"
        files = f"{ours['url']}resolve/main"
        for name in (CONFIG, "model.wasm", "alias.wasm"):
            assert http.get(f"{files}/{name}").status_code == 200, name
        gone = [f"{files}/{name}" for name in [*HIDDEN, ".gone", "%2eenv", "more/mirror"]]
        gone.append(f"/models/.Hidden/resolve/main/{CONFIG}")
        for number in range(len(BROKEN)):
            path = f"/models/Linked-{number}/resolve/main"
            gone += [f"{path}/{CONFIG}", f"{path}/params.bin", f"{path}/model.wasm"]
        for path in gone:
            reply = http.get(path, headers={"Accept-Encoding": "br"})
            assert (reply.status_code, SECRET in reply.text) == (404, False), path
