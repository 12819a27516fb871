"""Everything that somebody asked and was answered, as a file to take along."""

import msgspec
from litestar import Response, get
from litestar.openapi import ResponseSpec

from ashao.api.account_wire import Format
from ashao.api.document import refusals
from ashao.api.parts import Parts
from ashao.people.export import as_json, as_markdown

FILE = "application/octet-stream"


@get(
    "/api/conversations/export",
    operation_id="exportConversations",
    tags=["conversations"],
    media_type=FILE,
    responses=refusals(401) | {200: ResponseSpec(bytes, media_type=FILE)},
)
async def export(owner: str, parts: Parts, format: Format = "json") -> Response[bytes]:
    """All of the caller's conversations, as JSON or as Markdown."""
    readings = await parts.conversations.read_all(owner)
    if format == "json":
        return _file(msgspec.json.encode(as_json(readings)), "ashao.json")
    return _file(as_markdown(readings).encode(), "ashao.md")


def _file(content: bytes, name: str) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=FILE)
