"""Workers whose token was checked a moment ago: a token in mid-answer asks the store only once.

Who somebody is never changes, and ends only by long silence, so a few seconds' memory is never
wrong about it; a measured speed may be that old.
"""

import time
from typing import TYPE_CHECKING

from ashao.store.secrets import is_same

if TYPE_CHECKING:
    from ashao.producers.workers import Worker

KNOWN_FOR_S = 5.0
MOST = 10_000


class Known:
    """Workers by name, with the digest of the token that was checked."""

    def __init__(self) -> None:
        self._checked: dict[str, tuple[str, float, Worker]] = {}

    def get(self, worker_id: str, token_digest: str) -> "Worker | None":
        """The worker, if this very token was checked lately."""
        if (checked := self._checked.get(worker_id)) is None:
            return None
        digest, checked_at, worker = checked
        is_fresh = time.monotonic() - checked_at < KNOWN_FOR_S
        return worker if is_fresh and is_same(token_digest, digest) else None

    def add(self, worker: "Worker", token_digest: str) -> None:
        """Remember a check; the memory is small and forgets all of it when full."""
        if len(self._checked) >= MOST:
            self._checked.clear()
        self._checked[worker.id] = (token_digest, time.monotonic(), worker)
