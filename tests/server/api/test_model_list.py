"""Which models a donor may load, and with what they are loaded."""

import json
from pathlib import Path

import pytest

from ashao.api.model_list import Model, list_models

LLAMA = {
    "id": "Llama",
    "url": "https://hub.example/Llama",
    "library": "https://hub.example/Llama.wasm",
    "vramMb": 879.04,
    "contextTokens": 4096,
    "overrides": {"context_window_size": 4096},
    "features": ["shader-f16"],
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site that lists one model of the hub."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "models.json").write_text(json.dumps([LLAMA]))
    return folder


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A mirror of that model, whose own configuration has a window that no tab could hold."""
    folder = tmp_path / "mirror"
    (folder / "Llama").mkdir(parents=True)
    config = {"context_window_size": 131_072}
    (folder / "Llama" / "mlc-chat-config.json").write_text(json.dumps(config))
    (folder / "Llama" / "Llama.wasm").write_bytes(b"")
    return folder


def test_a_model_of_the_hub_is_listed_with_its_overrides(site: Path) -> None:
    (model,) = list_models(site, None)
    assert model.overrides == {"context_window_size": 4096}
    assert (model.url, model.features) == (LLAMA["url"], LLAMA["features"])


def test_a_mirrored_model_comes_from_here_and_needs_what_the_hubs_does(
    site: Path, mirror: Path
) -> None:
    (model,) = list_models(site, mirror)
    assert model == Model(
        id="Llama",
        name="Llama",
        url="/models/Llama/",
        library="/models/Llama/resolve/main/Llama.wasm",
        size_mb=0.0,
        vram_mb=879.04,
        context_tokens=4096,
        overrides={"context_window_size": 4096},
        features=["shader-f16"],
    )


def test_a_mirrored_model_that_the_hub_does_not_know_is_as_its_configuration_says(
    site: Path, mirror: Path
) -> None:
    (mirror / "Llama").rename(mirror / "Ours")
    ours, hub = list_models(site, mirror)
    assert (ours.id, ours.context_tokens, ours.overrides) == ("Ours", 131_072, {})
    assert hub.id == "Llama"
