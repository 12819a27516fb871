"""The rows of what people keep: how they are made, and how they are found within a transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ashao.errors import NotFound
from ashao.people.tables import Conversation, Message

TITLE_CHARACTERS = 60


def new_conversation(owner_id: str, conversation_id: str, content: str) -> Conversation:
    """One that begins with this question."""
    return Conversation(
        id=conversation_id, owner_id=owner_id, title=_title(content), updated_at=now()
    )


def _title(content: str) -> str:
    line = " ".join(storable(content).split())
    return line if len(line) <= TITLE_CHARACTERS else line[: TITLE_CHARACTERS - 1] + "…"


def now() -> datetime:
    """The moment, as rows keep it."""
    return datetime.now(UTC)


def new_message(conversation_id: str, job_id: str, role: str, content: str, status: str) -> Message:
    """A question, or an answer."""
    return Message(
        conversation_id=conversation_id,
        job_id=job_id,
        role=role,
        content=storable(content),
        status=status,
    )


def storable(text: str) -> str:
    """PostgreSQL's text cannot hold NUL."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


async def owned(
    session: AsyncSession, owner_id: str, conversation_id: str, *, for_update: bool = False
) -> Conversation:
    """The owner's conversation. Raises NotFound, also for another's."""
    conversation = await session.get(Conversation, conversation_id, with_for_update=for_update)
    if conversation is None or conversation.owner_id != owner_id:
        raise NotFound("There is no such conversation.")
    return conversation


async def messages_of(session: AsyncSession, conversation_id: str) -> Sequence[Message]:
    """All of a conversation, oldest first."""
    found = await session.scalars(
        select(Message).where(Message.conversation_id == conversation_id).order_by(Message.id)
    )
    return found.all()


async def message_of(
    session: AsyncSession, conversation_id: str, job_id: str, role: str
) -> Message | None:
    """A job's question or answer, if it is in this conversation."""
    message: Message | None = await session.scalar(
        select(Message).where(
            Message.conversation_id == conversation_id,
            Message.job_id == job_id,
            Message.role == role,
        )
    )
    return message


async def unanswered(
    session: AsyncSession, owner_id: str, conversation_id: str | None = None
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


async def ask_again(
    session: AsyncSession, conversation_id: str, retry_of: str, job_id: str
) -> bool:
    """Give the question of a job that did not succeed to a new job; False when there is none."""
    question = await message_of(session, conversation_id, retry_of, "user")
    answer = await message_of(session, conversation_id, retry_of, "assistant")
    if question is None or (answer is not None and answer.status == "done"):
        return False
    if answer is not None:
        await session.delete(answer)
    question.job_id = job_id
    return True
