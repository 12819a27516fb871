"""What can go wrong for a program, whatever protocol then says it."""

from ashao import errors
from ashao.jobs.codes import EndCode

ENDS = {
    EndCode.REFUSED: "content_filter",
    EndCode.CONTEXT_TOO_LONG: "context_length_exceeded",
}


class UnsupportedValue(errors.BadRequest):
    """A field says what cannot be done; `param` names it, `code` says in a word what is wrong."""

    def __init__(self, param: str | None, message: str, code: str = "unsupported_value") -> None:
        super().__init__(message)
        self.param = param
        self.code = code


class ModelNotFound(errors.NotFound):
    """Nobody has the model, and no provider goes by that name."""

    def __init__(self) -> None:
        super().__init__("There is no such model here. GET /v1/models lists them.")


class NobodyServes(errors.Unavailable):
    """Neither a worker nor a provider can answer this now; the text says how that is changed."""

    def __init__(self, why: str, retry_after_s: int) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class CompletionFailed(errors.Unavailable):
    """The job ended, or was lost, without a whole answer; `end` is its end's code, if known."""

    def __init__(self, sentence: str, end: str | None = None) -> None:
        super().__init__(sentence)
        known = EndCode(end) if end and end in EndCode else None
        self.code = ENDS[known] if known in ENDS else end or "unavailable"
        self.status = 400 if known and known.is_jobs_fault else 503
