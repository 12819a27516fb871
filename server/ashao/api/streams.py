"""Opens the stream of an answer to its owner: for the route, and for the door before it."""

from typing import Any

from litestar import Request

from ashao.api.http.auth import owner_of
from ashao.api.http.client import address_of
from ashao.api.http.headers import raw_headers_beside
from ashao.errors import NoSuchJob
from ashao.history.tables import ConversationId
from ashao.identity.owners import OwnerId, is_visitor
from ashao.jobs.event_id import EventId
from ashao.jobs.job import JobId, JobView
from ashao.jobs.read import get_job, read_log
from ashao.services import Services
from ashao.stream.open_streams import CountedStream
from ashao.stream.resume import follow
from ashao.stream.sse import HEADERS, EventStream, framed

API_HEADERS = raw_headers_beside(name for name, _ in HEADERS)


async def open_stream(
    request: Request[Any, Any, Any], services: Services, job_id: str, seen: EventId
) -> CountedStream | None:
    """What follows `seen`; None when everything was read. Raises NoSuchJob, TooMany."""
    job = await owned_job(request, services, job_id)
    services.rates.take("stream", job.user_id)
    page = await read_log(services.jobs, job.id, seen, at_most=0)
    if page.ended and seen.seq == page.last_seq and not page.is_forgotten:
        return None
    frames = framed(follow(services.jobs, services.fanout, job, seen))
    address = address_of(request, services.settings)
    owner_id = OwnerId(job.user_id)
    return CountedStream(services.open_streams, owner_id, address, EventStream(frames, API_HEADERS))


async def owned_job(request: Request[Any, Any, Any], services: Services, job_id: str) -> JobView:
    """The job, if it belongs to the caller; else NoSuchJob: the two are never told apart."""
    owner = await owner_of(request, services)
    job = await get_job(services.jobs, JobId(job_id)) if owner is not None else None
    if job is None or (job.user_id != owner and not await _came_along(services, job, owner)):
        raise NoSuchJob
    return job


async def _came_along(services: Services, job: JobView, owner: OwnerId | None) -> bool:
    """Whether a visitor's job belongs to the account that its conversation was brought into."""
    if job.conversation_id is None or not is_visitor(OwnerId(job.user_id)):
        return False
    return await services.conversations.owner_of(ConversationId(job.conversation_id)) == owner
