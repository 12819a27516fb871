"""What is Gemini's own: system instruction, safety, thoughts, RetryInfo."""

from collections.abc import Iterator

import pytest

from ashao.messages import Message, Params
from ashao.providers.answer import Thought, Usage
from ashao.providers.failures import Failure, ProviderError
from tests.server.providers.houses import HELLO, answer_text, fake_of, provider_at
from tests.support.fake_gemini import FakeGemini, chunk, event


@pytest.fixture(scope="module")
def running() -> Iterator[FakeGemini]:
    with fake_of("gemini") as fake:
        assert isinstance(fake, FakeGemini)
        yield fake


@pytest.fixture
def fake(running: FakeGemini) -> FakeGemini:
    running.reset()
    return running


async def test_the_request_is_geminis(fake: FakeGemini) -> None:
    fake.says("Hello.")
    params = Params(temperature=0.0, top_p=0.5, max_tokens=9, stop=["END"], seed=2**31 + 5)
    async with provider_at(fake) as provider:
        await answer_text(provider, [*HELLO, Message("assistant", "Hi."), HELLO[1]], params)
    (request,) = fake.requests
    assert request.path.endswith("/models/tiny:streamGenerateContent")
    assert request.query == "alt=sse"
    assert request.headers["x-goog-api-key"] == "k3y"
    assert request.body["systemInstruction"]["parts"] == [{"text": "Be brief."}]
    assert [each["role"] for each in request.body["contents"]] == ["user", "model", "user"]
    assert request.body["generationConfig"] == {
        "temperature": 0.0,
        "topP": 0.5,
        "maxOutputTokens": 9,
        "stopSequences": ["END"],
        "seed": 5,
    }


async def test_where_the_system_alone_speaks_its_words_are_the_question(fake: FakeGemini) -> None:
    """Gemini refuses a request without a turn."""
    fake.says("Hello.")
    async with provider_at(fake) as provider:
        await answer_text(provider, [Message("system", "Greet."), Message("system", "Briefly.")])
    (request,) = fake.requests
    assert "systemInstruction" not in request.body
    turns = [(each["role"], each["parts"][0]["text"]) for each in request.body["contents"]]
    assert turns == [("user", "Greet."), ("user", "Briefly.")]


async def test_a_schema_is_asked_for_in_geminis_words(fake: FakeGemini) -> None:
    fake.says("{}")
    schema = {"type": "object"}
    async with provider_at(fake) as provider:
        await answer_text(provider, HELLO, Params(json_schema=schema))
    asked = fake.requests[0].body["generationConfig"]
    assert asked == {"responseMimeType": "application/json", "responseJsonSchema": schema}


@pytest.mark.parametrize("finish", ["SAFETY", "RECITATION", "PROHIBITED_CONTENT", "BLOCKLIST"])
async def test_a_safety_stop_is_a_clear_refusal(fake: FakeGemini, finish: str) -> None:
    fake.says("Well, ", finish=finish)
    said = ""
    async with provider_at(fake) as provider:
        with pytest.raises(ProviderError, match="safety rules") as caught:
            async with provider.stream(HELLO, Params()) as answer:
                async for piece in answer:
                    said += piece
    assert caught.value.code is Failure.REFUSED
    assert caught.value.is_final
    assert said == "Well, "
    assert len(fake.requests) == 1


async def test_a_blocked_prompt_is_a_clear_refusal(fake: FakeGemini) -> None:
    fake.sends(event({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}))
    async with provider_at(fake) as provider:
        with pytest.raises(ProviderError) as caught:
            await answer_text(provider)
    assert caught.value.code is Failure.REFUSED


async def test_a_retry_info_is_waited_for(fake: FakeGemini) -> None:
    retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "41.5s"}
    fake.fails(429, details=[retry])
    async with provider_at(fake) as provider:
        with pytest.raises(ProviderError) as caught:
            await answer_text(provider)
    assert caught.value.code is Failure.RATE_LIMITED
    assert caught.value.retry_after_s == 41.5


