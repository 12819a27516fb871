"""The claims that a worker holds right now, by job and attempt."""

from dataclasses import replace

from ashao_worker.core.attempt import Attempt
from ashao_worker.core.latch import Latch
from ashao_worker.core.wire import HeldJob, JobId


class Claims:
    """Attempts in progress. `busy` is open while there are any."""

    def __init__(self) -> None:
        self._attempts: dict[HeldJob, Attempt] = {}
        self.busy = Latch(is_open=False)

    def __len__(self) -> int:
        return len(self._attempts)

    @property
    def held(self) -> tuple[HeldJob, ...]:
        """Their names, and which of them thought since they were last asked for."""
        return tuple(
            replace(held, is_thinking=attempt.take_thought() or None)
            for held, attempt in self._attempts.items()
        )

    def add(self, attempt: Attempt) -> None:
        """An attempt begins."""
        self._attempts[attempt.held] = attempt
        self.busy.set(is_open=True)

    def remove(self, attempt: Attempt) -> None:
        """An attempt ended, one way or another."""
        self._attempts.pop(attempt.held, None)
        self.busy.set(is_open=bool(self._attempts))

    def cancel(self, named: tuple[HeldJob, ...], jobs: frozenset[JobId]) -> None:
        """Stop what was named and is no longer ours; what was claimed since is not meant."""
        for held in named:
            if held.job_id in jobs and held in self._attempts:
                self._attempts[held].cancel()
