"""Thoughts are pieces of their own, and no part of the answer."""

import json

import pytest

from ashao_worker.core.engine import Piece
from ashao_worker.core.wire import Message
from ashao_worker.engines.refusals import EngineServerError
from tests.worker.house import ANSWER, House, donating
from tests.worker.test_openai_engine import QUESTION, Lines, pieces, said

THOUGHTS = "They want me to count, so I count \U0001f642."


def thought(text: str) -> Piece:
    return Piece(text, 1, is_thought=True)


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_a_servers_field_of_thoughts_gives_thoughts(name: str) -> None:
    thoughts = [{"choices": [{"delta": {name: text, "content": None}}]} for text in ("Hm", " ...")]
    lines = [*(f"data: {json.dumps(chunk)}" for chunk in thoughts), *said("Four.")]
    assert await pieces(Lines(lines)) == [thought("Hm"), thought(" ..."), Piece("Four.", 1)]


async def test_thoughts_in_the_text_are_told_apart() -> None:
    answer = await pieces(Lines(said("<th", "ink>Hm", " ...</think>", "\n\nFour.")))
    assert answer == [Piece("Hm", 2, is_thought=True), thought(" ..."), Piece("Four.", 1)]


async def test_thoughts_before_an_answer_that_begins_anew_hide_nothing_of_the_seam() -> None:
    lines = Lines(said("<think>Hm.</think>", "One, two,", " three"))
    answer = await pieces(lines, [*QUESTION, Message("assistant", "One, two,")])
    assert "".join(each.text for each in answer if not each.is_thought) == " three"


async def test_a_model_that_thinks_goes_on_without_where_its_server_wants_that() -> None:
    """llama.cpp refuses to continue an answer that its model would think before."""
    words = "Assistant response prefill is incompatible with enable_thinking."
    lines = Lines(said(" three"), refusals=[EngineServerError(400, words)] * 2)
    assert await pieces(lines, [*QUESTION, Message("assistant", "One, two,")]) == [
        Piece(" three", 1)
    ]
    assert lines.bodies[-1]["chat_template_kwargs"] == {"enable_thinking": False}
    assert all("chat_template_kwargs" not in body for body in lines.bodies[:-1])


def thinking(house: House, *, aloud: bool = True) -> None:
    house.engine.thoughts = THOUGHTS
    house.orchestrator.takes_thinking = aloud


async def test_thoughts_are_published_as_such_and_before_the_answer() -> None:
    async with donating() as house:
        thinking(house)
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        assert job.text == ANSWER
        assert "".join(job.thoughts.values()) == THOUGHTS
        assert list(job.thoughts) == list(range(len(job.thoughts)))
        assert sum(tokens for _, tokens in job.log) == -(-len(THOUGHTS) // 4) + -(-len(ANSWER) // 4)


async def test_a_server_that_takes_no_thoughts_gets_none() -> None:
    async with donating() as house:
        thinking(house, aloud=False)
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        assert (job.text, job.thoughts) == (ANSWER, {})
        told = [each for body in house.orchestrator.bodies("heartbeat") for each in body["jobs"]]
        assert all("kind" not in body for body in house.orchestrator.bodies("token"))
        assert not told or told[0]["isThinking"]


async def test_an_older_server_that_comes_back_gets_none_from_the_next_heartbeat_on() -> None:
    """After a rollback: it would take them for text."""
    async with donating(token_ms=200) as house:
        thinking(house)
        job = house.orchestrator.enqueue()
        await house.until_said(job, 1)
        house.orchestrator.takes_thinking = False
        await house.until_ended(job)
        assert job.text == ANSWER
        assert 0 < len("".join(job.thoughts.values())) < len(THOUGHTS)


async def test_half_a_character_of_a_thought_waits_for_its_other_half() -> None:
    async with donating() as house:
        thinking(house)
        house.engine.thoughts = "Hm \ud83d\ude42"
        house.engine.piece_characters = 4
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        assert "".join(job.thoughts.values()) == "Hm \U0001f642"


async def test_the_heartbeat_tells_of_silent_thoughts_until_the_first_word() -> None:
    async with donating(answer="word " * 200) as house:
        house.engine.silent_pieces = 100  # of 20 ms: two seconds
        job = house.orchestrator.enqueue()
        await house.until_said(job, 1)
        await house.environment.advance(2000)
        told = [each for body in house.orchestrator.bodies("heartbeat") for each in body["jobs"]]
        assert [each.get("isThinking", False) for each in told[:2]] == [True, True]
        assert "isThinking" not in told[-1]
