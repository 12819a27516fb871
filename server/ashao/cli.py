"""The `ashao` command: `ashao serve` runs the orchestrator, `ashao worker` a native worker,
`ashao keys` keeps the API keys, `ashao admin` is for what operators decide."""

import argparse
import dataclasses
import gc
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from ashao.errors import CannotStart
from ashao.logs import configure_logs
from ashao.settings import Settings, documented_settings, range_of
from ashao.store.private_folder import OTHERS
from ashao.variable import BadSetting, whole_number

MAX_PROCESSES = 256


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exits with 2 and a sentence for what cannot be understood."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["worker"]:
        _run_worker(given[1:])
        return
    os.umask(OTHERS)  # all others keep people's words
    if given[:1] == ["keys"]:
        _run_keys(given[1:])
        return
    if given[:1] == ["admin"]:
        _run_admin(given[1:])
        return
    parser = _parser()
    options = parser.parse_args(given)
    try:
        settings = _settings(options)
    except BadSetting as error:
        parser.error(str(error))
    configure_logs(settings.log_level)
    _serve(options, settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ashao", description="People-powered LLM inference.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser(
        "serve",
        help="run the orchestrator",
        description="Run the orchestrator with its pages.",
        epilog=_settings_table(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument("--host", help="instead of ASHAO_HOST")
    serve.add_argument("--port", help="instead of ASHAO_PORT")
    serve.add_argument("--workers", default="1", help="processes that share the port")
    serve.add_argument(
        "--local", action="store_true", help="a small model on this machine answers, too"
    )
    serve.add_argument("--dev", action="store_true", help="read the pages anew on every request")
    serve.add_argument("--descriptor", type=int, help=argparse.SUPPRESS)
    serve.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    commands.add_parser("worker", help="run a native worker (see: ashao worker --help)")
    commands.add_parser("keys", help="create, list and revoke API keys (see: ashao keys --help)")
    commands.add_parser("admin", help="accounts, bans and the queue (see: ashao admin --help)")
    return parser


def _settings_table() -> str:
    rows = [
        f"  {variable:24} {meaning}" + (f" (default: {default})" if default else "")
        for variable, default, meaning in documented_settings()
    ]
    return "environment variables:\n" + "\n".join(rows)


def _settings(options: argparse.Namespace) -> Settings:
    settings = Settings.from_environment(os.environ)
    if options.dev and options.workers != "1":
        raise BadSetting("--dev is for one process: it cannot go with --workers.")
    options.workers = whole_number("--workers", options.workers, 1, MAX_PROCESSES)
    if options.host is not None:
        settings = dataclasses.replace(settings, host=options.host)
    if options.port is not None:
        port = whole_number("--port", options.port, *range_of("port"))
        settings = dataclasses.replace(settings, port=port)
    return settings


def _serve(options: argparse.Namespace, settings: Settings) -> None:
    """Serve; exits with 1 and a sentence when that cannot be."""
    try:
        _listen_and_serve(options, settings)
    except CannotStart as error:
        raise SystemExit(str(error)) from error


def _listen_and_serve(options: argparse.Namespace, settings: Settings) -> None:
    with _without_looking_for_garbage():
        from ashao.commands import serve, supervisor

    if options.descriptor is not None:
        serve.serve(settings, socket.socket(fileno=options.descriptor), parent=options.parent)
        return
    listener = serve.bind(settings.host, settings.port)
    with _own_worker(options, settings, serve.address(listener)):
        if options.workers > 1:
            serve.say_where(listener)
            supervisor.supervise(listener, settings.host, options.workers)
        else:
            serve.serve(settings, listener, is_development=options.dev)


@contextmanager
def _without_looking_for_garbage() -> Iterator[None]:
    """What is imported inside stays for good, and is never looked through again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _own_worker(
    options: argparse.Namespace, settings: Settings, server: str
) -> AbstractContextManager[None]:
    if not options.local:
        return nullcontext()
    from ashao.commands.local_worker import local_worker

    return local_worker(server, settings)


def _run_worker(arguments: Sequence[str]) -> None:
    from ashao_worker.homes.native import main as run_worker

    raise SystemExit(run_worker(arguments))


def _run_keys(arguments: Sequence[str]) -> None:
    from ashao.commands.api_keys import main as run_keys

    raise SystemExit(run_keys(arguments, os.environ))


def _run_admin(arguments: Sequence[str]) -> None:
    from ashao.commands.admin import main as run_admin

    raise SystemExit(run_admin(arguments, os.environ))
