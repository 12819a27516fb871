"""Whatever an engine says, what is published is whole and ends before a stop string."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import pytest

from ashao_worker.core.engine import Piece
from ashao_worker.core.scripted import ScriptedEngine
from ashao_worker.core.wire import Message, Params
from tests.worker.house import ANSWER, donating


class DeafEngine(ScriptedEngine):
    """It does not listen to stop strings, and would go on for ever."""

    def stream(self, messages: Sequence[Message], params: Params) -> AsyncGenerator[Piece, None]:
        return super().stream(messages, replace(params, stop=None))


@pytest.mark.parametrize(
    ("said", "published"),
    [
        ("Hi \ud83d\ude00 there", "Hi \U0001f600 there"),  # cut inside the pair, after four
        ("one \ud83d", "one \ufffd"),
        ("\ude00 one", "\ufffd one"),
        ("\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
    ],
)
@pytest.mark.parametrize("piece_characters", [1, 4])
async def test_half_a_character_does_not_end_the_worker(
    said: str, published: str, piece_characters: int
) -> None:
    async with donating(answer=said) as house:
        house.engine.piece_characters = piece_characters
        first, second = house.orchestrator.enqueue("j1"), house.orchestrator.enqueue("j2")
        await house.until_ended(first)
        await house.until_ended(second)
        assert (first.text, second.text) == (published, published)


@pytest.mark.parametrize("stop", ["six", " six", "five six seven", "x s", "twelve"])
async def test_a_stop_string_that_the_engine_does_not_know_ends_the_answer(stop: str) -> None:
    async with donating(engine_type=DeafEngine) as house:
        job = house.orchestrator.enqueue(stop=["nowhere", stop])
        await house.until_ended(job)
        assert job.text == ANSWER.partition(stop)[0]
        assert house.engine.open_streams == 0


async def test_the_engine_stops_at_a_stop_string() -> None:
    async with donating(answer="word " * 2000, engine_type=DeafEngine) as house:
        job = house.orchestrator.enqueue(stop=["word word word"])
        took_ms = await house.until_ended(job)
        assert job.text == ""
        assert took_ms < 1000
        assert house.engine.interrupted == 1


async def test_a_stop_string_may_begin_in_the_prefix() -> None:
    async with donating(engine_type=DeafEngine) as house:
        job = house.orchestrator.enqueue(prefix=["one two th"], stop=["three"])
        await house.until_ended(job)
        assert job.text == "one two th"


async def test_what_only_began_like_a_stop_string_is_said() -> None:
    async with donating(engine_type=DeafEngine) as house:
        job = house.orchestrator.enqueue(stop=["twelve thirteen"])
        await house.until_ended(job)
        assert job.text == ANSWER
