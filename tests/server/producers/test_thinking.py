"""A provider's thoughts are told as such, and are no part of the answer."""

from ashao.jobs.event import TokenEvent
from ashao.jobs.job import JobId, Status
from ashao.jobs.read import read_log
from ashao.jobs.store import JobStore
from ashao.providers.answer import Thought
from tests.support.provider_house import BROKEN, Build, text_of
from tests.support.scripted_provider import ready


async def test_what_a_provider_thinks_is_told_and_is_no_part_of_the_answer(
    house: Build, unheld: JobId, job_store: JobStore
) -> None:
    """A provider that fails in mid-thought leaves its thoughts; the next begins without."""
    first = ready(Thought("What is it?"), name="first", failure=BROKEN)
    second = ready(Thought("It is over, I think."), "It is ", "over.", name="second")
    job = await house(first, second).takes(unheld)
    assert (job.status, second.asked) == (Status.DONE, [""])
    page = await read_log(job_store, unheld)
    assert [
        (each.thinking, each.value) for each in page.events if isinstance(each, TokenEvent)
    ] == [
        ("What is it?", ""),
        ("It is over, I think.", ""),
        ("", "It is "),
        ("", "over."),
    ]
    assert await text_of(job_store, unheld) == "It is over."


async def test_a_provider_that_thinks_without_end_loses_the_job(
    house: Build, unheld: JobId, job_store: JobStore
) -> None:
    endless = [Thought("Hm. " * 4096)] * 17
    job = await house(ready(*endless, "Never said.")).takes(unheld)
    assert (job.status, job.failures) == (Status.QUEUED, 1)
    assert await text_of(job_store, unheld) == ""
