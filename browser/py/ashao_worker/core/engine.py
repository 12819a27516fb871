"""What runs a model for a worker, and the closed list of what can go wrong in it."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ashao_text.finish import Finish
from ashao_worker.core.wire import Message, Params


class EngineCode(StrEnum):
    """Why an engine cannot go on; `fail` carries nothing else."""

    ENGINE_ERROR = "engine_error"
    DEVICE_LOST = "device_lost"
    OUT_OF_MEMORY = "out_of_memory"
    CONTEXT_TOO_LONG = "context_too_long"
    TIMEOUT = "timeout"
    BAD_REQUEST = "bad_request"


# The engine is gone: claiming again would only spend another job's attempt.
FATAL = frozenset({EngineCode.DEVICE_LOST, EngineCode.OUT_OF_MEMORY})

# The job was at fault; the engine is as good as before.
JOB_AT_FAULT = frozenset({EngineCode.CONTEXT_TOO_LONG, EngineCode.BAD_REQUEST})

SENTENCES = {
    EngineCode.ENGINE_ERROR: "The engine reported an error.",
    EngineCode.DEVICE_LOST: "The graphics device was lost. Start again to go on donating.",
    EngineCode.OUT_OF_MEMORY: "This device's memory is full. Choose a smaller model.",
    EngineCode.CONTEXT_TOO_LONG: "A conversation was too long for this model.",
    EngineCode.TIMEOUT: "The engine took too long to answer.",
    EngineCode.BAD_REQUEST: "The engine could not take this request.",
}


class EngineError(Exception):
    """The engine cannot go on with this job. `code` is of the closed list; the text stays here."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        known = code in EngineCode.__members__.values()
        self.code = EngineCode(code) if known else EngineCode.ENGINE_ERROR


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of an answer, or of a thought before it, and how many tokens it took.

    Without text the model is at work, out of sight. A last one, with neither text nor tokens, may
    say why the model ended.
    """

    text: str
    tokens: int
    is_thought: bool = False
    finish: Finish | None = None


JSON_SCHEMA = "json_schema"  # the ability to keep an answer to a JSON schema, also in its midst


class Engine(Protocol):
    """Messages in, pieces out.

    Messages that end with the assistant's are continued, never begun anew. What the model thinks
    first is never in the text of the answer. The stream ends normally at the end of the answer, at
    `max_tokens` or with a full window, and raises EngineError otherwise. Closing or cancelling it
    stops the generation at once, well within a second.
    """

    model: str
    context_tokens: int | None
    abilities: tuple[str, ...]

    @property
    def name(self) -> str | None:
        """What it is called, and its version; None where nobody said."""
        ...

    def stream(self, messages: Sequence[Message], params: Params) -> AsyncGenerator[Piece, None]:
        """Generate the rest of the answer."""
        ...
