"""`ashao keys`: creates, lists and revokes API keys, in the store that the orchestrator uses."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from ashao.commands.operator import run_command
from ashao.identity.api_keys import SCOPES
from ashao.records import open_api_keys
from ashao.settings import Settings
from ashao.store.private_folder import STORE

PER_MINUTE = 60


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command; gives the exit status."""
    return run_command(_parser(), _run, arguments, environment)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ashao keys", description="API keys for programs.")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="make a key; its secret is shown this once")
    create.add_argument("name", help="for you to know it by")
    create.add_argument(
        "--scopes",
        default=",".join(SCOPES),
        help=f"what it may do, by comma (default: {','.join(SCOPES)})",
    )
    create.add_argument(
        "--per-minute",
        type=_positive,
        default=PER_MINUTE,
        help=f"requests a minute (default: {PER_MINUTE})",
    )
    commands.add_parser("list", help="show every key, without its secret")
    revoke = commands.add_parser("revoke", help="make a key useless at once")
    revoke.add_argument("id", help="as shown by: ashao keys list")
    return parser


async def _run(options: argparse.Namespace, settings: Settings) -> None:
    place = _place(settings)
    async with open_api_keys(settings) as api_keys:
        match options.command:
            case "create":
                scopes = options.scopes.split(",")
                key, secret = await api_keys.create(options.name, scopes, options.per_minute)
                sys.stderr.write(f"Key {key.id}, {place}.\n")
                sys.stderr.write("This is the only time that its secret is shown:\n")
                sys.stdout.write(f"{secret}\n")
            case "list":
                for key in await api_keys.list_all():
                    created = datetime.fromtimestamp(key.created_at / 1000, UTC)
                    limits = f"{key.per_minute}/min  {','.join(key.scopes)}"
                    sys.stdout.write(f"{key.id}  {created:%Y-%m-%d}  {limits}  {key.name}\n")
            case "revoke":
                await api_keys.revoke(options.id)


def _place(settings: Settings) -> str:
    """Where keys are kept: a server that runs elsewhere does not know them."""
    if settings.redis_url:
        return "in the store at ASHAO_REDIS_URL"
    folder = settings.data_dir.resolve()
    if (folder / STORE).exists():
        return f"in {folder}"
    return (
        f"in {folder}, where no server has run: only one with this ASHAO_DATA_DIR will know the key"
    )


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 1000000")
    return int(text)
