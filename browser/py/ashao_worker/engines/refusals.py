"""What an engine's server means when it refuses, by its own codes and fields.

An error of the server's own, 500 and above, is never the job's.
"""

import json
from collections.abc import Mapping

from ashao_text.too_long import is_too_long
from ashao_worker.core.engine import EngineCode

REQUEST_STATUSES = frozenset({400, 413, 422})
TIMEOUT_STATUSES = frozenset({408, 504})


class EngineServerError(Exception):
    """The engine's server answered with an error status; the text may be its body."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.text = text


def code_of(refused: EngineServerError) -> EngineCode:
    """The closed list has few words; a too long context is the one that matters elsewhere."""
    if refused.status in REQUEST_STATUSES:
        too_long = is_too_long(_error(refused.text))
        return EngineCode.CONTEXT_TOO_LONG if too_long else EngineCode.BAD_REQUEST
    is_timeout = refused.status in TIMEOUT_STATUSES
    return EngineCode.TIMEOUT if is_timeout else EngineCode.ENGINE_ERROR


def code_in_stream(text: str) -> EngineCode:
    """The code of an error that came as an event: its status, if any, stands in itself."""
    error = _error(text)
    status = error.get("code")
    is_about_request = not isinstance(status, int) or status in REQUEST_STATUSES
    if is_about_request and is_too_long(error):
        return EngineCode.CONTEXT_TOO_LONG
    return EngineCode.ENGINE_ERROR


def _error(text: str) -> Mapping[str, object]:
    """The error's fields; what is not JSON is a message."""
    try:
        body = json.loads(text)
    except ValueError:
        return {"message": text}
    error = body.get("error", body) if isinstance(body, dict) else body
    return error if isinstance(error, dict) else {"message": error}
