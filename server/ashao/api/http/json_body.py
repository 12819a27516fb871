"""The request as our controllers get it: a body that no decoder can read is the caller's fault."""

from typing import Any

from litestar import Request

from ashao.errors import BadRequest, UnknownFormat

ANY_FORMAT = "any_format"
"""The mark of a handler whose body is JSON whatever its type says."""

JSON = "application/json"
AS_JSON = "+json"


class JsonRequest(Request[Any, Any, Any]):
    """Bytes that are not Unicode, and arrays in arrays without end, are refused and no defect."""

    async def json(self) -> Any:
        """The body as JSON. Raises BadRequest, UnknownFormat unless it says to be JSON.

        Another site's page may send text without asking, but not this type.
        """
        if not (self._says_json() or self.route_handler.opt.get(ANY_FORMAT)):
            raise UnknownFormat
        try:
            return await super().json()
        except (UnicodeDecodeError, RecursionError) as error:
            raise BadRequest("The body is not JSON that can be read.") from error

    def _says_json(self) -> bool:
        kind = self.content_type[0].strip().lower()
        return kind == JSON or (kind.startswith("application/") and kind.endswith(AS_JSON))
