"""A question and its answer are saved, each step within its caller's transaction.

All of it is by job id: the same again changes nothing.
"""

from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from ashao.errors import Conflict, NotFound
from ashao.history.prompt import prompt_of, turns_of
from ashao.history.queries import now, storable, title_of
from ashao.history.tables import Conversation, ConversationId, Message
from ashao.history.written_by import WrittenBy
from ashao.identity.accounts import require_account
from ashao.identity.owners import OwnerId
from ashao.messages import Message as PromptMessage
from ashao.store.database import insert_once

if TYPE_CHECKING:
    from collections.abc import Sequence

# Made once: making a statement takes longer than what SQLite does with it.
_TOUCHED = (
    update(Conversation)
    .where(
        Conversation.id == bindparam("conversation"), Conversation.owner_id == bindparam("owner")
    )
    .values(updated_at=bindparam("moment"))
    .returning(Conversation.id)
)
_OWNER = select(Conversation.owner_id).where(Conversation.id == bindparam("conversation"))
_SAID = (
    select(Message.job_id, Message.role, Message.content)
    .where(Message.conversation_id == bindparam("conversation"))
    .order_by(Message.id)
)
_MESSAGE = select(Message.id, Message.status).where(
    Message.conversation_id == bindparam("conversation"),
    Message.job_id == bindparam("job"),
    Message.role == bindparam("role"),
)
# Its conversation is held, so that it cannot be deleted in between.
_HELD_QUESTION = (
    select(Message.id)
    .join(Conversation, Conversation.id == Message.conversation_id)
    .where(
        Conversation.id == bindparam("conversation"),
        Message.job_id == bindparam("job"),
        Message.role == "user",
    )
    .with_for_update(read=True, of=Conversation)
)


def save_question(
    connection: Connection,
    owner_id: OwnerId,
    conversation_id: ConversationId,
    job_id: str,
    content: str,
    retry_of: str | None,
) -> None:
    """Keep a question, in a new conversation if the id is new; the same job again is no news.

    With `retry_of`, a job of this conversation that did not succeed, its question is asked
    again and its answer dropped. Raises NotFound for another's conversation, NotSignedIn for an
    owner whose account was deleted.
    """
    require_account(connection, owner_id)
    _touch(connection, owner_id, conversation_id, content)
    if retry_of and _ask_again(connection, conversation_id, retry_of, job_id):
        return
    if _add(connection, conversation_id, job_id, "user", content, "done"):
        return
    if _message(connection, conversation_id, job_id, "user") is None:
        raise Conflict("This job's question is in another conversation.")


def save_answer(
    connection: Connection,
    conversation_id: ConversationId,
    job_id: str,
    status: str,
    text: str,
    written_by: WrittenBy | None = None,
) -> bool:
    """Keep the answer of a job that ended: `status` is done, failed or cancelled.

    False when it was kept before, or when its question was deleted meanwhile.
    """
    asked = {"conversation": conversation_id, "job": job_id}
    if connection.scalar(_HELD_QUESTION, asked) is None:
        return False
    return _add(connection, conversation_id, job_id, "assistant", text, status, written_by)


def prompt(
    connection: Connection, conversation_id: ConversationId, job_id: str, budget_tokens: int
) -> list[PromptMessage]:
    """What a producer needs to answer the job's question; `prompt_of` says how it is cut.

    Raises NotFound when the question was deleted meanwhile.
    """
    said = connection.execute(_SAID, {"conversation": conversation_id})
    lines = cast("Sequence[Message]", said.all())  # as far as turns look at them
    return prompt_of(turns_of(lines), job_id, budget_tokens)


def owner_of(connection: Connection, conversation_id: ConversationId) -> OwnerId | None:
    """Whose the conversation is now; None when it was deleted."""
    owner: OwnerId | None = connection.scalar(_OWNER, {"conversation": conversation_id})
    return owner


def _touch(
    connection: Connection, owner_id: OwnerId, conversation_id: ConversationId, content: str
) -> None:
    """Move the conversation to the top, making it if it is new; it is held from here on."""
    moment = now()
    begun = insert_once(
        connection,
        Conversation,
        id=conversation_id,
        owner_id=owner_id,
        title=title_of(content),
        updated_at=moment,
    )
    if begun is not None:
        return
    theirs = {"conversation": conversation_id, "owner": owner_id, "moment": moment}
    if connection.scalar(_TOUCHED, theirs) is None:
        raise NotFound("There is no such conversation.")


def _message(
    connection: Connection, conversation_id: ConversationId, job_id: str, role: str
) -> Row[int, str] | None:
    """The id and the status of a job's question or answer, if it is in this conversation."""
    wanted = {"conversation": conversation_id, "job": job_id, "role": role}
    return connection.execute(_MESSAGE, wanted).first()


def _add(
    connection: Connection,
    conversation_id: ConversationId,
    job_id: str,
    role: str,
    content: str,
    status: str,
    written_by: WrittenBy | None = None,
) -> bool:
    """False when the job has such a message."""
    added = insert_once(
        connection,
        Message,
        conversation_id=conversation_id,
        job_id=job_id,
        role=role,
        content=storable(content),
        status=status,
        kind=written_by and written_by.kind,
        model=written_by and written_by.model,
        machines=written_by and written_by.machines,
    )
    return added is not None


def _ask_again(
    connection: Connection, conversation_id: ConversationId, retry_of: str, job_id: str
) -> bool:
    """Give the question of a job that did not succeed to a new job; False when there is none."""
    question = _message(connection, conversation_id, retry_of, "user")
    answer = _message(connection, conversation_id, retry_of, "assistant")
    if question is None or (answer is not None and answer.status == "done"):
        return False
    if answer is not None:
        connection.execute(delete(Message).where(Message.id == answer.id))
    connection.execute(update(Message).where(Message.id == question.id).values(job_id=job_id))
    return True
