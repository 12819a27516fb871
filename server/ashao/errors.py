"""What can go wrong, as one tree. It knows nothing of HTTP; `api/http/errors.py` does.

AshaoError
├── Refused                  the caller may not, or asked for what cannot be
│   ├── BadRequest           the request itself makes no sense
│   ├── NotSignedIn          no session, no key, or no worker token
│   ├── Forbidden            known, but not allowed
│   ├── NotFound             no such thing, or not yours
│   │   └── NoSuchJob
│   ├── TooLarge             over a stated limit
│   ├── UnknownFormat        a body that says to be something else than JSON
│   ├── Misdirected          meant for a host that this is not
│   ├── TooMany              over a stated rate; carries when to come back
│   ├── InsufficientCredits
│   ├── Conflict             the same key or name used for something else
│   └── Fence                a producer spoke out of turn; carries the expected seq
│       ├── StaleAttempt     another producer has the job now
│       ├── SeqGap           a seq was skipped
│       ├── SeqConflict      a seq was sent again with another value
│       └── JobEnded         the job is over
├── CannotStart              this process cannot run as it is set up
└── Unavailable              a part that we need does not answer
    ├── StoreUnavailable     the Redis-protocol store
    ├── DatabaseUnavailable  the SQL database
    └── Draining             this process is on its way out
"""


class AshaoError(Exception):
    """The root; its text may be shown to a client, so it never holds anybody's words or secrets."""


class Refused(AshaoError):
    """The caller may not, or asked for what cannot be."""


class BadRequest(Refused):
    """The request itself makes no sense."""


class NotSignedIn(Refused):
    """No session, no key, or no worker token."""


class Forbidden(Refused):
    """Known, but not allowed."""


class NotFound(Refused):
    """No such thing, or not yours: the two are never told apart."""


class NoSuchJob(NotFound):
    """No such job, or it ended long ago."""

    def __init__(self, message: str = "There is no such job.") -> None:
        super().__init__(message)


class TooLarge(Refused):
    """Over a stated limit of size."""


class UnknownFormat(Refused):
    """A body that says to be something else than JSON."""

    def __init__(self) -> None:
        super().__init__("The body must be JSON, and say so: Content-Type: application/json.")


class Misdirected(Refused):
    """Meant for a host that this is not."""

    def __init__(self) -> None:
        super().__init__(
            "This server does not go by that name: the operator has to set ASHAO_PUBLIC_URL to "
            "the address that people use."
        )


class TooMany(Refused):
    """Over a stated rate.

    `retry_after_s` is when to come back, in whole seconds.
    """

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class InsufficientCredits(Refused):
    """The account holds fewer credits than the message costs."""


class Conflict(Refused):
    """The same key or name was used for something else."""


class Fence(Refused):
    """A producer spoke out of turn. Nothing was changed.

    `expected` is the seq that the job waits for; `refusal` is the word for the wire.
    """

    refusal = "stale"

    def __init__(self, message: str, expected: int) -> None:
        super().__init__(message)
        self.expected = expected


class StaleAttempt(Fence):
    """Another producer has the job now, or nobody has."""

    def __init__(self, expected: int) -> None:
        super().__init__("This claim is over: the job is no longer yours.", expected)


class SeqGap(Fence):
    """A seq was skipped."""

    refusal = "gap"

    def __init__(self, expected: int) -> None:
        super().__init__(f"The next event must have seq {expected}.", expected)


class SeqConflict(Fence):
    """A seq was sent again with another value, or belongs to an earlier attempt."""

    refusal = "repeat"

    def __init__(self, expected: int) -> None:
        super().__init__("This seq was already taken by another value.", expected)


class JobEnded(Fence):
    """The job is over; nothing can be added."""

    refusal = "ended"

    def __init__(self, expected: int) -> None:
        super().__init__("The job has ended.", expected)


class CannotStart(AshaoError):
    """This process cannot run as it is set up.

    The text, a sentence or two, is the operator's: what is wrong, and which setting is about it.
    """


class Unavailable(AshaoError):
    """A part that we need does not answer; trying again in `retry_after_s` may help."""

    retry_after_s = 2


class StoreUnavailable(Unavailable):
    """The Redis-protocol store does not answer, or refuses to write."""

    def __init__(self, message: str = "The store does not answer. Please try again.") -> None:
        super().__init__(message)


class DatabaseUnavailable(Unavailable):
    """The SQL database does not answer, or is too busy."""

    def __init__(self, message: str = "The database does not answer. Please try again.") -> None:
        super().__init__(message)


class Draining(Unavailable):
    """This process is on its way out; another one serves."""

    def __init__(self) -> None:
        super().__init__("This server is restarting. Please try again.")
