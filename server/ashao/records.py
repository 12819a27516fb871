"""What the open stores hold: who people are, what they keep, what it cost. Nothing runs here.

An operator's command opens what it needs of it; `services.py` puts what runs on top.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from ashao.chat.idempotency import Idempotency
from ashao.chat.membership import Membership
from ashao.chat.quota import JobQuota
from ashao.chat.totals import Totals
from ashao.errors import CannotStart
from ashao.history.conversations import Conversations
from ashao.identity.account_sessions import AccountSessions
from ashao.identity.accounts import Accounts
from ashao.identity.api_keys import ApiKeys
from ashao.identity.bans import Bans
from ashao.identity.challenges import Challenges
from ashao.identity.passkeys import Passkeys
from ashao.identity.recovery_codes import RecoveryCodes
from ashao.identity.sessions import Sessions
from ashao.identity.wallets import Wallets
from ashao.jobs.queue.lengths import QueueLengths
from ashao.ledger.ledger import Ledger
from ashao.ledger.payees import Payees
from ashao.ledger.prices import Prices
from ashao.ledger.statement import Statement
from ashao.settings import Settings
from ashao.store.database import Database, open_database
from ashao.store.embedded import store_url
from ashao.store.rate_limit import RateLimits
from ashao.store.redis import Redis, connect
from ashao.workers.registry import WorkerRegistry
from ashao.workers.speeds import Speeds
from ashao.workers.suspension import Suspensions


@dataclass(frozen=True, kw_only=True)
class Records:
    """What the open stores hold: who people are, what they keep, what it cost. Nothing runs.

    Each field is of one class: Litestar reads their types, and can tell no two classes apart.
    """

    settings: Settings
    database: Database

    sessions: Sessions
    account_sessions: AccountSessions
    accounts: Accounts
    passkeys: Passkeys
    wallets: Wallets
    recovery_codes: RecoveryCodes
    bans: Bans
    api_keys: ApiKeys
    membership: Membership

    ledger: Ledger
    statement: Statement
    payees: Payees
    conversations: Conversations

    workers: WorkerRegistry
    suspensions: Suspensions
    speeds: Speeds
    rate_limits: RateLimits
    idempotency: Idempotency
    quota: JobQuota
    totals: Totals
    queue_lengths: QueueLengths


@asynccontextmanager
async def open_api_keys(settings: Settings) -> AsyncGenerator[ApiKeys]:
    """The API keys, which need no database."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(store_url(settings))
        yield ApiKeys(connected(stack, url))


@asynccontextmanager
async def open_records(settings: Settings) -> AsyncGenerator[Records]:
    """What an operator decides about, while an orchestrator runs or none."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(store_url(settings))
        database = await stack.enter_async_context(open_database(settings))
        yield records_on(connected(stack, url), database, settings)


def records_on(redis: Redis, database: Database, settings: Settings) -> Records:
    """The records on open stores, at the prices and limits of the settings."""
    sessions, challenges = Sessions(redis), Challenges(redis)
    account_sessions = AccountSessions(database, sessions)
    passkeys, wallets = Passkeys(database, challenges), Wallets(challenges)
    bans, api_keys = Bans(database), ApiKeys(redis)
    ledger, payees, workers = (
        Ledger(database, _prices(settings)),
        Payees(redis),
        WorkerRegistry(redis),
    )
    return Records(
        settings=settings,
        database=database,
        sessions=sessions,
        account_sessions=account_sessions,
        accounts=Accounts(database),
        passkeys=passkeys,
        wallets=wallets,
        recovery_codes=RecoveryCodes(database),
        bans=bans,
        api_keys=api_keys,
        membership=Membership(
            database,
            passkeys=passkeys,
            wallets=wallets,
            account_sessions=account_sessions,
            bans=bans,
            api_keys=api_keys,
            ledger=ledger,
            payees=payees,
            workers=workers,
        ),
        ledger=ledger,
        statement=Statement(database),
        payees=payees,
        conversations=Conversations(database),
        workers=workers,
        suspensions=Suspensions(redis),
        speeds=Speeds(redis),
        rate_limits=RateLimits(redis),
        idempotency=Idempotency(redis),
        quota=JobQuota(redis, settings.in_flight, settings.in_flight_anonymous),
        totals=Totals(redis),
        queue_lengths=QueueLengths(redis),
    )


def connected(stack: AsyncExitStack, url: str, *, blocking: bool = False) -> Redis:
    """A client of the store, closed with the stack. Raises CannotStart for an address of none."""
    try:
        redis = connect(url, blocking=blocking)
    except ValueError as error:
        raise CannotStart("ASHAO_REDIS_URL is not the address of a store.") from error
    stack.push_async_callback(redis.aclose)
    return redis


def _prices(settings: Settings) -> Prices:
    return Prices(
        sign_up=settings.credits_sign_up,
        pro=settings.price_pro,
        max=settings.price_max,
        worker_share_percent=settings.worker_share_percent,
        pool_hourly_cap=settings.pool_hourly_cap,
    )
