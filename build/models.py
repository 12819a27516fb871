"""The catalogue: what a donor may load from the hubs, in one format for both engines.

WebLLM's list is its own; build/catalogue.json adds licences, reasons, and files for llama.cpp.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cache import digest, kept
from node import BUILD, package_version, run_node

CATALOGUE = BUILD / "catalogue.json"
HUB = "https://huggingface.co"

type Entry = dict[str, Any]


def model_list() -> Path:
    """A JSON file, the default first."""
    sources = (BUILD / "models.mjs", CATALOGUE, Path(__file__))
    return kept("models", digest(package_version("@mlc-ai/web-llm"), *sources), _write_models)


def _write_models(made: Path) -> None:
    catalogue = json.loads(CATALOGUE.read_text())
    webllm = [_webllm(each, catalogue) for each in json.loads(run_node("models.mjs"))]
    made.write_text(json.dumps([*webllm, *map(_gguf, catalogue["ggufs"])], indent=1))


def _webllm(entry: Entry, catalogue: Mapping[str, Mapping[str, str]]) -> Entry:
    return entry | {
        "engine": "webllm",
        "source": entry["url"],
        "licence": _licence(entry["id"], catalogue["licences"]),
        "reason": catalogue["reasons"].get(entry["id"], ""),
    }


def _licence(name: str, licences: Mapping[str, str]) -> str:
    """That of the longest beginning that is known; "" where none is."""
    known = sorted(filter(name.startswith, licences), key=len)
    return licences[known[-1]] if known else ""


def _gguf(entry: Entry) -> Entry:
    return {
        "id": entry["id"],
        "engine": "wllama",
        "url": f"{HUB}/{entry['repo']}/resolve/main/{entry['file']}",
        "library": "",
        "sizeMb": entry["sizeMb"],
        "vramMb": entry["memoryMb"],
        "contextTokens": entry["contextTokens"],
        "overrides": {},
        "features": [],
        "source": f"{HUB}/{entry['repo']}",
        "licence": entry["licence"],
        "reason": entry["reason"],
    }
