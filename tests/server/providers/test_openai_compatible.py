"""What is OpenAI's own: the dialects, the ways to continue, the refusals."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ashao.messages import Message, Params
from ashao.providers.answer import Thought, Usage
from ashao.providers.failures import Failure, ProviderError
from ashao.providers.openai_compatible import OpenAICompatible, Prefill
from tests.server.providers.houses import HELLO, QUICK, answer_text, fake_of, provider_at
from tests.server.providers.manual_clock import ManualClock
from tests.support.fake_openai import DONE, FakeOpenAI, chunk, usage
from tests.support.scripted_http import Reply


@pytest.fixture(scope="module")
def running() -> Iterator[FakeOpenAI]:
    with fake_of("openai") as fake:
        assert isinstance(fake, FakeOpenAI)
        yield fake


@pytest.fixture
def fake(running: FakeOpenAI) -> FakeOpenAI:
    running.reset()
    return running


async def test_the_request_is_openais(fake: FakeOpenAI) -> None:
    fake.says("Hello.")
    params = Params(temperature=0.0, top_p=0.5, max_tokens=9, stop=["END"], seed=5)
    async with provider_at(fake) as provider:
        await answer_text(provider, params=params)
    (request,) = fake.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer k3y"
    assert request.body == {
        "model": "tiny",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Say hello."},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        "top_p": 0.5,
        "max_tokens": 9,
        "stop": ["END"],
        "seed": 5,
    }


async def test_a_server_without_stream_options_answers_without_usage(fake: FakeOpenAI) -> None:
    fake.fails(400, words="Unknown field: stream_options")
    fake.says("Hello.", tells_usage=False)
    async with provider_at(fake) as provider:
        for _ in range(2):
            async with provider.stream(HELLO, Params()) as answer:
                assert "".join([piece async for piece in answer]) == "Hello."
            assert answer.usage is None
    assert ["stream_options" in each.body for each in fake.requests] == [True, False, False]


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_thoughts_in_a_field_of_their_own_are_told_apart(fake: FakeOpenAI, name: str) -> None:
    thoughts = [chunk({name: each}) for each in ("Hm \ud83d", "\ude42")]
    fake.sends(*thoughts, chunk({"content": "Hello."}), chunk({}, "stop"), DONE)
    async with provider_at(fake) as provider, provider.stream(HELLO, Params()) as answer:
        parts = [part async for part in answer.parts]
    assert parts == [Thought("Hm "), Thought("\U0001f642"), "Hello."]


async def test_thoughts_in_the_text_are_told_apart(fake: FakeOpenAI) -> None:
    """And what is repeated of the prefix after them is removed all the same."""
    messages = [*HELLO, Message("assistant", "One, two, three, four,")]
    fake.says("<th", "ink>Hm.</think>\n", "three, four, five")
    async with provider_at(fake) as provider, provider.stream(messages, Params()) as answer:
        assert [part async for part in answer.parts] == [Thought("Hm."), " five"]


async def test_reasoning_is_not_part_of_the_answer_but_of_its_cost(fake: FakeOpenAI) -> None:
    fake.sends(
        chunk({"content": "Hello."}),
        chunk({}, "length"),
        usage(3, 7, reasoning=5),
        DONE,
    )
    params = Params(max_tokens=7)
    async with provider_at(fake) as provider, provider.stream(HELLO, params) as answer:
        assert "".join([piece async for piece in answer]) == "Hello."
    assert (answer.usage, answer.tokens, answer.finish) == (Usage(3, 7, 5), 2, "length")


async def test_a_model_that_wants_max_completion_tokens_gets_them(fake: FakeOpenAI) -> None:
    fake.fails(400, words="Use 'max_completion_tokens' instead of 'max_tokens'.")
    fake.says("Hello.")
    async with provider_at(fake) as provider:
        assert await answer_text(provider, params=Params(max_tokens=4)) == "Hello."
    assert fake.requests[-1].body["max_completion_tokens"] == 4
    assert "max_tokens" not in fake.requests[-1].body


async def test_a_complaint_that_stays_is_a_bad_request(fake: FakeOpenAI) -> None:
    fake.fails(400, words="stream_options and max_completion_tokens")
    async with provider_at(fake) as provider:
        with pytest.raises(ProviderError) as caught:
            await answer_text(provider)
    assert caught.value.code is Failure.BAD_REQUEST
    assert len(fake.requests) == 3


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("field", ["temperature", "top_p", "stop", "seed", "max_tokens"])
async def test_a_field_that_is_refused_is_left_out_this_once(
    fake: FakeOpenAI, status: int, field: str
) -> None:
    fake.fails(status, words=f"Unsupported value: '{field}' does not support this.")
    fake.says("Hello.")
    params = Params(temperature=1, top_p=0.5, stop=["END"], seed=1, max_tokens=9)
    async with provider_at(fake) as provider:
        for _ in range(2):
            assert await answer_text(provider, params=params) == "Hello."
    assert [field in each.body for each in fake.requests] == [True, False, True]


async def test_a_template_that_wants_turns_gets_them(fake: FakeOpenAI) -> None:
    fake.fails(400, words="Conversation roles must alternate user/assistant")
    fake.says("Hello.")
    async with provider_at(fake) as provider:
        assert await answer_text(provider) == "Hello."
    turns = [{"role": "user", "content": "Be brief.\n\nSay hello."}]
    assert fake.requests[-1].body["messages"] == turns


async def test_a_long_conversation_is_called_so_and_a_long_wish_is_cut(fake: FakeOpenAI) -> None:
    fake.fails(400, code="context_length_exceeded")
    async with provider_at(fake) as provider:
        with pytest.raises(ProviderError) as caught:
            await answer_text(provider, params=Params(max_tokens=9))
    assert caught.value.code is Failure.CONTEXT_TOO_LONG
    assert ["max_tokens" in each.body for each in fake.requests] == [True, False]


@pytest.mark.parametrize("finish", ["eos", "end_turn", "", None])
async def test_any_end_is_an_end(fake: FakeOpenAI, finish: str | None) -> None:
    fake.sends(chunk({"content": "Hello."}, finish), DONE)
    async with provider_at(fake) as provider, provider.stream(HELLO, Params()) as answer:
        assert "".join([piece async for piece in answer]) == "Hello."
    assert answer.finish == "stop"
    assert len(fake.requests) == 1


@pytest.mark.parametrize("finish", ["", None, "error", "abort"])
async def test_without_an_end_it_broke_off(fake: FakeOpenAI, finish: str | None) -> None:
    fake.sends(chunk({"content": "Hello."}, finish))
    async with provider_at(fake) as provider:
        with pytest.raises(ProviderError) as caught:
            await answer_text(provider)
    assert caught.value.code is Failure.BROKEN_STREAM


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(some.text(some.sampled_from("a\u2028\u2029\x85\x0b\x1c"), min_size=1))
async def test_unicodes_line_separators_are_text(fake: FakeOpenAI, text: str) -> None:
    raw = json.dumps({"choices": [{"delta": {"content": f"-{text}-"}}]}, ensure_ascii=False)
    fake.reset()
    fake.sends(f"data: {raw}\n\n", DONE)
    async with provider_at(fake) as provider:
        assert await answer_text(provider) == f"-{text}-"


async def test_an_answer_that_is_no_stream_is_taken(fake: FakeOpenAI) -> None:
    parts = [{"type": "text", "text": "He"}, {"type": "text", "text": "llo."}]
    answer = {
        "choices": [{"message": {"role": "assistant", "content": parts}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": None},
    }
    fake.script.append(Reply([json.dumps(answer)], headers={"content-type": "application/json"}))
    async with provider_at(fake) as provider:
        assert await answer_text(provider) == "Hello."


async def test_a_filtered_answer_is_a_clear_refusal(fake: FakeOpenAI) -> None:
    fake.says("Well, ", finish="content_filter")
    async with provider_at(fake) as provider:
        with pytest.raises(ProviderError, match="safety rules") as caught:
            await answer_text(provider)
    assert caught.value.is_final


async def test_a_spoken_refusal_is_a_clear_refusal(fake: FakeOpenAI) -> None:
    fake.sends(chunk({"refusal": "I cannot."}))
    async with provider_at(fake) as provider:
        with pytest.raises(ProviderError) as caught:
            await answer_text(provider)
    assert caught.value.code is Failure.REFUSED


@pytest.mark.parametrize(
    ("status", "code", "metadata"),
    [(400, "content_filter", None), (403, "403", {"reasons": ["violence"]})],
)
async def test_a_filtered_prompt_is_a_clear_refusal(
    fake: FakeOpenAI, status: int, code: str, metadata: dict[str, object] | None
) -> None:
    fake.fails(status, code=code, metadata=metadata)
    async with provider_at(fake) as provider:
        with pytest.raises(ProviderError) as caught:
            await answer_text(provider)
    assert caught.value.code is Failure.REFUSED


async def test_half_a_character_waits_for_its_other_half(fake: FakeOpenAI) -> None:
    fake.says("Hi \ud83d", "\ude00 you \ud83d")
    async with provider_at(fake) as provider:
        assert await answer_text(provider) == "Hi \U0001f600 you \ufffd"


@pytest.mark.parametrize("prefill", [Prefill.LAST_MESSAGE, Prefill.VLLM])
async def test_an_endpoint_with_prefill_is_given_the_prefix_and_believed(
    fake: FakeOpenAI, prefill: Prefill
) -> None:
    fake.says("ha ha ha, said he.")
    messages = [*HELLO, Message("assistant", "ha ha ha, said he. ")]
    provider = OpenAICompatible(
        fake.base_url, "", "tiny", ManualClock(), prefill=prefill, retry_policy=QUICK
    )
    assert await answer_text(provider, messages) == "ha ha ha, said he."
    await provider.aclose()
    body = fake.requests[0].body
    assert body["messages"][-1] == {"role": "assistant", "content": "ha ha ha, said he. "}
    assert body.get("continue_final_message", False) is (prefill is Prefill.VLLM)
    assert body.get("add_generation_prompt", True) is (prefill is not Prefill.VLLM)
