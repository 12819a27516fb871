"""Others' clients: Anthropic's Messages, with API keys, on the same jobs as everything else."""

from typing import Any

from litestar import Controller, Request, post
from litestar.openapi import ResponseSpec
from litestar.status_codes import HTTP_200_OK
from litestar.types import ASGIApp

from ashao.api.anthropic.answer import MessageForm, MessageRequest
from ashao.api.anthropic.asked import ask_of
from ashao.api.anthropic.errors import HANDLERS, error_responses
from ashao.api.anthropic.events import MessageEvents
from ashao.api.anthropic.schemas import AnswerMessage, MessageBody, TokenCount
from ashao.api.http.auth import require_api_key
from ashao.api.programs.fields import MAX_BODY_BYTES
from ashao.api.programs.reply import key_of, streamed_reply, whole_reply
from ashao.services import Services


class MessageController(Controller):
    """What a program asks."""

    path = "/v1/messages"
    tags = ["anthropic"]
    guards = [require_api_key]
    exception_handlers = HANDLERS

    @post(
        "/",
        operation_id="messages",
        status_code=HTTP_200_OK,
        request_class=MessageRequest,
        request_max_body_size=MAX_BODY_BYTES,
        responses={200: ResponseSpec(AnswerMessage, generate_examples=False)}
        | error_responses(402),
    )
    async def messages(
        self, request: Request[Any, Any, Any], data: MessageBody, services: Services
    ) -> ASGIApp:
        """Answer a conversation: whole, or as events. Whoever leaves cancels the answer."""
        ask, shows = ask_of(data), data.shows_thinking
        if data.stream:
            return await streamed_reply(
                request, services, ask, lambda asked: MessageEvents(MessageForm(asked, shows))
            )
        return await whole_reply(
            request, services, ask, lambda asked, answer: MessageForm(asked, shows).whole(answer)
        )

    @post(
        "/count_tokens",
        operation_id="countMessageTokens",
        status_code=HTTP_200_OK,
        request_class=MessageRequest,
        request_max_body_size=MAX_BODY_BYTES,
        responses=error_responses(),
    )
    async def count_tokens(self, request: Request[Any, Any, Any], data: MessageBody) -> TokenCount:
        """How long a conversation is, by estimate; nothing is asked."""
        key_of(request, "chat")
        return TokenCount(ask_of(data).prompt_tokens)
