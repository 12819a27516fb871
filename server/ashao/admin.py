"""`ashao admin`: how many accounts there are, credits for one, bans, the queue. Nobody's text."""

import argparse
import sys
from collections.abc import Mapping, Sequence

from ashao.errors import BadRequest
from ashao.jobs import queue_ids
from ashao.jobs.job import Tier
from ashao.operator_command import run_command
from ashao.people.books import of_account
from ashao.people.people import People, people_of
from ashao.producers.workers import Workers
from ashao.settings import Settings
from ashao.store.api_keys import ApiKeys
from ashao.store.database import open_database
from ashao.store.earners import Earners
from ashao.store.operator import operators_store
from ashao.store.redis import Redis
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
    return parser


async def _run(options: argparse.Namespace, settings: Settings) -> None:
    async with operators_store(settings) as redis, open_database(settings) as database:
        people = people_of(database, redis, settings)
        match options.command:
            case "accounts":
                await _show_accounts(people)
            case "grant":
                await _grant(people, options.account, options.credits)
            case "ban":
                await _ban(people, redis, options.subject, options.reason)
            case "lift":
                await people.bans.lift(options.subject)
            case "bans":
                for each in await people.bans.listed():
                    _say(f"{each.created_at:%Y-%m-%d}  {each.subject}  {each.reason}")
            case "queue":
                await _show_queue(redis)


async def _show_accounts(people: People) -> None:
    totals = await people.statement.totals()
    _say(f"{await people.accounts.count()} accounts with {totals.in_accounts} credits")
    _say(f"{totals.held} held, {totals.kept} kept, {totals.donated} donated")


async def _grant(people: People, account_id: str, credits: int) -> None:
    await people.accounts.view(account_id)  # raises NotFound before anything moves
    await people.ledger.grant(account_id, credits, new_id())
    _say(f"{await people.ledger.balance(of_account(account_id))} credits")


async def _ban(people: People, redis: Redis, subject: str, reason: str) -> None:
    kind, _, name = subject.partition(":")
    match kind:
        case "account":
            await people.bans.ban(subject, reason)
            await ApiKeys(redis).revoke_all(subject)
            earners = Earners(redis)
            for worker_id in await earners.workers_of(subject):
                await Workers(redis).shut_out(worker_id)
            await earners.forget(subject)
        case "key":
            await ApiKeys(redis).revoke(name)
        case "worker":
            await Workers(redis).shut_out(name)
        case _:
            raise BadRequest("Name account:<id>, key:<id> or worker:<id>.")


async def _show_queue(redis: Redis) -> None:
    for tier in Tier:
        _say(f"{tier}: {await queue_ids.length(redis, tier)} waiting")
    present = await Workers(redis).present()
    for kind, count in present.by_type.items():
        _say(f"{kind} workers: {count}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
