"""Why an attempt or a job fails: two closed lists, and the only sentences that clients see.

A producer's own words about a failure are never stored, logged or shown.
"""

from enum import StrEnum


class FailCode(StrEnum):
    """Why a producer gives a claim up."""

    DEVICE_LOST = "device_lost"
    OUT_OF_MEMORY = "out_of_memory"
    MODEL_LOAD = "model_load"
    ENGINE = "engine_error"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    CONTEXT_TOO_LONG = "context_too_long"
    BAD_REQUEST = "bad_request"
    REFUSED = "refused"

    @classmethod
    def of(cls, word: str) -> "FailCode":
        """The code that a producer named; ENGINE when it is not on the list."""
        return cls(word) if word in cls else cls.ENGINE

    @property
    def is_jobs_fault(self) -> bool:
        """Whether the job itself was at fault, so that its producer is not blamed."""
        return self in (self.CONTEXT_TOO_LONG, self.BAD_REQUEST, self.REFUSED)


class EndCode(StrEnum):
    """Why a job, or the reading of it, ended without a whole answer."""

    CANCELLED = "cancelled"
    NO_PRODUCER = "no_producer"
    EXHAUSTED = "exhausted"
    CONTEXT_TOO_LONG = "context_too_long"
    BAD_REQUEST = "bad_request"
    REFUSED = "refused"
    REFUNDED = "refunded"
    RESTARTED = "restarted"
    FORGOTTEN = "forgotten"

    @property
    def is_jobs_fault(self) -> bool:
        """Whether the job itself was at fault; other ends are nobody's."""
        return self in FailCode and FailCode(self).is_jobs_fault


SENTENCES: dict[EndCode, str] = {
    EndCode.CANCELLED: "cancelled",
    EndCode.NO_PRODUCER: "Nobody was free to answer in time. Please try again later.",
    EndCode.EXHAUSTED: "Several producers tried and none could finish this answer.",
    EndCode.CONTEXT_TOO_LONG: "This conversation is too long for the models at hand.",
    EndCode.BAD_REQUEST: "This request cannot be answered as it is.",
    EndCode.REFUSED: "The model's safety rules stopped this answer.",
    EndCode.REFUNDED: "This message was not accepted. Please send it again.",
    EndCode.RESTARTED: "This server is restarting. Please try again.",
    EndCode.FORGOTTEN: "The store lost a part of this answer that was shown already.",
}
