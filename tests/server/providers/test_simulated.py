"""The simulated provider: it says what it is, and continues itself to the letter."""

from hypothesis import given
from hypothesis import strategies as st

from ashao.messages import Message, Params
from ashao.providers.simulated import Simulated, remaining_text, simulated_text
from tests.server.providers.houses import HELLO, answer_text
from tests.server.providers.manual_clock import ManualClock


def test_it_says_that_it_is_a_simulation() -> None:
    assert "simulation" in simulated_text(HELLO)


@given(st.text(), st.integers(0, 600))
def test_any_prefix_of_its_text_is_continued_to_the_letter(asked: str, cut: int) -> None:
    messages = [Message("user", asked)]
    text = simulated_text(messages)
    said = Message("assistant", text[:cut])
    assert text[:cut] + remaining_text([*messages, said]) == text


async def test_a_prefix_of_somebody_else_is_continued_with_a_plain_word() -> None:
    messages = [*HELLO, Message("assistant", "Good morn")]
    assert "simulation" in await answer_text(Simulated(ManualClock()), messages)


async def test_it_writes_word_by_word_at_its_pace() -> None:
    clock = ManualClock()
    async with Simulated(clock, pause_ms=40).stream(HELLO, Params()) as answer:
        pieces = [piece async for piece in answer]
    assert len(pieces) == len(simulated_text(HELLO).split())
    assert clock.pauses_s == [0.04] * len(pieces)


async def test_the_tokens_that_remain_are_a_limit() -> None:
    params = Params(max_tokens=3)
    assert await answer_text(Simulated(ManualClock()), params=params) == "This is a"
