"""An ended job, for whoever saves the answer and pays for it; and the mark that this is done."""

import msgspec

from ashao.errors import NoSuchJob
from ashao.jobs import deadlines
from ashao.jobs.events import TokenEvent
from ashao.jobs.job import JobId, JobView, Share
from ashao.jobs.log import read_log
from ashao.jobs.scripts import JobStore
from ashao.jobs.view import peek


class EndedJob(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a job to settle; `text` is None when it expired before anybody saved it."""

    job: JobView
    text: str | None

    @property
    def shares(self) -> list[Share]:
        """The attempts that gave tokens to the answer."""
        return [share for share in self.job.shares if share.tokens > 0]


async def ended_job(store: JobStore, job_id: JobId) -> EndedJob | None:
    """The ended job, or None when there is none or it still lives. Raises StoreUnavailable."""
    job = await peek(store, job_id)
    if job is None or not job.has_ended:
        return None
    return EndedJob(job=job, text=await _text(store, job_id))


async def mark_settled(store: JobStore, job_id: JobId) -> bool:
    """Start the short time after which the log and the hash go, and stop looking at the job.

    Call it after the commit; calling it again changes nothing. False when the job still lives.
    Raises StoreUnavailable.
    """
    word, *_ = await store.run("settle", job_id)
    if word == "running":
        return False
    await deadlines.forget(store, job_id)
    return True


async def _text(store: JobStore, job_id: JobId) -> str | None:
    try:
        page = await read_log(store, job_id)
    except NoSuchJob:
        return None
    return "".join(event.value for event in page.events if isinstance(event, TokenEvent))
