"""What the hourly round cleans up."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from ashao.background.housekeeping import ANONYMOUS_DAYS, Housekeeping
from ashao.chat.charges import Charges
from ashao.history.conversations import Conversations
from ashao.history.tables import Conversation, ConversationId
from ashao.identity.owners import OwnerId
from ashao.identity.tables import Account
from ashao.jobs.enqueue import enqueue
from ashao.jobs.job import Tier
from ashao.jobs.store import JobStore
from ashao.ledger.ledger import Ledger
from ashao.store.secrets import new_id
from tests.server.providers.manual_clock import ManualClock
from tests.support.databases import opened
from tests.support.jobs import new_job
from tests.support.ledgers import open_account


async def test_old_anonymous_chats_go_and_charges_of_lost_jobs_come_back(
    job_store: JobStore, tmp_path: Path
) -> None:
    """A job that the store still has keeps its charge; an account's chats stay."""
    async with opened(tmp_path) as database:
        clock = ManualClock()
        ledger, conversations = Ledger(database, clock=clock), Conversations(database)
        async with database.session() as session, session.begin():
            session.add(Account(id="ann", created_at=datetime.now(UTC)))
        await open_account(ledger, database, "ann")
        lost, kept = new_job(), new_job()
        for job in (lost, kept):
            await ledger.charge(OwnerId("account:ann"), job.id, Tier.PRO)
        await enqueue(job_store, kept)
        for owner in ("anon:bob", "account:ann"):
            await conversations.save_question(
                OwnerId(owner), ConversationId(new_id()), new_id(), "Hello?", None
            )
        long_ago = datetime.now(UTC) - timedelta(days=ANONYMOUS_DAYS + 1)
        async with database.session() as session, session.begin():
            await session.execute(update(Conversation).values(updated_at=long_ago))
        clock.ms += 2 * 3_600_000
        await Housekeeping(conversations, ledger, Charges(job_store, database, ledger)).tidy()
        assert await ledger.balance(OwnerId("account:ann")) == 490
        assert len(await conversations.list_conversations(OwnerId("anon:bob"))) == 0
        assert len(await conversations.list_conversations(OwnerId("account:ann"))) == 1
