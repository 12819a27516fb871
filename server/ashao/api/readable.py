"""The request as our controllers get it: a body that no decoder can read is the caller's fault."""

from typing import Any

from litestar import Request

from ashao.errors import BadRequest


class ReadableRequest(Request[Any, Any, Any]):
    """Bytes that are not Unicode, and arrays in arrays without end, are refused and no defect."""

    async def json(self) -> Any:
        """The body as JSON. Raises BadRequest."""
        try:
            return await super().json()
        except (UnicodeDecodeError, RecursionError) as error:
            raise BadRequest("The body is not JSON that can be read.") from error
