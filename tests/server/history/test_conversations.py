"""What people keep, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from ashao.errors import Conflict, NotFound, NotSignedIn
from ashao.history.conversations import Conversations
from ashao.history.export import as_json, as_markdown
from ashao.history.tables import Conversation, ConversationId
from ashao.identity.owners import OwnerId
from ashao.store.database import Database
from ashao.store.secrets import new_id
from tests.support.history import ANN, BOB, ask, shown


async def test_a_question_makes_its_conversation_with_a_title(
    conversations: Conversations,
) -> None:
    conversation_id = new_id()
    await ask(
        conversations, ANN, ConversationId(conversation_id), "How  do\nI " + "very " * 30 + "well?"
    )
    (listed,) = await conversations.list_conversations(ANN)
    assert listed.id == conversation_id
    assert listed.title.startswith("How do I very") and len(listed.title) == 60


async def test_nothing_is_kept_for_an_account_that_was_deleted(
    conversations: Conversations,
) -> None:
    """Nobody could ever delete it."""
    with pytest.raises(NotSignedIn):
        await ask(conversations, OwnerId("account:gone"), ConversationId(new_id()), "Am I kept?")
    await ask(conversations, BOB, ConversationId(new_id()), "Am I taken along?")
    with pytest.raises(NotSignedIn):
        await conversations.move(BOB, OwnerId("account:gone"))
    assert await conversations.list_conversations(OwnerId("account:gone")) == []
    assert len(await conversations.list_conversations(BOB)) == 1


async def test_the_same_question_twice_is_kept_once(conversations: Conversations) -> None:
    conversation_id, job_id = new_id(), new_id()
    await asyncio.gather(
        *(
            conversations.save_question(
                ANN, ConversationId(conversation_id), job_id, "Hello?", None
            )
            for _ in range(4)
        )
    )
    assert await shown(conversations, ANN, ConversationId(conversation_id)) == ["Hello?"]


async def test_two_questions_that_both_begin_a_conversation_are_both_kept(
    conversations: Conversations,
) -> None:
    conversation_id = new_id()
    await asyncio.gather(
        *(
            ask(conversations, ANN, ConversationId(conversation_id), text)
            for text in ("one", "two", "three")
        )
    )
    assert sorted(await shown(conversations, ANN, ConversationId(conversation_id))) == [
        "one",
        "three",
        "two",
    ]


async def test_an_answer_is_kept_once_whoever_settles(conversations: Conversations) -> None:
    conversation_id = new_id()
    job_id = await ask(conversations, ANN, ConversationId(conversation_id), "Hello?")
    news = await asyncio.gather(
        *(
            conversations.save_answer(ConversationId(conversation_id), job_id, "done", "Hi.")
            for _ in range(4)
        )
    )
    assert sorted(news) == [False, False, False, True]
    assert await shown(conversations, ANN, ConversationId(conversation_id)) == ["Hello?", "Hi."]


async def test_an_answer_to_a_deleted_question_is_dropped(conversations: Conversations) -> None:
    conversation_id = new_id()
    job_id = await ask(conversations, ANN, ConversationId(conversation_id), "Hello?")
    await conversations.delete(ANN, ConversationId(conversation_id))
    assert not await conversations.save_answer(
        ConversationId(conversation_id), job_id, "done", "Hi."
    )


async def test_another_owners_conversation_is_not_found(conversations: Conversations) -> None:
    conversation_id = new_id()
    await ask(conversations, ANN, ConversationId(conversation_id), "Mine.")
    with pytest.raises(NotFound):
        await ask(conversations, BOB, ConversationId(conversation_id), "Mine too?")
    with pytest.raises(NotFound):
        await conversations.read(BOB, ConversationId(conversation_id))
    with pytest.raises(NotFound):
        await conversations.rename(BOB, ConversationId(conversation_id), "Bob's")
    with pytest.raises(NotFound):
        await conversations.delete(BOB, ConversationId(conversation_id))
    await conversations.delete_all(BOB)
    assert await conversations.list_conversations(BOB) == []
    assert await shown(conversations, ANN, ConversationId(conversation_id)) == ["Mine."]


async def test_a_job_cannot_ask_in_two_conversations(conversations: Conversations) -> None:
    job_id = await ask(conversations, ANN, ConversationId(new_id()), "Here.")
    with pytest.raises(Conflict):
        await conversations.save_question(ANN, ConversationId(new_id()), job_id, "And there.", None)


async def test_a_retry_replaces_the_failed_answer_and_keeps_the_question(
    conversations: Conversations,
) -> None:
    conversation_id, again = new_id(), new_id()
    failed = await ask(conversations, ANN, ConversationId(conversation_id), "Hello?", "H", "failed")
    await conversations.save_question(ANN, ConversationId(conversation_id), again, "Hello?", failed)
    assert await shown(conversations, ANN, ConversationId(conversation_id)) == ["Hello?"]
    assert await conversations.save_answer(ConversationId(conversation_id), again, "done", "Hi.")
    assert await shown(conversations, ANN, ConversationId(conversation_id)) == ["Hello?", "Hi."]


async def test_a_retry_of_a_whole_answer_is_a_new_question(conversations: Conversations) -> None:
    conversation_id = new_id()
    done = await ask(conversations, ANN, ConversationId(conversation_id), "Hello?", "Hi.")
    await conversations.save_question(
        ANN, ConversationId(conversation_id), new_id(), "Hello?", done
    )
    assert await shown(conversations, ANN, ConversationId(conversation_id)) == [
        "Hello?",
        "Hi.",
        "Hello?",
    ]


async def test_search_finds_titles_and_words_and_takes_signs_literally(
    conversations: Conversations,
) -> None:
    apples, pears = new_id(), new_id()
    await ask(conversations, ANN, ConversationId(apples), "About apples", "They are 100% round.")
    await ask(conversations, ANN, ConversationId(pears), "About fruit", "Pears, say.")
    await ask(conversations, BOB, ConversationId(new_id()), "About pears")

    async def found(search: str) -> list[str]:
        return [each.id for each in await conversations.list_conversations(ANN, search)]

    assert await found("PEARS") == [pears]
    assert await found("apples") == [apples]
    assert await found("0%") == [apples]
    assert await found("about") == [pears, apples]
    assert await found("plum") == []
    assert await found("\x00") == []


async def test_text_that_a_database_cannot_hold_is_kept_readable(
    conversations: Conversations,
) -> None:
    conversation_id = new_id()
    await ask(conversations, ANN, ConversationId(conversation_id), "a\x00b 🦭", "c\x00d")
    await conversations.rename(ANN, ConversationId(conversation_id), "e\x00f")
    assert await shown(conversations, ANN, ConversationId(conversation_id)) == [
        "a\ufffdb 🦭",
        "c\ufffdd",
    ]


async def test_deleting_everything_leaves_others_alone(conversations: Conversations) -> None:
    kept = new_id()
    await ask(conversations, BOB, ConversationId(kept), "Bob's", "Yes.")
    for _ in range(3):
        await ask(conversations, ANN, ConversationId(new_id()), "Ann's", "Yes.")
    await conversations.delete_all(ANN)
    assert await conversations.list_conversations(ANN) == []
    assert [each.id for each in await conversations.list_conversations(BOB)] == [kept]


async def test_an_anonymous_history_moves_into_an_account(conversations: Conversations) -> None:
    conversation_id = new_id()
    await ask(conversations, BOB, ConversationId(conversation_id), "Hello?", "Hi.")
    assert await conversations.move(BOB, ANN) == 1
    assert await shown(conversations, ANN, ConversationId(conversation_id)) == ["Hello?", "Hi."]
    assert await conversations.list_conversations(BOB) == []


async def test_only_old_anonymous_conversations_are_purged(
    conversations: Conversations, database: Database
) -> None:
    old, new, kept = new_id(), new_id(), new_id()
    await ask(conversations, BOB, ConversationId(old), "Old.")
    await ask(conversations, BOB, ConversationId(new), "New.")
    await ask(conversations, ANN, ConversationId(kept), "Kept.")
    async with database.session() as session, session.begin():
        await session.execute(
            update(Conversation)
            .where(Conversation.id.in_([old, kept]))
            .values(updated_at=datetime.now(UTC) - timedelta(days=31))
        )
    assert await conversations.purge_anonymous(30) == 1
    assert [each.id for each in await conversations.list_conversations(BOB)] == [new]
    assert [each.id for each in await conversations.list_conversations(ANN)] == [kept]


async def test_an_export_holds_every_message_in_both_formats(
    conversations: Conversations,
) -> None:
    await ask(conversations, ANN, ConversationId(new_id()), "What is *new*?", "Nothing much.")
    await ask(conversations, ANN, ConversationId(new_id()), "And now?", "Still", "cancelled")
    readings = await conversations.read_all(ANN)
    exported = as_json(readings)
    assert [each["title"] for each in exported["conversations"]] == ["And now?", "What is *new*?"]
    assert exported["conversations"][0]["messages"] == [
        {"role": "user", "content": "And now?", "status": "done"},
        {"role": "assistant", "content": "Still", "status": "cancelled"},
    ]
    text = as_markdown(readings)
    for line in ("# What is *new*?", "Nothing much.", "# And now?", "Still", "*(cancelled)*"):
        assert line in text.splitlines()
