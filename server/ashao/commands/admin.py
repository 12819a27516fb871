"""`ashao admin`: accounts and their credits, bans, the queue, the workers. Nobody's text."""

import argparse
import sys
from collections.abc import Mapping, Sequence

from ashao.commands.operator import run_command
from ashao.errors import BadRequest
from ashao.identity.owners import AccountId, OwnerId, of_account
from ashao.records import Records, open_records
from ashao.settings import Settings
from ashao.store.secrets import new_id


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command; gives the exit status."""
    return run_command(_parser(), _run, arguments, environment)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ashao admin", description="What operators decide.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("accounts", help="how many accounts there are, and their credits in sum")
    grant = commands.add_parser("grant", help="give an account credits")
    grant.add_argument("account", help="its id, which its owner can tell you")
    grant.add_argument("credits", type=int, help="how many; below zero takes them")
    ban = commands.add_parser("ban", help="shut out an account, an API key or a worker")
    ban.add_argument("subject", help="account:<id>, key:<id> or worker:<id>")
    ban.add_argument("--reason", default="", help="for you to remember")
    lift = commands.add_parser("lift", help="let an account take part again")
    lift.add_argument("subject", help="account:<id>")
    commands.add_parser("bans", help="which accounts are shut out, since when and why")
    commands.add_parser("queue", help="how many jobs wait, and how many workers are there")
    commands.add_parser("workers", help="who is there: id, type, tiers, model, engine, tokens/s")
    return parser


async def _run(options: argparse.Namespace, settings: Settings) -> None:
    async with open_records(settings) as records:
        match options.command:
            case "accounts":
                await _show_accounts(records)
            case "grant":
                await _grant(records, AccountId(options.account), options.credits)
            case "ban":
                await _ban(records, options.subject, options.reason)
            case "lift":
                await records.bans.lift(OwnerId(options.subject))
            case "bans":
                for each in await records.bans.list_bans():
                    _say(f"{each.created_at:%Y-%m-%d}  {each.subject}  {each.reason}")
            case "queue":
                await _show_queue(records)
            case "workers":
                await _show_workers(records)


async def _show_accounts(records: Records) -> None:
    totals = await records.statement.totals()
    _say(f"{await records.accounts.count()} accounts with {totals.in_accounts} credits")
    _say(f"{totals.held} held, {totals.kept} kept, {totals.donated} donated")


async def _grant(records: Records, account_id: AccountId, credits: int) -> None:
    await records.accounts.view(account_id)  # raises NotFound before anything moves
    await records.ledger.grant(account_id, credits, new_id())
    _say(f"{await records.ledger.balance(of_account(account_id))} credits")


async def _ban(records: Records, subject: str, reason: str) -> None:
    kind, _, name = subject.partition(":")
    match kind:
        case "account":
            await records.membership.ban(OwnerId(subject), reason)
        case "key":
            await records.api_keys.revoke(name)
        case "worker":
            await records.workers.deregister(name)
        case _:
            raise BadRequest("Name account:<id>, key:<id> or worker:<id>.")


async def _show_queue(records: Records) -> None:
    for tier, waiting in (await records.queue_lengths.read()).items():
        _say(f"{tier}: {waiting} waiting")
    present = await records.workers.present()
    for kind, count in present.by_type.items():
        _say(f"{kind} workers: {count}")


async def _show_workers(records: Records) -> None:
    for each in await records.workers.live(anew=True):
        tiers, speed = ",".join(each.tiers), each.measured_speed
        about = (each.id, each.type, tiers, each.model, each.engine, speed and f"{speed:.1f}")
        _say("  ".join(fact or "-" for fact in about))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
