"""llama.cpp inside this process: the extra `ashao[llama]` brings it, a GGUF file is its model."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ashao_text.chatml import CHATML
from ashao_worker.engines.gguf import ModelFile, read_model_file

SMALL_MODEL = "SmolLM2-135M-Instruct"
SMALL_MODEL_FILE = Path(".cache/models") / SMALL_MODEL / f"{SMALL_MODEL}.Q4_1.gguf"
WINDOW_TOKENS = 4096  # a longer one costs memory, and is asked for with --context-tokens
SLOTS = 2
HOW_TO_INSTALL = "llama.cpp is not installed here: pip install 'ashao[llama]'"


class EngineMissing(Exception):
    """There is no engine or no model to run; the text is a sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LlamaOptions:
    """What to run: without a file the small model. At most `slots` answers at a time share the
    memory for `context_tokens` each."""

    file: Path | None = None
    slots: int = SLOTS
    context_tokens: int | None = None


def why_no_small_model() -> str | None:
    """What is missing to run the small model here, as a sentence; None when nothing is."""
    if find_spec("xllamacpp") is None:
        return f"{HOW_TO_INSTALL}."
    if not SMALL_MODEL_FILE.is_file():
        return f"The small model is not here ({SMALL_MODEL_FILE}): make serve fetches it."
    return None


def llama_name() -> str:
    """Which llama.cpp it is: its own build it does not tell."""
    return f"xllamacpp {version('xllamacpp')}"


@contextmanager
def running_llama(options: LlamaOptions) -> Iterator[str]:
    """The address of a server on loopback that runs the model until the context ends.

    Blocks while the model is read. Raises EngineMissing, and BadModelFile for a file that is no
    model.
    """
    if find_spec("xllamacpp") is None:
        raise EngineMissing(f"{HOW_TO_INSTALL}, or name an engine with --engine-url.")
    if options.file is None and (reason := why_no_small_model()):
        raise EngineMissing(
            f"{reason} Or name a model with --gguf, or an engine with --engine-url."
        )
    server = _server(read_model_file(options.file or SMALL_MODEL_FILE), options)
    yield server.listening_address
    del server  # ends its threads


def _server(model: ModelFile, options: LlamaOptions) -> Any:
    import xllamacpp  # an extra; and it takes a while

    window = options.context_tokens or min(WINDOW_TOKENS, model.context_tokens or WINDOW_TOKENS)
    params = xllamacpp.CommonParams()
    params.model.path = str(model.path)
    params.verbosity = 0
    params.ui = False
    params.n_parallel = options.slots
    params.n_ctx = window * options.slots
    # A core is left to everybody else: threads wait for each other, so that one that cannot run
    # stops all of them.
    for threads in (params.cpuparams, params.cpuparams_batch):
        threads.n_threads = max(1, (os.cpu_count() or 2) - 1)
    if options.file is None:
        params.chat_template = CHATML
        params.sampling.temp = 0.0  # the likeliest words: any other are mostly wrong
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise EngineMissing(f"llama.cpp cannot run {model.path}.") from error
