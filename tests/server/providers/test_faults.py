"""What can go wrong with a real provider, each put to both SDKs."""

import logging
import traceback
from collections.abc import Iterator
from email.utils import formatdate

import pytest

from ashao.messages import Message, Params
from ashao.providers.answer import Usage
from ashao.providers.failures import Failure, ProviderError
from ashao.providers.retries import RetryPolicy
from tests.server.providers.houses import HELLO, Fake, answer_text, fake_of, provider_at
from tests.server.providers.manual_clock import ManualClock

SECRET = "the secret words of somebody"


@pytest.fixture(scope="module", params=["gemini", "openai"])
def running(request: pytest.FixtureRequest) -> Iterator[Fake]:
    with fake_of(request.param) as fake:
        yield fake


@pytest.fixture
def fake(running: Fake) -> Fake:
    running.reset()
    return running


async def failure_of(
    fake: Fake, retry_policy: RetryPolicy | None = None, clock: ManualClock | None = None
) -> tuple[ProviderError, str]:
    """How the answer failed, and what it said before."""
    said = ""
    async with provider_at(fake, retry_policy or RetryPolicy(), clock) as provider:
        with pytest.raises(ProviderError) as caught:
            async with provider.stream(HELLO, Params()) as answer:
                async for piece in answer:
                    said += piece
    return caught.value, said


async def test_a_busy_server_is_asked_again(fake: Fake) -> None:
    fake.fails(500)
    fake.fails(503)
    fake.says("Hello.")
    async with provider_at(fake) as provider:
        assert await answer_text(provider) == "Hello."
    assert len(fake.requests) == 3


async def test_tries_are_bounded(fake: Fake) -> None:
    fake.fails(503)
    error, _ = await failure_of(fake)
    assert error.code is Failure.UNAVAILABLE
    assert not error.is_final
    assert len(fake.requests) == 3


async def test_a_short_retry_after_is_waited_for(fake: Fake) -> None:
    fake.fails(429, retry_after="2")
    fake.says("Hello.")
    clock = ManualClock()
    async with provider_at(fake, clock=clock) as provider:
        assert await answer_text(provider) == "Hello."
    assert clock.pauses_s == [2.0]


async def test_a_long_retry_after_is_passed_on(fake: Fake) -> None:
    fake.fails(429, retry_after="60")
    error, _ = await failure_of(fake)
    assert error.code is Failure.RATE_LIMITED
    assert error.retry_after_s == 60
    assert len(fake.requests) == 1


async def test_a_retry_after_may_be_a_date(fake: Fake) -> None:
    clock = ManualClock()
    fake.fails(429, retry_after=formatdate(clock.now_ms() / 1000 + 90, usegmt=True))
    error, _ = await failure_of(fake, clock=clock)
    assert error.retry_after_s == 90


@pytest.mark.parametrize("status", [401, 402, 403, 404])
async def test_a_wrong_key_account_or_model_is_the_operators_matter(
    fake: Fake, status: int
) -> None:
    fake.fails(status)
    error, _ = await failure_of(fake)
    assert error.code is Failure.MISCONFIGURED
    assert not error.is_final
    assert len(fake.requests) == 1


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_bad_request_is_not_repeated(fake: Fake, status: int) -> None:
    fake.fails(status)
    error, _ = await failure_of(fake)
    assert error.code is Failure.BAD_REQUEST
    assert error.is_final
    assert len(fake.requests) == 1


async def test_a_reset_before_the_first_word_is_tried_again(fake: Fake) -> None:
    fake.says(finish="", end="reset")
    fake.says("Hello.")
    async with provider_at(fake) as provider:
        assert await answer_text(provider) == "Hello."


async def test_a_reset_mid_stream_keeps_what_was_said(fake: Fake) -> None:
    fake.says("Hello", " th", finish="", end="reset")
    error, said = await failure_of(fake)
    assert error.code is Failure.BROKEN_STREAM
    assert not error.is_final
    assert said == "Hello th"
    assert len(fake.requests) == 1


