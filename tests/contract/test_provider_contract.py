"""Every provider, the same tests: pieces join, prefixes are continued, connections are closed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from ashao.messages import Message, Params
from ashao.providers.provider import Provider
from ashao.providers.simulated import Simulated, simulated_text
from tests.server.providers.houses import HELLO, Fake, answer_text, fake_of, provider_at
from tests.server.providers.manual_clock import ManualClock

TEXT = simulated_text(HELLO)
WORDS = [word + " " for word in TEXT.split(" ")[:-1]] + [TEXT.split(" ")[-1]]


@dataclass
class House:
    """A provider, and its fake if it has one, about to write TEXT."""

    provider: Provider
    fake: Fake | None

    def continues(self, prefix: str) -> None:
        """Let a real model do as it was told: repeat its last words, then go on."""
        if self.fake is not None:
            begin = max(0, len(prefix) - 30)
            self.fake.script.clear()
            self.fake.says(*(TEXT[at : at + 7] for at in range(begin, len(TEXT), 7)))

    def writes(self) -> None:
        """Let it write TEXT from the beginning."""
        if self.fake is not None:
            self.fake.script.clear()
            self.fake.says(*WORDS)


@pytest.fixture(scope="module", params=["simulated", "gemini", "openai"])
def fake(request: pytest.FixtureRequest) -> Iterator[Fake | None]:
    if request.param == "simulated":
        yield None
        return
    with fake_of(request.param) as running:
        yield running


@pytest.fixture
async def house(fake: Fake | None) -> AsyncIterator[House]:
    if fake is None:
        yield House(Simulated(ManualClock()), None)
        return
    fake.reset()
    async with provider_at(fake) as provider:
        yield House(provider, fake)


async def test_the_pieces_join_to_the_answer(house: House) -> None:
    house.writes()
    async with house.provider.stream(HELLO, Params()) as answer:
        pieces = [piece async for piece in answer]
    assert "".join(pieces) == TEXT
    assert len(pieces) > 3
    assert all(pieces)


async def test_usage_is_known_after_the_end(house: House) -> None:
    house.writes()
    async with house.provider.stream(HELLO, Params()) as answer:
        assert answer.usage is None
        assert [piece async for piece in answer]
    assert answer.usage is not None
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens == len(WORDS)


async def test_why_it_ended_is_known_after_the_end(house: House) -> None:
    house.writes()
    async with house.provider.stream(HELLO, Params()) as answer:
        assert [piece async for piece in answer]
    assert (answer.finish, answer.tokens) == ("stop", len(WORDS))


async def test_a_stop_string_is_an_end_by_itself(house: House) -> None:
    house.writes()
    async with house.provider.stream(HELLO, Params(stop=["model wrote"])) as answer:
        assert [piece async for piece in answer]
    assert answer.finish == "stop"


async def test_nothing_is_asked_before_the_answer_is_read(house: House) -> None:
    house.writes()
    async with house.provider.stream(HELLO, Params()):
        pass
    assert house.fake is None or house.fake.requests == []


@pytest.mark.parametrize("cut", [1, 7, 40, 41, 42, 43, 44, 100, len(TEXT) - 1, len(TEXT)])
async def test_a_prefix_cut_anywhere_is_continued_with_exactly_the_rest(
    house: House, cut: int
) -> None:
    house.continues(TEXT[:cut])
    messages = [*HELLO, Message("assistant", TEXT[:cut])]
    assert await answer_text(house.provider, messages) == TEXT[cut:]


async def test_a_stop_string_ends_the_answer_before_it(house: House) -> None:
    house.writes()
    assert (
        await answer_text(house.provider, params=Params(stop=["model wrote"]))
        == TEXT[: TEXT.index("model wrote")]
    )


async def test_a_stop_string_across_the_seam_ends_the_answer(house: House) -> None:
    cut = TEXT.index("model wrote") + 5
    house.continues(TEXT[:cut])
    messages = [*HELLO, Message("assistant", TEXT[:cut])]
    assert await answer_text(house.provider, messages, Params(stop=["model wrote"])) == ""


async def test_two_answers_at_once_do_not_mix(house: House) -> None:
    house.writes()
    one, other = await asyncio.gather(answer_text(house.provider), answer_text(house.provider))
    assert one == other == TEXT


async def test_an_answer_left_half_read_closes_its_connection(house: House) -> None:
    if house.fake is not None:
        house.fake.says("Hello", " there", finish="", end="hang")
    async with house.provider.stream(HELLO, Params()) as answer:
        assert await anext(aiter(answer))
    await _hung_up(house.fake)
    assert [piece async for piece in answer] == []


async def test_cancelling_the_reader_closes_the_connection(house: House) -> None:
    if house.fake is not None:
        house.fake.says("Hello", finish="", end="hang")
    begun = asyncio.Event()

    async def read() -> None:
        async with house.provider.stream(HELLO, Params()) as answer:
            async for _ in answer:
                begun.set()

    reader = asyncio.create_task(read())
    await begun.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await _hung_up(house.fake)


async def test_it_says_who_it_is(house: House) -> None:
    assert house.provider.id in {"simulated", "gemini", "openai"}
    assert house.provider.model
    assert house.provider.available()


async def _hung_up(fake: Fake | None) -> None:
    """Wait until the server saw the connection go."""
    assert fake is None or await asyncio.to_thread(fake.hung_up.wait, 5)
