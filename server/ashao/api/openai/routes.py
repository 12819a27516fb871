"""Others' clients: the OpenAI formats, with API keys, on the same jobs as everything else."""

from typing import Any

from litestar import Controller, Request, post
from litestar.openapi import ResponseSpec
from litestar.status_codes import HTTP_200_OK
from litestar.types import ASGIApp

from ashao.api.http.auth import require_api_key
from ashao.api.openai import chat, completions
from ashao.api.openai.asked import ask_of
from ashao.api.openai.errors import HANDLERS, error_responses
from ashao.api.openai.schemas import ChatCompletion, ChatCompletionBody
from ashao.api.programs.fields import MAX_BODY_BYTES
from ashao.api.programs.reply import streamed_reply, whole_reply
from ashao.services import Services


class OpenAIController(Controller):
    """What a program asks. Whoever leaves cancels the answer."""

    path = "/v1"
    tags = ["openai"]
    guards = [require_api_key]
    exception_handlers = HANDLERS

    @post(
        "/chat/completions",
        operation_id="chatCompletions",
        status_code=HTTP_200_OK,
        request_class=chat.ChatRequest,
        request_max_body_size=MAX_BODY_BYTES,
        responses={200: ResponseSpec(ChatCompletion, generate_examples=False)}
        | error_responses(402, 415),
    )
    async def chat_completions(
        self, request: Request[Any, Any, Any], data: ChatCompletionBody, services: Services
    ) -> ASGIApp:
        """Answer a conversation: whole, or as chunks. Whoever leaves cancels the answer."""
        ask = ask_of(data)
        if data.stream:
            return await streamed_reply(request, services, ask, chat.chunks_for(data))
        return await whole_reply(request, services, ask, chat.chat_completion)

    @post(
        "/completions",
        operation_id="completions",
        status_code=HTTP_200_OK,
        request_class=completions.TextRequest,
        request_max_body_size=MAX_BODY_BYTES,
        responses={200: ResponseSpec(completions.TextCompletion, generate_examples=False)}
        | error_responses(402, 415),
    )
    async def text_completions(
        self,
        request: Request[Any, Any, Any],
        data: completions.CompletionBody,
        services: Services,
    ) -> ASGIApp:
        """Go on from a text: whole, or as chunks. Whoever leaves cancels the answer."""
        ask = completions.ask_of(data)
        if data.stream:
            return await streamed_reply(request, services, ask, completions.chunks_for(data))
        return await whole_reply(request, services, ask, completions.text_completion)
