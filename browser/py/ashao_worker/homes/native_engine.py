"""Which engine a native worker drives: a server that is there already, or llama.cpp in here."""

import argparse
import os
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import Progress

from ashao_worker.core.engine import JSON_SCHEMA
from ashao_worker.engines.openai_compatible import OpenAIEngine
from ashao_worker.homes.cpython import HttpLines
from ashao_worker.homes.engine_facts import ask_facts
from ashao_worker.homes.hub import HubFile, fetch_from_hub
from ashao_worker.homes.llama import SLOTS, SMALL_MODEL, LlamaOptions, llama_name, running_llama

MAX_SLOTS = 64
WINDOW_UNKNOWN = (
    "The engine does not say how long its window is. Name it with --context-tokens: without that, "
    "long conversations come here too and may fail.\n"
)


@dataclass(frozen=True, slots=True)
class NativeEngine:
    """An engine, the way to it, and what the command line says of it."""

    engine: OpenAIEngine
    lines: HttpLines
    url: str
    key: str | None
    concurrency: int | None

    async def learn(self) -> int:
        """Ask the engine for its name, its window, and how many answers it writes: that many.

        What the command line says counts where it says less.
        """
        facts = await ask_facts(self.url, self.engine.model, self.key)
        self.engine.name = self.engine.name or facts.engine
        self.engine.context_tokens = _least(self.engine.context_tokens, facts.context_tokens)
        self.engine.abilities = (JSON_SCHEMA,) if facts.keeps_to_grammars else ()
        if self.engine.context_tokens is None:
            sys.stderr.write(WINDOW_UNKNOWN)
        return min(_least(self.concurrency, facts.slots) or 1, MAX_SLOTS)


@asynccontextmanager
async def native_engine(options: argparse.Namespace) -> AsyncGenerator[NativeEngine]:
    """The engine that the command line asks for, until the context ends.

    Raises EngineMissing, BadModelFile.
    """
    async with AsyncExitStack() as stack:
        url, key = options.engine_url, os.environ.get("ASHAO_ENGINE_API_KEY")
        name = None
        if url is None:
            key = None
            llama = LlamaOptions(
                file=_model_file(options),
                slots=options.concurrency or SLOTS,
                context_tokens=options.context_tokens,
            )
            name = llama_name()
            url = f"{stack.enter_context(running_llama(llama))}/v1"
        lines = await stack.enter_async_context(HttpLines(url, key))
        engine = OpenAIEngine(lines, options.model, options.context_tokens, name=name)
        yield NativeEngine(engine, lines, url, key, options.concurrency)


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Whose engine, and which model."""
    engines = parser.add_mutually_exclusive_group()
    engines.add_argument(
        "--engine-url",
        type=_engine_url,
        help="a server of Ollama, llama.cpp or vLLM, such as http://127.0.0.1:11434/v1; without it "
        "llama.cpp runs in here (pip install 'ashao[llama]')",
    )
    engines.add_argument(
        "--gguf", type=Path, metavar="FILE", help="the model in here (default: the small one)"
    )
    engines.add_argument(
        "--hf",
        type=_hub_file,
        metavar="OWNER/NAME/FILE",
        help="the same from the model hub, over the Internet",
    )
    parser.add_argument(
        "--model",
        help="its name: at the --engine-url, if there are several, or for the network",
    )
    parser.add_argument(
        "--context-tokens",
        type=int,
        default=None,
        help="the model's window, where its engine does not tell or shall take less: a longer "
        "conversation loses its oldest turns",
    )


def name_model(options: argparse.Namespace) -> None:
    """Without a name a model in here is called as its file is; a server is asked for its own."""
    if options.model is None and options.engine_url is not None:
        options.model = ""
    if options.model is None:
        file = options.gguf or (options.hf and Path(options.hf.name))
        options.model = _network_name(file.stem) if file else SMALL_MODEL


def _network_name(stem: str) -> str:
    """In the letters that a model's name may have."""
    return re.sub(r"[^A-Za-z0-9._:@+-]+", "-", stem).lstrip("._:@+-")[:200] or "model"


def _engine_url(text: str) -> str:
    """The bare address of a server means its /v1."""
    url = url_of(text)
    return url if urlsplit(url).path else f"{url}/v1"


def _hub_file(text: str) -> HubFile:
    try:
        return HubFile.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def url_of(text: str) -> str:
    """An address of a server, for argparse."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError("must be an address such as https://chat.example.org")
    return text.rstrip("/")


def _model_file(options: argparse.Namespace) -> Path | None:
    given: Path | None = options.gguf
    if options.hf is None:
        return given
    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(options.hf.name)
        return fetch_from_hub(
            options.hf, lambda done, total: shown.update(task, completed=done, total=total)
        )


def _least(*numbers: int | None) -> int | None:
    return min((each for each in numbers if each is not None), default=None)
