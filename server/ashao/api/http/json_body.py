"""The request as our controllers get it: a body that no decoder can read is the caller's fault."""

import re
from typing import Any

from litestar import Request
from litestar.serialization import decode_json

from ashao.errors import BadRequest, UnknownFormat

ANY_FORMAT = "any_format"
"""The mark of a handler whose body is JSON whatever its type says."""

JSON = "application/json"
AS_JSON = "+json"
# A text that was cut inside a character ends with half of a pair (RFC 8259, section 8.2): whoever
# sends it cannot help it, and one character that nobody could read is no reason for a refusal.
HALVES = re.compile(
    rb"(?P<kept>\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
UNREADABLE_CHARACTER = rb"\ufffd"


class JsonRequest(Request[Any, Any, Any]):
    """Bytes that are not Unicode, and arrays in arrays without end, are refused and no defect."""

    async def json(self) -> Any:
        """The body as JSON. Raises BadRequest, UnknownFormat unless it says to be JSON.

        Another site's page may send text without asking, but not this type.
        """
        if not (self._says_json() or self.route_handler.opt.get(ANY_FORMAT)):
            raise UnknownFormat
        try:
            body = with_whole_characters(await self.body())
            decoders = self.route_handler.resolve_type_decoders()
            return decode_json(body or b"null", type_decoders=decoders)
        except (UnicodeDecodeError, RecursionError) as error:
            raise BadRequest("The body is not JSON that can be read.") from error

    def _says_json(self) -> bool:
        kind = self.content_type[0].strip().lower()
        return kind == JSON or (kind.startswith("application/") and kind.endswith(AS_JSON))


def with_whole_characters(body: bytes) -> bytes:
    """The same JSON; each escaped half of a surrogate pair is the replacement character."""
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return HALVES.sub(lambda found: found["kept"] or UNREADABLE_CHARACTER, body)
