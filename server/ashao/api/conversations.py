"""What a person keeps: list, search, read, rename, delete."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, delete, get, patch
from litestar.params import Parameter

from ashao.api.document import refusals
from ashao.api.guards import owner_of, same_origin
from ashao.api.parts import Parts
from ashao.api.wire import READABLE, Wire
from ashao.people.conversations import Reading

ConversationId = Annotated[str, Parameter(pattern="^[0-9a-f]{32}$")]
Search = Annotated[str | None, Parameter(query="q", max_length=200)]


class ConversationSummary(Wire):
    """One line of the list, newest first."""

    id: str
    title: str
    updated_at: datetime


class ConversationList(Wire):
    """The caller's conversations."""

    conversations: list[ConversationSummary]


class KeptMessage(Wire):
    """A question or an answer. `status` of an answer: running, done, failed or cancelled."""

    role: str
    content: str
    status: str
    job_id: str


class Conversation(Wire):
    """A conversation with its messages, oldest first."""

    id: str
    title: str
    messages: list[KeptMessage]


class RenameBody(Wire, forbid_unknown_fields=True):
    """A new title."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=READABLE)]


class ConversationController(Controller):
    """The caller's own conversations; another's are never told from ones that do not exist."""

    path = "/api/conversations"
    tags = ["conversations"]
    guards = [same_origin]

    @get("/", operation_id="listConversations", responses=refusals())
    async def listed(
        self, request: Request[Any, Any, Any], parts: Parts, q: Search = None
    ) -> ConversationList:
        """The caller's conversations, the latest first; `q` searches titles and words.

        There are none for whoever has no session yet.
        """
        owner = await owner_of(request, parts)
        found = await parts.conversations.listed(owner, q) if owner is not None else []
        return ConversationList(
            conversations=[
                ConversationSummary(id=each.id, title=each.title, updated_at=each.updated_at)
                for each in found
            ]
        )

    @get("/{conversation_id:str}", operation_id="readConversation", responses=refusals(401, 404))
    async def read(self, conversation_id: ConversationId, owner: str, parts: Parts) -> Conversation:
        """One conversation with its messages."""
        return _shown(await parts.conversations.read(owner, conversation_id))

    @patch(
        "/{conversation_id:str}",
        operation_id="renameConversation",
        responses=refusals(401, 403, 404, 413),
    )
    async def rename(
        self, conversation_id: ConversationId, data: RenameBody, owner: str, parts: Parts
    ) -> Conversation:
        """Give it another title."""
        await parts.conversations.rename(owner, conversation_id, data.title)
        return _shown(await parts.conversations.read(owner, conversation_id))

    @delete(
        "/{conversation_id:str}",
        operation_id="deleteConversation",
        responses=refusals(401, 403, 404),
    )
    async def remove(self, conversation_id: ConversationId, owner: str, parts: Parts) -> None:
        """Delete it with all its messages."""
        await parts.erase.conversation(owner, conversation_id)

    @delete("/", operation_id="deleteConversations", responses=refusals(401, 403))
    async def remove_all(self, owner: str, parts: Parts) -> None:
        """Delete everything that the caller keeps."""
        await parts.erase.conversations(owner)


def _shown(reading: Reading) -> Conversation:
    messages = []
    for turn in reading.turns:
        job_id = turn.question.job_id
        messages.append(_message("user", turn.question.content, "done", job_id))
        if turn.answer is None:
            messages.append(_message("assistant", "", "running", job_id))
        else:
            messages.append(_message("assistant", turn.answer.content, turn.answer.status, job_id))
    return Conversation(
        id=reading.conversation.id, title=reading.conversation.title, messages=messages
    )


def _message(role: str, content: str, status: str, job_id: str) -> KeptMessage:
    return KeptMessage(role=role, content=content, status=status, job_id=job_id)
