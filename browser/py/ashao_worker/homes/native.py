"""The native worker's command: an OpenAI-compatible engine, this machine's network, a terminal."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from ashao_worker.homes.cpython import CPythonEnvironment, HttpLines
from ashao_worker.homes.terminal import shown
from ashao_worker.openai_engine import OpenAIEngine
from ashao_worker.orchestrator import Rejected
from ashao_worker.report import Observe
from ashao_worker.worker import Donation, Worker

FINISH_S = 30.0
MOST_CONCURRENCY = 64


def main(argv: Sequence[str] | None = None) -> int:
    """Donate until SIGINT or SIGTERM; gives the exit status."""
    options = _options(argv)
    about = f"{options.model} for {options.server}"
    try:
        with shown(as_json=options.json_logs, about=about) as observe:
            asyncio.run(_donate(options, observe))
    except Rejected as refused:
        sys.stderr.write(f"The server will not have this worker: {refused}\n")
        return 1
    return 0


async def _donate(options: argparse.Namespace, observe: Observe) -> None:
    key = os.environ.get("ASHAO_ENGINE_API_KEY")
    async with (
        CPythonEnvironment(options.server) as environment,
        HttpLines(options.engine_url, key) as lines,
    ):
        engine = OpenAIEngine(lines, options.model, options.context_tokens)
        donation = Donation(
            kind="native",
            tiers=options.tier or ["max"],
            concurrency=options.concurrency,
            account_key=os.environ.get("ASHAO_API_KEY") or None,
        )
        worker = Worker(environment, engine, donation, observe)
        _stop_on_signals(worker)
        await worker.run()


def _stop_on_signals(worker: Worker) -> None:
    """The first signal lets answers in progress come to their end, the second does not."""
    loop = asyncio.get_running_loop()
    patience = iter([FINISH_S])
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: worker.stop(next(patience, 0.0)))


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ashao worker",
        description="Donate this machine: claim jobs and run them on an OpenAI-compatible server.",
        epilog="ASHAO_ENGINE_API_KEY is sent to the engine's server, if it wants one. "
        "ASHAO_API_KEY, an account's key for a worker, has this machine earn for that account.",
    )
    parser.add_argument("--server", required=True, type=_url, help="the orchestrator's address")
    parser.add_argument(
        "--engine-url",
        required=True,
        type=_engine_url,
        help="Ollama, llama.cpp or vLLM, such as http://127.0.0.1:11434/v1",
    )
    parser.add_argument("--model", required=True, help="the model's name there")
    parser.add_argument(
        "--tier",
        action="append",
        choices=["pro", "max"],
        help="whose jobs to claim; may be given twice (default: max)",
    )
    parser.add_argument(
        "--concurrency", type=_concurrency, default=1, help="jobs at a time (default: 1)"
    )
    parser.add_argument(
        "--context-tokens",
        type=int,
        default=None,
        help="the model's window: a longer conversation loses its oldest turns",
    )
    parser.add_argument(
        "--json-logs", action="store_true", help="one JSON object a line, for services"
    )
    return parser.parse_args(argv)


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError("must be an address such as https://chat.example.org")
    return text.rstrip("/")


def _engine_url(text: str) -> str:
    """The bare address of a server means its /v1."""
    url = _url(text)
    return url if urlsplit(url).path else f"{url}/v1"


def _concurrency(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_CONCURRENCY:
        raise argparse.ArgumentTypeError(f"must be from 1 to {MOST_CONCURRENCY}")
    return int(text)
