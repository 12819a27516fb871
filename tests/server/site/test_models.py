"""Which models a donor may load, and with what they are loaded."""

import json
from pathlib import Path

import pytest

from ashao.site.models import Model, list_models
from ashao_text.chatml import CHATML

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


def _gguf(path: Path, size: int = 98_400_000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
    return path


def test_the_sites_own_real_model_comes_first_and_the_demonstration_after_it(site: Path) -> None:
    files = site / "models" / "Small.0123456789ab" / "resolve" / "main"
    _gguf(files / "Small.Q4.gguf")
    demonstration = site / "models" / "tiny.ba9876543210" / "resolve" / "main"
    demonstration.mkdir(parents=True)
    (demonstration / "mlc-chat-config.json").write_text("{}")
    small, tiny, _ = list_models(site, None)
    assert small == Model(
        id="Small",
        name="Small",
        engine="wllama",
        url="/models/Small.0123456789ab/resolve/main/Small.Q4.gguf",
        size_mb=98.4,
        chat_template=CHATML,
        licence="Apache-2.0",
        source="https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
        reason="Very small, often wrong, real.",
    )
    assert (tiny.id, tiny.engine, tiny.demonstration) == ("tiny", "webllm", True)


def test_a_mirrored_gguf_file_is_named_after_its_folder_or_itself(
    site: Path, tmp_path: Path
) -> None:
    for name in ("One.Q4.gguf", "Two/two-q8.gguf", "Three/a q4.gguf", "Three/b.gguf"):
        _gguf(tmp_path / "mirror" / name)
    listed = list_models(site, tmp_path / "mirror")
    assert [each.id for each in listed] == ["One.Q4", "Two", "a q4", "b", "Llama"]
    assert {each.engine for each in listed[:-1]} == {"wllama"}
    assert listed[2].url.endswith("/resolve/main/a%20q4.gguf")


def test_a_gguf_file_that_no_tab_can_load_is_not_offered(site: Path, tmp_path: Path) -> None:
    for name in ("A-00001-of-00002.gguf", "A-00002-of-00002.gguf", ".hidden.gguf"):
        _gguf(tmp_path / "mirror" / name)
    _gguf(tmp_path / "mirror" / "large.gguf", 2**31)
    (tmp_path / "mirror" / "elsewhere.gguf").symlink_to(_gguf(tmp_path / "outside.gguf"))
    assert [each.id for each in list_models(site, tmp_path / "mirror")] == ["Llama"]


def test_another_content_has_another_address(site: Path, tmp_path: Path) -> None:
    """Browsers keep a file in parts: those of two versions must not mix."""
    file = _gguf(tmp_path / "mirror" / "a.gguf")
    before = list_models(site, tmp_path / "mirror")[0].url
    assert list_models(site, tmp_path / "mirror")[0].url == before
    _gguf(file, 98_400_001)
    assert list_models(site, tmp_path / "mirror")[0].url != before
