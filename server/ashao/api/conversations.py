"""What a person keeps: list, search, read, rename, delete."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, patch
from litestar.openapi import ResponseSpec
from litestar.params import Parameter

from ashao.api.account.schemas import Format
from ashao.api.http.auth import owner_of
from ashao.api.http.openapi import error_responses
from ashao.api.http.origin import same_origin
from ashao.api.wire import ID_PATTERN, READABLE, Wire
from ashao.api.writers import Writers, shown_writers
from ashao.history.conversations import Transcript
from ashao.history.export import as_json, as_markdown
from ashao.history.tables import ConversationId
from ashao.identity.owners import OwnerId
from ashao.services import Services
from ashao.settings import Settings

ConversationPath = Annotated[ConversationId, Parameter(pattern=ID_PATTERN)]
Search = Annotated[str | None, Parameter(query="q", max_length=200)]


class ConversationSummary(Wire):
    """One line of the list, newest first."""

    id: str
    title: str
    updated_at: datetime


class ConversationList(Wire):
    """The caller's conversations."""

    conversations: list[ConversationSummary]


class KeptMessage(Wire, omit_defaults=True):
    """A question or an answer. `status` of an answer: running, done, failed or cancelled.

    An answer says who wrote it, once that is known and unless the operator keeps it.
    """

    role: str
    content: str
    status: str
    job_id: str
    written_by: Writers | msgspec.UnsetType = msgspec.UNSET


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

    @get("/", operation_id="listConversations", summary="Listed", responses=error_responses(429))
    async def list_conversations(
        self, request: Request[Any, Any, Any], services: Services, q: Search = None
    ) -> ConversationList:
        """The caller's conversations, the latest first; `q` searches titles and words.

        There are none for whoever has no session yet.
        """
        owner = await owner_of(request, services)
        if owner is None:
            return ConversationList(conversations=[])
        services.rates.take("search", owner)
        found = await services.conversations.list_conversations(owner, q)
        return ConversationList(
            conversations=[
                ConversationSummary(id=each.id, title=each.title, updated_at=each.updated_at)
                for each in found
            ]
        )

    @get(
        "/{conversation_id:str}",
        operation_id="readConversation",
        responses=error_responses(401, 404),
    )
    async def read(
        self, conversation_id: ConversationPath, owner: OwnerId, services: Services
    ) -> Conversation:
        """One conversation with its messages."""
        transcript = await services.conversations.read(owner, conversation_id)
        return _conversation_of(transcript, services.settings)

    @patch(
        "/{conversation_id:str}",
        operation_id="renameConversation",
        responses=error_responses(401, 403, 404, 413, 415),
    )
    async def rename(
        self,
        conversation_id: ConversationPath,
        data: RenameBody,
        owner: OwnerId,
        services: Services,
    ) -> Conversation:
        """Give it another title."""
        await services.conversations.rename(owner, conversation_id, data.title)
        transcript = await services.conversations.read(owner, conversation_id)
        return _conversation_of(transcript, services.settings)

    @delete(
        "/{conversation_id:str}",
        operation_id="deleteConversation",
        responses=error_responses(401, 403, 404),
    )
    async def remove(
        self, conversation_id: ConversationPath, owner: OwnerId, services: Services
    ) -> None:
        """Delete it with all its messages."""
        await services.eraser.conversation(owner, conversation_id)

    @delete("/", operation_id="deleteConversations", responses=error_responses(401, 403))
    async def remove_all(self, owner: OwnerId, services: Services) -> None:
        """Delete everything that the caller keeps."""
        await services.eraser.conversations(owner)


def _conversation_of(reading: Transcript, settings: Settings) -> Conversation:
    messages = []
    for turn in reading.turns:
        job_id = turn.question.job_id
        messages.append(_message("user", turn.question.content, "done", job_id))
        if turn.answer is None:
            messages.append(_message("assistant", "", "running", job_id))
        else:
            answer = turn.answer
            kept = _message("assistant", answer.content, answer.status, job_id)
            if (writers := shown_writers(answer.written_by, settings)) is not None:
                kept.written_by = writers
            messages.append(kept)
    return Conversation(
        id=reading.conversation.id, title=reading.conversation.title, messages=messages
    )


def _message(role: str, content: str, status: str, job_id: str) -> KeptMessage:
    return KeptMessage(role=role, content=content, status=status, job_id=job_id)


FILE = "application/octet-stream"


@get(
    "/api/conversations/export",
    operation_id="exportConversations",
    tags=["conversations"],
    media_type=FILE,
    responses=error_responses(401, 429) | {200: ResponseSpec(bytes, media_type=FILE)},
)
async def export(owner: OwnerId, services: Services, format: Format = "json") -> Response[bytes]:
    """All of the caller's conversations, as JSON or as Markdown."""
    services.rates.take("export", owner)
    readings = await services.conversations.read_all(owner)
    if format == "json":
        return _file(msgspec.json.encode(as_json(readings)), "ashao.json")
    return _file(as_markdown(readings).encode(), "ashao.md")


def _file(content: bytes, name: str) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=FILE)
