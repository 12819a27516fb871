"""How many streams are open here, by reader: each costs this process a connection and memory.

They are counted in each process, for that is what they cost.
"""

from collections import Counter
from typing import Any

from ashao.errors import TooMany
from ashao.identity.owners import OwnerId, is_visitor, visitors_at

RETRY_AFTER_S = 5
VISITORS_AT_AN_ADDRESS = 8
"""Behind one address there may be many visitors, and one may have many cookies."""


class OpenStreams:
    """At most `limit` for one owner; for all visitors at one address so many times that."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: Counter[OwnerId] = Counter()

    def admit(self, owner_id: OwnerId, address: str) -> tuple[OwnerId, ...]:
        """One more; who it counts for. Raises TooMany."""
        limits = {owner_id: self._limit}
        if is_visitor(owner_id):
            limits[visitors_at(address)] = self._limit * VISITORS_AT_AN_ADDRESS
        for name, limit in limits.items():
            if self._open[name] >= limit:
                raise TooMany(
                    f"At most {limit} open streams at a time. Please close one.", RETRY_AFTER_S
                )
        self._open.update(limits.keys())
        return tuple(limits)

    def forget(self, counted: tuple[OwnerId, ...]) -> None:
        """One that was admitted is closed."""
        self._open.subtract(counted)
        self._open += Counter()  # forgets whoever has none


class CountedStream:
    """An ASGI response that is one of its reader's open streams; one too many is not begun."""

    def __init__(self, streams: OpenStreams, owner_id: OwnerId, address: str, stream: Any) -> None:
        self._streams = streams
        self._owner_id = owner_id
        self._address = address
        self._stream = stream

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the stream. Raises TooMany before anything was sent."""
        counted = self._streams.admit(self._owner_id, self._address)
        try:
            await self._stream(scope, receive, send)
        finally:
            self._streams.forget(counted)