async def test_a_stream_that_just_ends_is_broken(fake: Fake) -> None:
    fake.says("Hello", finish="")
    error, said = await failure_of(fake)
    assert error.code is Failure.BROKEN_STREAM
    assert said == "Hello"


async def test_a_malformed_chunk_breaks_the_stream(fake: Fake) -> None:
    fake.says("Hello", finish="")
    good = fake.script.pop().parts[0]
    fake.sends(good, 'data: {"candidates": [{"con\n\n')
    error, said = await failure_of(fake)
    assert error.code is Failure.BROKEN_STREAM
    assert said == "Hello"


@pytest.mark.parametrize("body", ["data: 7\n\n", "data: []\n\n", 'data: {"choices": 3}\n\n'])
async def test_a_chunk_of_another_shape_breaks_the_stream(fake: Fake, body: str) -> None:
    fake.sends(body)
    error, _ = await failure_of(fake)
    assert error.code is Failure.BROKEN_STREAM


async def test_an_error_inside_the_stream_is_an_error(fake: Fake) -> None:
    fake.says("Hello", finish="")
    good = fake.script.pop().parts[0]
    fake.sends(good, f'data: {{"error": {{"code": 503, "message": "{SECRET}"}}}}\n\n')
    error, said = await failure_of(fake)
    assert error.code is Failure.BROKEN_STREAM
    assert said == "Hello"


async def test_silence_before_the_first_word_times_out(fake: Fake) -> None:
    fake.says(finish="", end="hang")
    error, _ = await failure_of(fake, RetryPolicy(first_token_s=0.2))
    assert error.code is Failure.TIMEOUT


async def test_silence_between_words_times_out(fake: Fake) -> None:
    fake.says("Hello", finish="", end="hang")
    error, said = await failure_of(fake, RetryPolicy(between_tokens_s=0.2))
    assert error.code is Failure.TIMEOUT
    assert said == "Hello"


async def test_an_empty_answer_is_a_failure(fake: Fake) -> None:
    fake.says()
    error, _ = await failure_of(fake)
    assert error.code is Failure.BROKEN_STREAM


async def test_nobody_listening_is_unavailable(fake: Fake) -> None:
    with fake_of("gemini" if "Gemini" in type(fake).__name__ else "openai") as gone:
        pass
    error, _ = await failure_of(gone)
    assert error.code is Failure.UNAVAILABLE


async def test_no_error_carries_the_words_of_the_other_side(fake: Fake) -> None:
    fake.fails(400, words=SECRET)
    error, _ = await failure_of(fake)
    fake.reset()
    fake.sends(f'data: {{"{SECRET}"\n\n')
    broken, _ = await failure_of(fake)
    for each in (error, broken):
        assert SECRET not in "".join(traceback.format_exception(each))
        assert each.__context__ is None
        assert each.__cause__ is None
        assert each.cause


async def test_an_error_inside_the_stream_has_its_kind(fake: Fake) -> None:
    fake.sends('data: {"error": {"code": 429, "message": "no"}}\n\n')
    error, _ = await failure_of(fake)
    assert error.code is Failure.RATE_LIMITED
    assert len(fake.requests) == 3


async def test_the_sdks_log_nothing_so_no_prompt_answer_or_key(
    fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.fails(503, words=SECRET)
    fake.says(SECRET)
    messages = [Message("user", f"Say {SECRET}.")]
    async with provider_at(fake) as provider:
        assert await answer_text(provider, messages) == SECRET
    assert [each.name for each in caplog.records if each.name != "asyncio"] == []


async def test_the_next_answer_works_after_a_failure(fake: Fake) -> None:
    fake.says("Hello", finish="", end="reset")
    fake.says("Hello.")
    async with provider_at(fake) as provider:
        with pytest.raises(ProviderError):
            await answer_text(provider)
        async with provider.stream(HELLO, Params()) as answer:
            assert "".join([piece async for piece in answer]) == "Hello."
    assert answer.usage == Usage(7, 1)
