"""Workers that fail in a row rest for a growing time, in every process alike."""

import pytest

from ashao.errors import TooMany
from ashao.jobs.endings import FailCode
from ashao.producers.rests import Rests, rest_after
from ashao.store.redis import Redis
from tests.support.jobs import ANN


def test_each_rest_is_twice_as_long_up_to_ten_minutes() -> None:
    assert [rest_after(failures) for failures in (3, 4, 5, 9, 90)] == [10, 20, 40, 600, 600]


async def test_the_third_failure_in_a_row_brings_a_rest(redis: Redis) -> None:
    rests, elsewhere = Rests(redis), Rests(redis)
    for _ in range(3):
        await rests.must_be_fit(ANN.id)
        await elsewhere.failed(ANN.id, FailCode.ENGINE)
    with pytest.raises(TooMany, match="failed 3 answers in a row") as refused:
        await rests.must_be_fit(ANN.id)
    assert 9 <= refused.value.retry_after_s <= 10


async def test_a_job_at_fault_does_not_count_and_a_success_wipes_the_slate(redis: Redis) -> None:
    rests = Rests(redis)
    for _ in range(2):
        await rests.failed(ANN.id, FailCode.ENGINE)
    for code in (FailCode.BAD_REQUEST, FailCode.CONTEXT_TOO_LONG, FailCode.REFUSED):
        await rests.failed(ANN.id, code)
    await rests.must_be_fit(ANN.id)
    await rests.succeeded(ANN.id)
    await rests.failed(ANN.id, FailCode.ENGINE)
    await rests.must_be_fit(ANN.id)
