"""Caches checked worker tokens for a second: pieces of an answer come faster than that.

Only the posting of a piece may use it. So a worker that was banned or deregistered may add pieces
to an answer for TTL_S more, in each process; all else that it asks for is refused at once.
"""

import time

from ashao.store.secrets import is_same
from ashao.workers.worker import Worker

TTL_S = 1.0
MAX_ENTRIES = 10_000


class TokenCache:
    """Workers by name, with the digest of the token that was checked."""

    def __init__(self) -> None:
        self._checked: dict[str, tuple[str, float, Worker]] = {}

    def get(self, worker_id: str, token_digest: str) -> Worker | None:
        """The worker, if this very token was checked lately."""
        if (checked := self._checked.get(worker_id)) is None:
            return None
        digest, checked_at, worker = checked
        is_fresh = time.monotonic() - checked_at < TTL_S
        return worker if is_fresh and is_same(token_digest, digest) else None

    def add(self, worker: Worker, token_digest: str) -> None:
        """Remember a check; the memory is small and forgets all of it when full."""
        if len(self._checked) >= MAX_ENTRIES:
            self._checked.clear()
        self._checked[worker.id] = (token_digest, time.monotonic(), worker)
