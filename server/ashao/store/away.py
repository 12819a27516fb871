"""What a client raises when its store is away, loading or full, as StoreUnavailable.

The clients of store/redis.py see to it themselves, so nobody else need know the library's errors.
"""

from typing import Literal

from redis.exceptions import (
    ClusterDownError,
    ConnectionError,
    InvalidResponse,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    ResponseError,
    TimeoutError,
    TryAgainError,
)

from ashao.errors import StoreUnavailable

CONNECT_S = 1.0
ANSWER_S = 3.0  # the store may be busy flushing its file to a slow disk

_AWAY = (
    ConnectionError,
    TimeoutError,
    ClusterDownError,
    InvalidResponse,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    TryAgainError,
    OSError,
)
# Its disk is full, its replicas are gone, or it changed its role while a pop was waiting.
_REFUSES_FOR_NOW = ("MISCONF", "NOREPLICAS", "UNBLOCKED", "BUSY ")
# What uvloop says to a write when the other end died after the last look: a RuntimeError.
_CLOSED = "the handler is closed"


class Answering:
    """A `with` that raises StoreUnavailable, and with words of its own, for what means that.

    It is around each question to the store: a generator would cost several times as much.
    """

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> Literal[False]:
        if isinstance(error, Exception) and means_away(error):
            raise StoreUnavailable from error
        return False


ANSWERING = Answering()


def means_away(error: object) -> bool:
    """Whether it says that the store is away, not that a command is wrong."""
    if isinstance(error, ResponseError) and str(error).startswith(_REFUSES_FOR_NOW):
        return True
    if isinstance(error, RuntimeError) and str(error).endswith(_CLOSED):
        return True
    return isinstance(error, (StoreUnavailable, *_AWAY))


def said_plainly[T](replies: list[T]) -> list[T | StoreUnavailable]:
    """A pipeline's replies, of which some may be errors."""
    return [StoreUnavailable() if means_away(reply) else reply for reply in replies]
