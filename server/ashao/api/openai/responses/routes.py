"""The door for responses."""

from typing import Any

from litestar import Controller, Request, post
from litestar.openapi import ResponseSpec
from litestar.status_codes import HTTP_200_OK
from litestar.types import ASGIApp

from ashao.api.http.auth import require_api_key
from ashao.api.openai.errors import HANDLERS, error_responses
from ashao.api.openai.responses.answer import ResponseForm, ResponseRequest
from ashao.api.openai.responses.asked import ask_of
from ashao.api.openai.responses.events import ResponseEvents
from ashao.api.openai.responses.items import ResponseObject
from ashao.api.openai.responses.schemas import ResponseBody
from ashao.api.programs.fields import MAX_BODY_BYTES
from ashao.api.programs.reply import streamed_reply, whole_reply
from ashao.services import Services


class ResponseController(Controller):
    """Responses; none is kept."""

    path = "/v1/responses"
    tags = ["openai"]
    guards = [require_api_key]
    exception_handlers = HANDLERS

    @post(
        "/",
        operation_id="responses",
        status_code=HTTP_200_OK,
        request_class=ResponseRequest,
        request_max_body_size=MAX_BODY_BYTES,
        responses={200: ResponseSpec(ResponseObject, generate_examples=False)}
        | error_responses(402, 415),
    )
    async def responses(
        self, request: Request[Any, Any, Any], data: ResponseBody, services: Services
    ) -> ASGIApp:
        """Answer: whole, or as events. Whoever leaves cancels the answer."""
        ask = ask_of(data)
        if data.stream:
            return await streamed_reply(
                request, services, ask, lambda asked: ResponseEvents(ResponseForm(asked, data))
            )
        return await whole_reply(
            request, services, ask, lambda asked, answer: ResponseForm(asked, data).whole(answer)
        )
