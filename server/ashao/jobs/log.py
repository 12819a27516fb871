"""Reads a job's stored events, for replay."""

import msgspec

from ashao.errors import NoSuchJob
from ashao.jobs.events import StoredEvent, decode_stored
from ashao.jobs.job import ENDED, JobId, Status
from ashao.jobs.scripts import JobStore


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    """The events after a seq, and the job's status at the same moment.

    `next_seq` counts the token events; the event that ends a job has it as its seq.
    """

    events: list[StoredEvent]
    status: Status
    next_seq: int

    @property
    def ended(self) -> bool:
        """Whether no event will follow."""
        return self.status in ENDED

    @property
    def last_seq(self) -> int:
        """The seq of the last event that there is; -1 for none."""
        return self.next_seq if self.ended else self.next_seq - 1


async def read_log(store: JobStore, job_id: JobId, after: int = -1) -> LogPage:
    """Every event whose seq is greater than `after`.

    Raises NoSuchJob, also when an ended job's text is gone already, and StoreUnavailable.
    """
    reply = await store.run("read_log", job_id, max(after, -1))
    if reply[0] == "missing":
        raise NoSuchJob
    _, status, next_seq, entries = reply
    return LogPage(
        events=[decode_stored(entry) for entry in entries],
        status=Status(status),
        next_seq=next_seq,
    )
