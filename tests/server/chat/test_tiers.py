"""A question that names no tier goes where workers are, at that tier's price."""

import pytest

from ashao.chat.send import Question
from ashao.jobs.job import Tier
from ashao.jobs.read import get_job
from ashao.jobs.store import JobStore
from ashao.workers.registry import DEFAULT_TIERS
from tests.server.chat.conftest import Desk

LONG = "\u5b57" * 8_000  # more than 2,000 tokens, however they are counted


@pytest.mark.parametrize(
    ("workers", "content", "tier", "credits_left"),
    [
        ([], "Hello?", Tier.PRO, 490),
        ([("browser", 4_000)], "Hello?", Tier.PRO, 490),
        ([("native", None)], "Hello?", Tier.MAX, 485),
        ([("native", None), ("browser", 4_000)], "Hello?", Tier.PRO, 490),
        ([("native", None), ("browser", 500)], LONG, Tier.MAX, 485),
        ([("native", 500)], LONG, Tier.PRO, 490),
    ],
)
async def test_the_tier_is_chosen_by_who_can_serve(
    desk: Desk,
    job_store: JobStore,
    workers: list[tuple[str, int | None]],
    content: str,
    tier: Tier,
    credits_left: int,
) -> None:
    for kind, context in workers:
        assert kind in DEFAULT_TIERS
        await desk.workers.register("native" if kind == "native" else "browser", "m", None, context)
    sent = await desk.chat.send(desk.ann, Question(content=content), None)
    job = await get_job(job_store, sent.job_id)
    assert job is not None
    assert job.tier is tier
    assert await desk.ledger.balance(desk.ann) == credits_left


async def test_a_repeat_finds_its_answer_whoever_came_meanwhile(
    desk: Desk, job_store: JobStore
) -> None:
    first = await desk.chat.send(desk.ann, Question(content="Hello?"), "key")
    await desk.workers.register("native", "m", None, None)
    assert await desk.chat.send(desk.ann, Question(content="Hello?"), "key") == first
    assert await desk.ledger.balance(desk.ann) == 490
