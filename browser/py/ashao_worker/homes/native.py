"""The native worker's command: an OpenAI-compatible engine, this machine's network, a terminal."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence

import uvloop

from ashao_worker.core.backoff import Backoff
from ashao_worker.core.donation import Donation
from ashao_worker.core.environment import Environment
from ashao_worker.core.orchestrator import RequestRejected
from ashao_worker.core.race import race
from ashao_worker.core.report import Observer, State, StateChanged
from ashao_worker.core.worker import Worker
from ashao_worker.engines.first_look import EngineAway, EngineWrong, check_engine
from ashao_worker.engines.gguf import BadModelFile
from ashao_worker.homes.cpython import CPythonEnvironment
from ashao_worker.homes.hub import HubError
from ashao_worker.homes.llama import EngineMissing
from ashao_worker.homes.native_engine import (
    MAX_SLOTS,
    NativeEngine,
    add_engine_options,
    name_model,
    native_engine,
    url_of,
)
from ashao_worker.homes.parent import until_gone
from ashao_worker.homes.terminal import terminal_observer

DRAIN_S = 30.0
LONGEST_PAUSE_S = 10.0  # before an engine that is not up yet is asked again


def main(argv: Sequence[str] | None = None) -> int:
    """Donate until SIGINT or SIGTERM; gives the exit status."""
    options = _options(argv)
    about = f"{options.model or 'its model'} for {options.server}"
    try:
        with terminal_observer(as_json=options.json_logs, about=about) as observer:
            uvloop.run(_donate(options, observer))
    except (EngineMissing, EngineWrong, BadModelFile, HubError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 1
    except RequestRejected as refused:
        sys.stderr.write(f"The server will not have this worker: {refused}\n")
        return 1
    return 0


async def _donate(options: argparse.Namespace, observer: Observer) -> None:
    async with (
        CPythonEnvironment(options.server) as environment,
        native_engine(options) as native,
    ):
        asking = asyncio.ensure_future(_slots(native, environment, observer))
        _on_signals(asking.cancel)
        await asyncio.wait({asking})
        if asking.cancelled():
            return
        donation = Donation(
            kind="native",
            tiers=options.tier or ["max"],
            concurrency=asking.result(),
            is_spare=options.spare,
            account_key=os.environ.get("ASHAO_API_KEY") or None,
        )
        worker = Worker(environment, native.engine, donation, observer)
        drain_s = iter([DRAIN_S])
        # The first signal lets answers in progress come to their end, the second does not.
        _on_signals(lambda: worker.stop(next(drain_s, 0.0)))
        await race(worker.run(), _stop_with(options.parent, environment, worker))


async def _stop_with(parent: int | None, environment: Environment, worker: Worker) -> None:
    """A server's own worker ends with it."""
    if parent is not None:
        await until_gone(parent, environment)
        worker.stop()
    await asyncio.Future()


async def _slots(native: NativeEngine, environment: Environment, observer: Observer) -> int:
    """How many answers the engine writes at a time, once it can be used.

    One that is not up yet is waited for. Raises EngineWrong.
    """
    backoff = Backoff(environment, max_s=LONGEST_PAUSE_S)
    while True:
        try:
            await check_engine(native.engine, native.lines)
        except EngineAway as away:
            observer(StateChanged(State.PAUSED, f"{away} Trying again."))
            await backoff.wait()
        else:
            return await native.learn()


def _on_signals(stop: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ashao worker",
        description="Donate this machine: claim jobs and run them on llama.cpp in here, or on an "
        "OpenAI-compatible server.",
        epilog="ASHAO_ENGINE_API_KEY is sent to the engine's server, if it wants one. "
        "ASHAO_API_KEY, an account's key for a worker, has this machine earn for that account.",
    )
    parser.add_argument("--server", required=True, type=url_of, help="the orchestrator's address")
    add_engine_options(parser)
    parser.add_argument(
        "--tier",
        action="append",
        choices=["pro", "max"],
        help="whose jobs to claim; may be given twice (default: max)",
    )
    parser.add_argument(
        "--concurrency",
        type=_concurrency,
        help="jobs at a time (default: what the engine says, or 1)",
    )
    parser.add_argument(
        "--spare", action="store_true", help="take only what no other worker is free for"
    )
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    parser.add_argument(
        "--json-logs", action="store_true", help="one JSON object a line, for services"
    )
    options = parser.parse_args(argv)
    name_model(options)
    return options


def _concurrency(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_SLOTS:
        raise argparse.ArgumentTypeError(f"must be from 1 to {MAX_SLOTS}")
    return int(text)
