"""The rows of what people keep: how they are made, and how they are found within a transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ashao.errors import NotFound
from ashao.history.tables import Conversation, ConversationId, Message
from ashao.identity.owners import OwnerId

TITLE_CHARACTERS = 60


def title_of(content: str) -> str:
    """What a conversation is called that begins with this question."""
    line = " ".join(storable(content).split())
    return line if len(line) <= TITLE_CHARACTERS else line[: TITLE_CHARACTERS - 1] + "…"


def now() -> datetime:
    """The moment, as rows keep it."""
    return datetime.now(UTC)


def storable(text: str) -> str:
    """PostgreSQL's text cannot hold NUL."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


async def owned(
    session: AsyncSession,
    owner_id: OwnerId,
    conversation_id: ConversationId,
    *,
    for_update: bool = False,
) -> Conversation:
    """The owner's conversation. Raises NotFound, also for another's."""
    conversation = await session.get(Conversation, conversation_id, with_for_update=for_update)
    if conversation is None or conversation.owner_id != owner_id:
        raise NotFound("There is no such conversation.")
    return conversation


async def messages_of(session: AsyncSession, conversation_id: ConversationId) -> Sequence[Message]:
    """All of a conversation, oldest first."""
    found = await session.scalars(
        select(Message).where(Message.conversation_id == conversation_id).order_by(Message.id)
    )
    return found.all()


async def unanswered(
    session: AsyncSession, owner_id: OwnerId, conversation_id: ConversationId | None = None
) -> Sequence[str]:
    """The ids of jobs that an owner's questions still wait for, in one conversation or in all."""
    answer = aliased(Message)
    is_answered = exists().where(answer.job_id == Message.job_id, answer.role == "assistant")
    wanted = (
        select(Message.job_id)
        .join(Conversation, Message.conversation_id == Conversation.id)
        .where(Conversation.owner_id == owner_id, Message.role == "user", ~is_answered)
    )
    if conversation_id is not None:
        wanted = wanted.where(Conversation.id == conversation_id)
    return (await session.scalars(wanted)).all()
