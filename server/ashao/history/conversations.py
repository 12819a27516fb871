"""The conversations that people keep: what was asked, what was answered, and whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ashao.history import queries, saving
from ashao.history.prompt import Turn, turns_of
from ashao.history.tables import Conversation, ConversationId, Message
from ashao.identity.accounts import require_account
from ashao.identity.owners import VISITOR, OwnerId
from ashao.store.database import Database

LISTED = 200


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation with its turns, oldest first."""

    conversation: Conversation
    turns: list[Turn]


class Conversations:
    """Every owner's conversations; another's are never told from ones that do not exist."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_question(
        self,
        owner_id: OwnerId,
        conversation_id: ConversationId,
        job_id: str,
        content: str,
        retry_of: str | None,
    ) -> None:
        """`saving.save_question` as a transaction of its own."""
        await self._database.write(
            lambda connection: saving.save_question(
                connection, owner_id, conversation_id, job_id, content, retry_of
            )
        )

    async def save_answer(
        self, conversation_id: ConversationId, job_id: str, status: str, text: str
    ) -> bool:
        """`saving.save_answer` as a transaction of its own."""
        return await self._database.write(
            lambda connection: saving.save_answer(connection, conversation_id, job_id, status, text)
        )

    async def list_conversations(
        self, owner_id: OwnerId, search: str | None = None
    ) -> Sequence[Conversation]:
        """The owner's conversations, the latest first; those that hold all of `search`."""
        wanted = select(Conversation).where(Conversation.owner_id == owner_id)
        if search:
            search = queries.storable(search)
            mine = aliased(Conversation)  # nobody else's words are looked through
            holding = (
                select(Message.conversation_id)
                .join(mine, Message.conversation_id == mine.id)
                .where(
                    mine.owner_id == owner_id, Message.content.icontains(search, autoescape=True)
                )
            )
            wanted = wanted.where(
                Conversation.title.icontains(search, autoescape=True) | Conversation.id.in_(holding)
            )
        async with self._database.reading() as session:
            found = await session.scalars(
                wanted.order_by(Conversation.updated_at.desc()).limit(LISTED)
            )
            return found.all()

    async def read(self, owner_id: OwnerId, conversation_id: ConversationId) -> Transcript:
        """One conversation. Raises NotFound."""
        async with self._database.reading() as session:
            conversation = await queries.owned(session, owner_id, conversation_id)
            return Transcript(
                conversation, turns_of(await queries.messages_of(session, conversation_id))
            )

    async def owner_of(self, conversation_id: ConversationId) -> OwnerId | None:
        """Whose it is now; None when it was deleted."""
        async with self._database.reading() as session:
            return await session.scalar(
                select(Conversation.owner_id).where(Conversation.id == conversation_id)
            )

    async def rename(self, owner_id: OwnerId, conversation_id: ConversationId, title: str) -> None:
        """Give it another title. Raises NotFound."""
        async with self._database.session() as session, session.begin():
            (await queries.owned(session, owner_id, conversation_id)).title = queries.storable(
                title
            )

    async def unanswered(
        self, owner_id: OwnerId, conversation_id: ConversationId | None = None
    ) -> Sequence[str]:
        """The ids of jobs that questions still wait for, in one conversation or in all."""
        async with self._database.reading() as session:
            return await queries.unanswered(session, owner_id, conversation_id)

    async def delete(self, owner_id: OwnerId, conversation_id: ConversationId) -> Sequence[str]:
        """Delete it with all its messages; the jobs that it still waited for. Raises NotFound."""
        async with self._database.session() as session, session.begin():
            conversation = await queries.owned(session, owner_id, conversation_id, for_update=True)
            waited_for = await queries.unanswered(session, owner_id, conversation_id)
            await session.delete(conversation)
        await self._database.scrub()
        return waited_for

    async def delete_all(self, owner_id: OwnerId) -> Sequence[str]:
        """Delete everything that the owner keeps; the jobs that were still waited for."""
        async with self._database.session() as session, session.begin():
            waited_for = await delete_history(session, owner_id)
        await self._database.scrub()
        return waited_for

    async def read_all(self, owner_id: OwnerId) -> Sequence[Transcript]:
        """Everything that the owner keeps, the latest first, for an export."""
        async with self._database.reading() as session:
            found = await session.scalars(
                select(Conversation)
                .where(Conversation.owner_id == owner_id)
                .order_by(Conversation.updated_at.desc())
            )
            return [
                Transcript(each, turns_of(await queries.messages_of(session, each.id)))
                for each in found.all()
            ]

    async def move(self, visitor_id: OwnerId, account_owner_id: OwnerId) -> int:
        """Give an anonymous owner's conversations to an account's; how many there were.

        Raises NotSignedIn when the account was deleted.
        """
        async with self._database.session() as session, session.begin():
            connection = await session.connection()
            await connection.run_sync(require_account, account_owner_id)
            moved = await session.scalars(
                update(Conversation)
                .where(Conversation.owner_id == visitor_id)
                .values(owner_id=account_owner_id)
                .returning(Conversation.id)
            )
            return len(moved.all())

    async def purge_anonymous(self, days: int) -> int:
        """Delete anonymous conversations that nobody wrote in for so many days; how many."""
        async with self._database.session() as session, session.begin():
            purged = await session.scalars(
                delete(Conversation)
                .where(
                    Conversation.owner_id.startswith(VISITOR),
                    Conversation.updated_at < queries.now() - timedelta(days=days),
                )
                .returning(Conversation.id)
            )
            count = len(purged.all())
        if count:
            await self._database.scrub()
        return count


async def delete_history(session: AsyncSession, owner_id: OwnerId) -> Sequence[str]:
    """Delete an owner's conversations within the caller's transaction; the jobs waited for."""
    mine = select(Conversation.id).where(Conversation.owner_id == owner_id)
    await session.scalars(mine.with_for_update())  # no question is added to them meanwhile
    waited_for = await queries.unanswered(session, owner_id)
    await session.execute(delete(Conversation).where(Conversation.owner_id == owner_id))
    return waited_for
