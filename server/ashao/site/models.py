"""Which models a donor may load: the small one, the demonstration, mirrored ones, WebLLM's list."""

import json
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from ashao.errors import CannotStart
from ashao.site.mirror import CONFIG, FILES, GGUF, LocalModel, mirrored
from ashao_text.chatml import CHATML

PREBUILT = "models.json"
MEGABYTE = 1_000_000
COMPRESSED = frozenset({".br", ".gz"})


class Model(msgspec.Struct, rename="camel", kw_only=True):
    """A model as the engine wants it that runs it in a tab.

    WebLLM's `url` is its `model` and `library` its `model_lib`; wllama's `url` is a GGUF file, and
    it needs no library. `overrides` take the place of what the model's own configuration says, such
    as its window; so does `chat_template` of the template in a GGUF file. `vram_mb` is the memory
    that it takes, of the graphics card or of the processor. `source` is where people read about it,
    and `reason` why one may want it; empty where nobody says.
    """

    id: str
    name: str
    engine: Literal["webllm", "wllama"] = "webllm"
    url: str
    library: str = ""
    demonstration: bool = False
    size_mb: float | None = None
    vram_mb: float | None = None
    context_tokens: int | None = None
    overrides: dict[str, int] = {}
    features: list[str] = []
    chat_template: str | None = None
    licence: str = ""
    source: str = ""
    reason: str = ""


def list_models(site: Path, mirror: Path | None) -> list[Model]:
    """The site's own models, a real one first; then mirrored models, then what the hub has.

    A mirrored model takes the place of the hub's one with the same id, and keeps its needs.
    """
    prebuilt = site / PREBUILT
    listed = json.loads(prebuilt.read_bytes()) if prebuilt.is_file() else []
    hub = {entry["id"]: _hub(entry) for entry in listed}
    models = [_small(_own(each)) for each in sorted(site.glob(f"models/*/{FILES}/*{GGUF}"))]
    models += [
        _demonstration(_own(each)) for each in sorted(site.glob(f"models/*/{FILES}/{CONFIG}"))
    ]
    models += [_mirrored(each, hub.pop(each.id, None)) for each in mirrored(mirror)]
    models += hub.values()
    return list({each.id: each for each in reversed(models)}.values())[::-1]


def _own(file: Path) -> LocalModel:
    """Its folder is named id.digest, so that browsers never mix files of two builds."""
    name = file.parents[2].name
    files = (file,) if file.suffix == GGUF else tuple(sorted(file.parent.iterdir()))
    return LocalModel(name.rpartition(".")[0], name, file.parent, files)


def _mirrored(local: LocalModel, known: Model | None) -> Model:
    """The hub's model from here, if the hub knows it."""
    if local.is_gguf:
        return _gguf(local)
    ours = _webllm(local)
    if known is None:
        return ours
    return msgspec.structs.replace(known, url=ours.url, library=ours.library, size_mb=ours.size_mb)


def _demonstration(local: LocalModel) -> Model:
    return msgspec.structs.replace(
        _webllm(local), name="Demonstration: recites one text", demonstration=True
    )


def _small(local: LocalModel) -> Model:
    """The prompt is the native worker's, which serves the very file."""
    return msgspec.structs.replace(
        _gguf(local),
        chat_template=CHATML,
        licence="Apache-2.0",
        source="https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
        reason="Very small, often wrong, real.",
    )


def _gguf(local: LocalModel) -> Model:
    (file,) = local.files
    return Model(
        id=local.id,
        name=local.id,
        engine="wllama",
        url=quote(f"/models/{local.address}/{FILES}/{file.name}"),
        size_mb=_size_mb(local),
    )


def _webllm(local: LocalModel) -> Model:
    config = _config(local.root / CONFIG)
    library = next((each.name for each in sorted(local.root.glob("*.wasm"))), "model.wasm")
    return Model(
        id=local.id,
        name=local.id,
        url=quote(f"/models/{local.address}/"),
        library=quote(f"/models/{local.address}/{FILES}/{library}"),
        size_mb=_size_mb(local),
        context_tokens=config.get("context_window_size"),
    )


def _config(path: Path) -> dict[str, Any]:
    """Raises CannotStart when it is none."""
    try:
        config: dict[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, ValueError) as error:
        raise CannotStart(f"{path} cannot be read as a model's configuration.") from error
    return config


def _size_mb(local: LocalModel) -> float:
    files = (each for each in local.files if each.suffix not in COMPRESSED)
    return round(sum(each.stat().st_size for each in files) / MEGABYTE, 1)


def _hub(entry: dict[str, Any]) -> Model:
    return msgspec.convert(entry | {"name": entry["id"]}, Model)
