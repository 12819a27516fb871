"""What asks and what deletes, on a real store and a database in which Ann has an account."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ashao.chat.charges import Charges
from ashao.chat.erase import Eraser
from ashao.chat.membership import Membership
from ashao.chat.send import ChatService
from ashao.clock import SystemClock
from ashao.history.conversations import Conversations
from ashao.identity.accounts import add_account
from ashao.identity.owners import AccountId, OwnerId, of_account
from ashao.jobs.store import JobStore
from ashao.ledger.ledger import Ledger
from ashao.producers.presence import Presence
from ashao.providers.registry import ProviderConfiguration, make_providers
from ashao.records import records_on
from ashao.services import chat_on
from ashao.settings import Settings
from ashao.store.database import Database
from ashao.store.secrets import new_id
from ashao.workers.registry import WorkerRegistry
from tests.support.databases import opened


@dataclass
class Desk:
    """Everything that a person's message passes."""

    ann: OwnerId
    ledger: Ledger
    conversations: Conversations
    membership: Membership
    chat: ChatService
    eraser: Eraser
    workers: WorkerRegistry


@pytest.fixture
async def desk(tmp_path: Path, job_store: JobStore) -> AsyncIterator[Desk]:
    """Ann has 500 credits, and nothing was asked."""
    async with opened(tmp_path) as database:
        yield await desk_on(database, job_store)


async def desk_on(database: Database, job_store: JobStore) -> Desk:
    """The same on another database. Nothing runs in the background: what ends is not settled."""
    records = records_on(job_store.redis, database, Settings())
    account_id = AccountId(new_id())
    async with database.session() as session, session.begin():
        await add_account(session, account_id)
        await records.ledger.open_account(session, account_id)
    charges = Charges(job_store, database, records.ledger)
    providers = make_providers(ProviderConfiguration(), SystemClock())
    presence = Presence(records.workers, providers)
    services = chat_on(records, job_store, charges, presence)
    return Desk(
        ann=of_account(account_id),
        ledger=records.ledger,
        conversations=records.conversations,
        membership=records.membership,
        chat=services.chat,
        eraser=services.eraser,
        workers=records.workers,
    )
