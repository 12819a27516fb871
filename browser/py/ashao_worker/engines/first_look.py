"""A first look at an engine before it is offered: is it there, and does it have the model?

What waiting may mend is told apart from what it does not: an engine that is not up yet comes up by
itself, a wrong name stays wrong.
"""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Protocol

from ashao_worker.core.engine import EngineError
from ashao_worker.core.environment import CertificateRefused, NetworkError
from ashao_worker.core.wire import Message, Params
from ashao_worker.engines.openai_compatible import OpenAIEngine
from ashao_worker.engines.refusals import EngineServerError

PROBE = (Message("user", "Hi"),)
KEY_STATUSES = (401, 403)
MOST_NAMED = 10


class EngineAway(Exception):
    """It cannot be used yet; the text is a sentence for people."""


class EngineWrong(Exception):
    """Waiting will not mend it; the text is a sentence for people."""


class ModelList(Protocol):
    """Reads an engine's list of models."""

    async def get(self, path: str) -> object:
        """The JSON there, None for none. Raises EngineServerError, NetworkError, TimeoutError."""
        ...


async def check_engine(engine: OpenAIEngine, models: ModelList) -> None:
    """Return once the engine answered with its model; without a name it takes the only one.

    Raises EngineAway, EngineWrong.
    """
    listed = await _listed(models)
    if not engine.model:
        engine.model = _only(listed)
    try:
        async with aclosing(engine.stream(PROBE, Params(max_tokens=1))) as pieces:
            async for _ in pieces:
                break
    except EngineError as error:
        _raise_reason(error.__cause__, engine.model, listed)


async def _listed(models: ModelList) -> list[str] | None:
    """The names of its models; None when it has no such list."""
    try:
        page = await models.get("/models")
    except (NetworkError, TimeoutError, EngineServerError) as error:
        if not isinstance(error, EngineServerError) or error.status in KEY_STATUSES:
            _raise_reason(error, "", None)
        return None
    data = page.get("data") if isinstance(page, dict) else None
    entries = data if isinstance(data, list) else []
    names = [each.get("id") for each in entries if isinstance(each, dict)]
    return [name for name in names if isinstance(name, str)]


def _only(listed: Sequence[str] | None) -> str:
    if listed is not None and len(listed) == 1:
        return listed[0]
    raise EngineWrong(f"Name the model with --model: {_offer(listed)}.")


def _raise_reason(cause: BaseException | None, model: str, listed: Sequence[str] | None) -> None:
    """Say what a failed question means."""
    match cause:
        case CertificateRefused():
            raise EngineWrong(
                "The certificate at --engine-url is not trusted here: if it is a private "
                "authority's, set SSL_CERT_FILE to that authority's file."
            )
        case NetworkError():
            raise EngineAway("The engine cannot be reached at --engine-url; is it running?")
        case TimeoutError():
            raise EngineAway("The engine takes too long to answer; it may be loading the model.")
        case EngineServerError(status=401 | 403):
            raise EngineWrong("The engine refuses the key: set ASHAO_ENGINE_API_KEY to its own.")
        case EngineServerError(status=404 | 405) if not listed:
            raise EngineWrong(
                "There is no chat at --engine-url: it has to lead to the engine's /v1."
            )
        case EngineServerError() if cause.status < 500 and cause.status not in (408, 429):
            reason = f"it answered with status {cause.status}"
            raise EngineWrong(
                f"The engine does not take the model {model!r}: {reason}; {_offer(listed)}."
            )
        case EngineServerError():
            raise EngineAway(f"The engine is not ready: it answered with status {cause.status}.")
    raise EngineWrong("What answers at --engine-url does not speak OpenAI's chat format.")


def _offer(listed: Sequence[str] | None) -> str:
    if not listed:
        return "the engine lists none"
    more = ", ..." if len(listed) > MOST_NAMED else ""
    return f"the engine has {', '.join(listed[:MOST_NAMED])}{more}"
