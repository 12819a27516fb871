"""Asks and answers without a job, and shows what is kept."""

from ashao.people.conversations import Conversations
from ashao.store.secrets import new_id

ANN = "account:ann"
BOB = "anon:bob"


async def ask(
    conversations: Conversations,
    owner: str,
    conversation_id: str,
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


async def shown(conversations: Conversations, owner: str, conversation_id: str) -> list[str]:
    """The messages' texts, in order."""
    reading = await conversations.read(owner, conversation_id)
    return [
        each.content
        for turn in reading.turns
        for each in (turn.question, turn.answer)
        if each is not None
    ]
