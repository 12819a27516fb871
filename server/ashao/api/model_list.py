"""Which models a donor may load: the demonstration, mirrored ones, and WebLLM's own list."""

import json
from pathlib import Path
from typing import Any

import msgspec

from ashao.api.wire import Wire

CONFIG = "mlc-chat-config.json"
PREBUILT = "models.json"
MEGABYTE = 1_000_000
# WebLLM asks for <model>/resolve/main/<file>, as its hub has it.
FILES = "resolve/main"
COMPRESSED = frozenset({".br", ".gz"})


class Model(Wire):
    """A model as WebLLM wants it: `url` is its `model`, `library` its `model_lib`.

    `overrides` take the place of what the model's own configuration says, such as its window.
    """

    id: str
    name: str
    url: str
    library: str
    demonstration: bool = False
    size_mb: float | None = None
    vram_mb: float | None = None
    context_tokens: int | None = None
    overrides: dict[str, int] = {}
    features: list[str] = []


def list_models(site: Path, mirror: Path | None) -> list[Model]:
    """The demonstrations that the site holds, mirrored models, then what the hub has.

    A mirrored model takes the place of the hub's one with the same id, and keeps its needs.
    """
    prebuilt = site / PREBUILT
    listed = json.loads(prebuilt.read_bytes()) if prebuilt.is_file() else []
    hub = {entry["id"]: _hub(entry) for entry in listed}
    ours = [_demonstration(each) for each in sorted(site.glob(f"models/*/{FILES}/{CONFIG}"))]
    ours += [_mirrored(folder, hub.pop(folder.name, None)) for folder in model_folders(mirror)]
    return ours + list(hub.values())


def model_folders(folder: Path | None) -> list[Path]:
    """The folders below that hold a model, by name."""
    if folder is None or not folder.is_dir():
        return []
    return sorted(each.parent for each in folder.glob(f"*/{CONFIG}"))


def _demonstration(config: Path) -> Model:
    """Its folder is named id.digest, so that browsers never mix files of two builds."""
    name = config.parents[2].name
    return _served(config.parent, name.rpartition(".")[0], name, is_demonstration=True)


def _mirrored(folder: Path, known: Model | None) -> Model:
    """The hub's model from here, if the hub knows it."""
    ours = _served(folder, folder.name, folder.name)
    if known is None:
        return ours
    return msgspec.structs.replace(known, url=ours.url, library=ours.library, size_mb=ours.size_mb)


def _served(folder: Path, model_id: str, address: str, *, is_demonstration: bool = False) -> Model:
    """A model that this server serves itself."""
    config = json.loads((folder / CONFIG).read_bytes())
    library = next((each.name for each in sorted(folder.glob("*.wasm"))), "model.wasm")
    files = [each for each in folder.iterdir() if each.suffix not in COMPRESSED]
    return Model(
        id=model_id,
        name="Demonstration: recites one text" if is_demonstration else model_id,
        url=f"/models/{address}/",
        library=f"/models/{address}/{FILES}/{library}",
        demonstration=is_demonstration,
        size_mb=round(sum(each.stat().st_size for each in files) / MEGABYTE, 1),
        context_tokens=config.get("context_window_size"),
    )


def _hub(entry: dict[str, Any]) -> Model:
    return Model(
        id=entry["id"],
        name=entry["id"],
        url=entry["url"],
        library=entry["library"],
        vram_mb=entry["vramMb"],
        context_tokens=entry["contextTokens"],
        overrides=entry["overrides"],
        features=entry["features"],
    )
