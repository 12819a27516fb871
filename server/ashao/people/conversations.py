"""The conversations that people keep: what was asked, what was answered, and whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ashao.errors import Conflict
from ashao.people import kept
from ashao.people.owners import must_be_here
from ashao.people.tables import Conversation, Message
from ashao.people.turns import PromptMessage, Turn, prompt_of, turns_of
from ashao.store.database import Database, add_once

LISTED = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """A conversation with its turns, oldest first."""

    conversation: Conversation
    turns: list[Turn]


class Conversations:
    """Every owner's conversations; another's are never told from ones that do not exist."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_question(
        self, owner_id: str, conversation_id: str, job_id: str, content: str, retry_of: str | None
    ) -> None:
        """Keep a question, in a new conversation if the id is new; the same job again is no news.

        With `retry_of`, a job of this conversation that did not succeed, its question is asked
        again and its answer dropped. Raises NotFound for another's conversation, NotSignedIn for an
        owner whose account was deleted.
        """
        async with self._database.session() as session, session.begin():
            await must_be_here(session, owner_id)
            if await session.get(Conversation, conversation_id) is None:
                await add_once(session, kept.new_conversation(owner_id, conversation_id, content))
            conversation = await kept.owned(session, owner_id, conversation_id, for_update=True)
            conversation.updated_at = kept.now()
            if await kept.message_of(session, conversation_id, job_id, "user") is not None:
                return
            if retry_of and await kept.ask_again(session, conversation_id, retry_of, job_id):
                return
            if not await add_once(
                session, kept.new_message(conversation_id, job_id, "user", content, "done")
            ):
                raise Conflict("This job's question is in another conversation.")

    async def save_answer(self, conversation_id: str, job_id: str, status: str, text: str) -> bool:
        """Keep the answer of a job that ended: `status` is done, failed or cancelled.

        False when it was kept before, or when its question was deleted meanwhile.
        """
        async with self._database.session() as session, session.begin():
            # Held, so that the conversation cannot be deleted in between.
            held = select(Conversation).where(Conversation.id == conversation_id)
            await session.execute(held.with_for_update(read=True))
            if await kept.message_of(session, conversation_id, job_id, "user") is None:
                return False
            return await add_once(
                session, kept.new_message(conversation_id, job_id, "assistant", text, status)
            )

    async def prompt(
        self, conversation_id: str, job_id: str, budget_tokens: int
    ) -> list[PromptMessage]:
        """What a producer needs to answer the job's question; `prompt_of` says how it is cut.

        Raises NotFound when the question was deleted meanwhile.
        """
        async with self._database.reading() as session:
            turns = turns_of(await kept.messages_of(session, conversation_id))
        return prompt_of(turns, job_id, budget_tokens)

    async def listed(self, owner_id: str, search: str | None = None) -> Sequence[Conversation]:
        """The owner's conversations, the latest first; those that hold all of `search`."""
        wanted = select(Conversation).where(Conversation.owner_id == owner_id)
        if search:
            search = kept.storable(search)
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

    async def read(self, owner_id: str, conversation_id: str) -> Reading:
        """One conversation. Raises NotFound."""
        async with self._database.reading() as session:
            conversation = await kept.owned(session, owner_id, conversation_id)
            return Reading(conversation, turns_of(await kept.messages_of(session, conversation_id)))

    async def owner_of(self, conversation_id: str) -> str | None:
        """Whose it is now; None when it was deleted."""
        async with self._database.reading() as session:
            return await session.scalar(
                select(Conversation.owner_id).where(Conversation.id == conversation_id)
            )

    async def rename(self, owner_id: str, conversation_id: str, title: str) -> None:
        """Give it another title. Raises NotFound."""
        async with self._database.session() as session, session.begin():
            (await kept.owned(session, owner_id, conversation_id)).title = kept.storable(title)

    async def unanswered(self, owner_id: str, conversation_id: str | None = None) -> Sequence[str]:
        """The ids of jobs that questions still wait for, in one conversation or in all."""
        async with self._database.reading() as session:
            return await kept.unanswered(session, owner_id, conversation_id)

    async def delete(self, owner_id: str, conversation_id: str) -> Sequence[str]:
        """Delete it with all its messages; the jobs that it still waited for. Raises NotFound."""
        async with self._database.session() as session, session.begin():
            conversation = await kept.owned(session, owner_id, conversation_id, for_update=True)
            waited_for = await kept.unanswered(session, owner_id, conversation_id)
            await session.delete(conversation)
        await self._database.scrub()
        return waited_for

    async def delete_all(self, owner_id: str) -> Sequence[str]:
        """Delete everything that the owner keeps; the jobs that were still waited for."""
        async with self._database.session() as session, session.begin():
            waited_for = await delete_history(session, owner_id)
        await self._database.scrub()
        return waited_for

    async def read_all(self, owner_id: str) -> Sequence[Reading]:
        """Everything that the owner keeps, the latest first, for an export."""
        async with self._database.reading() as session:
            found = await session.scalars(
                select(Conversation)
                .where(Conversation.owner_id == owner_id)
                .order_by(Conversation.updated_at.desc())
            )
            return [
                Reading(each, turns_of(await kept.messages_of(session, each.id)))
                for each in found.all()
            ]

    async def move(self, anonymous_id: str, account_owner_id: str) -> int:
        """Give an anonymous owner's conversations to an account's; how many there were.

        Raises NotSignedIn when the account was deleted.
        """
        async with self._database.session() as session, session.begin():
            await must_be_here(session, account_owner_id)
            moved = await session.scalars(
                update(Conversation)
                .where(Conversation.owner_id == anonymous_id)
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
                    Conversation.owner_id.startswith("anon:"),
                    Conversation.updated_at < kept.now() - timedelta(days=days),
                )
                .returning(Conversation.id)
            )
            count = len(purged.all())
        if count:
            await self._database.scrub()
        return count


async def delete_history(session: AsyncSession, owner_id: str) -> Sequence[str]:
    """Delete an owner's conversations within the caller's transaction; the jobs waited for."""
    mine = select(Conversation.id).where(Conversation.owner_id == owner_id)
    await session.scalars(mine.with_for_update())  # no question is added to them meanwhile
    waited_for = await kept.unanswered(session, owner_id)
    await session.execute(delete(Conversation).where(Conversation.owner_id == owner_id))
    return waited_for
