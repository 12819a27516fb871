"""Asks and answers without a job, and shows what is kept."""

from ashao.history.conversations import Conversations
from ashao.history.tables import ConversationId
from ashao.identity.owners import OwnerId
from ashao.store.secrets import new_id

ANN = OwnerId("account:ann")
BOB = OwnerId("anon:bob")


async def ask(
    conversations: Conversations,
    owner: OwnerId,
    conversation_id: ConversationId,
    question: str,
    answer: str | None = None,
    status: str = "done",
) -> str:
    """One turn; its job's id."""
    job_id = new_id()
    await conversations.save_question(owner, conversation_id, job_id, question, None)
    if answer is not None:
        assert await conversations.save_answer(conversation_id, job_id, status, answer)
    return job_id


async def shown(
    conversations: Conversations, owner: OwnerId, conversation_id: ConversationId
) -> list[str]:
    """The messages' texts, in order."""
    reading = await conversations.read(owner, conversation_id)
    return [
        each.content
        for turn in reading.turns
        for each in (turn.question, turn.answer)
        if each is not None
    ]
