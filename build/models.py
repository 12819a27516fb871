"""The list of real models that WebLLM can load, taken from WebLLM itself."""

from pathlib import Path

from cache import digest, kept
from node import BUILD, package_version, run_node


def model_list() -> Path:
    """A JSON file, the default first; what a model has is in models.mjs."""
    key = digest(package_version("@mlc-ai/web-llm"), BUILD / "models.mjs")
    return kept("models", key, _write_models)


def _write_models(made: Path) -> None:
    made.write_text(run_node("models.mjs"))
