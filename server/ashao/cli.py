"""The `ashao` command: `ashao serve` runs the orchestrator, `ashao worker` a native worker,
`ashao keys` keeps the API keys, `ashao admin` is for what operators decide."""

import argparse
import dataclasses
import os
import socket
import sys
from collections.abc import Sequence

from ashao.logs import LEVELS, configure_logs
from ashao.settings import BadSetting, Settings, documented_settings


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exits with 2 and a sentence for what cannot be understood."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["worker"]:
        _run_worker(given[1:])
        return
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
    serve.add_argument("--port", type=int, help="instead of ASHAO_PORT")
    serve.add_argument("--workers", type=int, default=1, help="processes that share the port")
    serve.add_argument("--dev", action="store_true", help="read the pages anew on every request")
    serve.add_argument("--descriptor", type=int, help=argparse.SUPPRESS)
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
    if settings.log_level not in LEVELS:
        raise BadSetting(f"ASHAO_LOG_LEVEL must be one of {', '.join(LEVELS)}.")
    changes = {name: getattr(options, name) for name in ("host", "port")}
    return dataclasses.replace(
        settings, **{name: value for name, value in changes.items() if value is not None}
    )


def _serve(options: argparse.Namespace, settings: Settings) -> None:
    from ashao import serve, supervise

    if options.descriptor is not None:
        serve.serve(settings, socket.socket(fileno=options.descriptor), is_child=True)
        return
    try:
        listener = serve.bind(settings.host, settings.port)
    except OSError as error:
        raise SystemExit(
            f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}."
        ) from error
    sys.stdout.write(f"ashao is at {serve.address(listener)}\n")
    sys.stdout.flush()
    if options.workers > 1:
        supervise.supervise(listener, options.workers)
    else:
        serve.serve(settings, listener, is_development=options.dev)


def _run_worker(arguments: Sequence[str]) -> None:
    from ashao_worker.homes.native import main as run_worker

    raise SystemExit(run_worker(arguments))


def _run_keys(arguments: Sequence[str]) -> None:
    from ashao.key_command import main as run_keys

    raise SystemExit(run_keys(arguments, os.environ))


def _run_admin(arguments: Sequence[str]) -> None:
    from ashao.admin import main as run_admin

    raise SystemExit(run_admin(arguments, os.environ))
