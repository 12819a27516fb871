"""What of a conversation reaches a producer."""

import pytest

from ashao.errors import NotFound
from ashao.history import saving
from ashao.history.conversations import Conversations
from ashao.history.tables import ConversationId
from ashao.messages import Message
from ashao.store.database import Database
from ashao.store.secrets import new_id
from tests.support.history import ANN, ask


async def test_a_prompt_holds_the_history_up_to_its_question(
    conversations: Conversations,
    database: Database,
) -> None:
    conversation_id = new_id()
    await ask(conversations, ANN, ConversationId(conversation_id), "one", "1")
    await ask(conversations, ANN, ConversationId(conversation_id), "two", "", "failed")
    await ask(conversations, ANN, ConversationId(conversation_id), "three", "3, cut", "cancelled")
    job_id = await ask(conversations, ANN, ConversationId(conversation_id), "four")
    await ask(conversations, ANN, ConversationId(conversation_id), "five", "5")
    prompt = await _prompt(database, ConversationId(conversation_id), job_id, 1000)
    assert [(each.role, each.content) for each in prompt] == [
        ("user", "one"),
        ("assistant", "1"),
        ("user", "three"),
        ("assistant", "3, cut"),
        ("user", "four"),
    ]


async def test_a_long_history_is_cut_from_its_oldest_turn(
    conversations: Conversations, database: Database
) -> None:
    conversation_id = new_id()
    for number in range(5):
        await ask(
            conversations, ANN, ConversationId(conversation_id), f"question {number}", "a" * 31
        )
    job_id = await ask(conversations, ANN, ConversationId(conversation_id), "question 5")
    # 10 characters for the question, 41 for each turn: two turns fit into 100.
    prompt = await _prompt(database, ConversationId(conversation_id), job_id, 25)
    assert [each.content for each in prompt if each.role == "user"] == [
        "question 3",
        "question 4",
        "question 5",
    ]
    assert prompt[0].role == "user"


async def test_a_question_longer_than_the_budget_is_still_asked(
    conversations: Conversations,
    database: Database,
) -> None:
    conversation_id = new_id()
    await ask(conversations, ANN, ConversationId(conversation_id), "short", "yes")
    job_id = await ask(conversations, ANN, ConversationId(conversation_id), "long " * 100)
    (message,) = await _prompt(database, ConversationId(conversation_id), job_id, 10)
    assert message.content == "long " * 100


async def test_a_prompt_whose_question_was_deleted_is_not_found(
    conversations: Conversations,
    database: Database,
) -> None:
    conversation_id = new_id()
    job_id = await ask(conversations, ANN, ConversationId(conversation_id), "Hello?")
    await conversations.delete(ANN, ConversationId(conversation_id))
    with pytest.raises(NotFound):
        await _prompt(database, ConversationId(conversation_id), job_id, 100)


async def _prompt(
    database: Database, conversation_id: ConversationId, job_id: str, budget_tokens: int
) -> list[Message]:
    return await database.write(
        lambda connection: saving.prompt(connection, conversation_id, job_id, budget_tokens)
    )
