"""What asks and what deletes, on a real store and a database in which Ann has an account."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ashao.chat.charges import Charges
from ashao.chat.erase import Erase
from ashao.chat.send import Send
from ashao.jobs.job import Tier
from ashao.jobs.needs import Needs
from ashao.jobs.scripts import JobStore
from ashao.people.account_sessions import AccountSessions
from ashao.people.accounts import Accounts
from ashao.people.conversations import Conversations
from ashao.people.ledger import Ledger
from ashao.store.api_keys import ApiKeys
from ashao.store.earners import Earners
from ashao.store.idempotency import Idempotency
from ashao.store.in_flight import InFlight
from ashao.store.sessions import Sessions
from tests.support.databases import opened


@dataclass
class Desk:
    """Everything that a person's message passes."""

    ann: str
    ledger: Ledger
    conversations: Conversations
    accounts: Accounts
    send: Send
    erase: Erase


@pytest.fixture
async def desk(tmp_path: Path, job_store: JobStore) -> AsyncIterator[Desk]:
    """Ann has 500 credits, and nothing was asked."""

    async def no_obstacle(_: Tier, __: Needs) -> None:
        return None

    async with opened(tmp_path) as database:
        redis, ledger, conversations = job_store.redis, Ledger(database), Conversations(database)
        accounts = Accounts(database, ledger, AccountSessions(database, Sessions(redis)))
        async with database.session() as session, session.begin():
            account_id = await accounts.create(session)
        charges, in_flight = Charges(job_store, ledger), InFlight(redis, 20)
        yield Desk(
            ann=f"account:{account_id}",
            ledger=ledger,
            conversations=conversations,
            accounts=accounts,
            send=Send(
                job_store, charges, conversations, Idempotency(redis), in_flight, no_obstacle
            ),
            erase=Erase(
                job_store,
                charges,
                conversations,
                in_flight,
                accounts,
                ApiKeys(redis),
                Earners(redis),
            ),
        )