async def test_an_invalid_key_is_the_operators_matter(fake: FakeGemini) -> None:
    fake.fails(400, details=[{"reason": "API_KEY_INVALID"}])
    async with provider_at(fake) as provider:
        with pytest.raises(ProviderError) as caught:
            await answer_text(provider)
    assert caught.value.code is Failure.MISCONFIGURED


async def test_thoughts_are_not_part_of_the_answer_but_of_its_cost(fake: FakeGemini) -> None:
    thought = {"text": "Hm, let me think.", "thought": True}
    fake.sends(
        event({"candidates": [{"content": {"role": "model", "parts": [thought]}}]}),
        chunk("Hello."),
        event(
            {
                "candidates": [{"finishReason": "STOP"}],
                "usageMetadata": {
                    "promptTokenCount": 3,
                    "candidatesTokenCount": 2,
                    "thoughtsTokenCount": 5,
                },
            }
        ),
    )
    async with provider_at(fake) as provider, provider.stream(HELLO, Params()) as answer:
        assert [part async for part in answer.parts] == [Thought("Hm, let me think."), "Hello."]
    assert (answer.usage, answer.tokens) == (Usage(3, 7, 5), 2)


async def test_an_answer_cut_by_its_token_limit_is_whole(fake: FakeGemini) -> None:
    fake.says("Hello, my", finish="MAX_TOKENS")
    params = Params(max_tokens=3)
    async with provider_at(fake) as provider, provider.stream(HELLO, params) as answer:
        assert "".join([piece async for piece in answer]) == "Hello, my"
    assert answer.finish == "length"


def _thinks_it_over(fake: FakeGemini) -> None:
    """All of the budget goes into thoughts."""
    thought = {"text": "Hm, let me think.", "thought": True}
    usage = {"promptTokenCount": 3, "thoughtsTokenCount": 9, "totalTokenCount": 12}
    fake.sends(
        event({"candidates": [{"content": {"role": "model", "parts": [thought]}}]}),
        event(
            {
                "candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}],
                "usageMetadata": usage,
            }
        ),
    )


async def test_a_budget_spent_on_thoughts_is_an_empty_answer_that_is_whole(
    fake: FakeGemini,
) -> None:
    _thinks_it_over(fake)
    params = Params(max_tokens=9)
    async with provider_at(fake) as provider, provider.stream(HELLO, params) as answer:
        assert [piece async for piece in answer] == []
    assert (answer.finish, answer.usage, answer.tokens) == ("length", Usage(3, 9, 9), None)


async def test_a_limit_that_nobody_set_is_no_excuse_for_an_empty_answer(fake: FakeGemini) -> None:
    _thinks_it_over(fake)
    async with provider_at(fake) as provider:
        with pytest.raises(ProviderError) as caught:
            await answer_text(provider)
    assert caught.value.code is Failure.BROKEN_STREAM


async def test_what_was_repeated_at_the_seam_is_not_counted(fake: FakeGemini) -> None:
    fake.says("The quick brown ", "fox jumps over.")
    messages = [*HELLO, Message("assistant", "The quick brown")]
    async with provider_at(fake) as provider, provider.stream(messages, Params()) as answer:
        assert "".join([piece async for piece in answer]) == " fox jumps over."
    assert (answer.usage, answer.tokens) == (Usage(7, 2), 1)


async def test_more_stop_strings_than_gemini_takes_are_enforced_here(fake: FakeGemini) -> None:
    fake.says("one two ", "sev", "en eight")
    stops = ["a0", "b0", "c0", "d0", "e0", "f0", "seven"]
    async with provider_at(fake) as provider:
        assert await answer_text(provider, params=Params(stop=stops)) == "one two "
    assert len(fake.requests[0].body["generationConfig"]["stopSequences"]) == 5


async def test_a_prefix_is_continued_by_asking_for_its_last_words(fake: FakeGemini) -> None:
    fake.says("The quick brown", " fox.")
    prefix = "The quick bro"
    async with provider_at(fake) as provider:
        assert await answer_text(provider, [*HELLO, Message("assistant", prefix)]) == "wn fox."
    *_, before, last = fake.requests[0].body["contents"]
    assert before == {"role": "model", "parts": [{"text": prefix}]}
    assert last["role"] == "user"
    assert prefix in last["parts"][0]["text"]
