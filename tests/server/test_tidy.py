"""What the hourly round cleans up."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from ashao.chat.charges import Charges
from ashao.jobs.enqueue import enqueue
from ashao.jobs.job import Tier
from ashao.jobs.scripts import JobStore
from ashao.people.account_tables import Account
from ashao.people.conversations import Conversations
from ashao.people.ledger import Ledger
from ashao.people.tables import Conversation
from ashao.store.secrets import new_id
from ashao.tidy import ANONYMOUS_DAYS, Tidy
from tests.server.providers.manual_clock import ManualClock
from tests.support.databases import opened
from tests.support.jobs import new_job


async def test_old_anonymous_chats_go_and_charges_of_lost_jobs_come_back(
    job_store: JobStore, tmp_path: Path
) -> None:
    """A job that the store still has keeps its charge; an account's chats stay."""
    async with opened(tmp_path) as database:
        clock = ManualClock()
        ledger, conversations = Ledger(database, clock=clock), Conversations(database)
        async with database.session() as session, session.begin():
            session.add(Account(id="ann", created_at=datetime.now(UTC)))
        await ledger.grant_sign_up("ann")
        lost, kept = new_job(), new_job()
        for job in (lost, kept):
            await ledger.charge("account:ann", job.id, Tier.PRO)
        await enqueue(job_store, kept)
        for owner in ("anon:bob", "account:ann"):
            await conversations.save_question(owner, new_id(), new_id(), "Hello?", None)
        long_ago = datetime.now(UTC) - timedelta(days=ANONYMOUS_DAYS + 1)
        async with database.session() as session, session.begin():
            await session.execute(update(Conversation).values(updated_at=long_ago))
        clock.ms += 2 * 3_600_000
        await Tidy(conversations, ledger, Charges(job_store, ledger)).tidy()
        assert await ledger.balance("account:ann") == 490
        assert len(await conversations.listed("anon:bob")) == 0
        assert len(await conversations.listed("account:ann")) == 1
