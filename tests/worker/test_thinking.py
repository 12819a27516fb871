"""Thoughts are work, and no part of the answer; the heartbeat tells of them."""

import json

import pytest

from ashao_worker.core.engine import Piece
from tests.worker.house import donating
from tests.worker.test_openai_engine import Lines, pieces, said


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_a_servers_field_of_thoughts_gives_pieces_without_text(name: str) -> None:
    thoughts = [{"choices": [{"delta": {name: text, "content": None}}]} for text in ("Hm", " ...")]
    lines = [*(f"data: {json.dumps(chunk)}" for chunk in thoughts), *said("Four.")]
    assert await pieces(Lines(lines)) == [Piece("", 1), Piece("", 1), Piece("Four.", 1)]


async def test_thoughts_in_the_text_are_cut_out() -> None:
    answer = await pieces(Lines(said("<th", "ink>Hm", " ...</think>", "\n\nFour.")))
    assert "".join(piece.text for piece in answer) == "Four."
    assert [piece.tokens for piece in answer] == [1, 1, 1]


async def test_the_heartbeat_tells_of_thoughts_until_the_first_word() -> None:
    async with donating(answer="word " * 200) as house:
        house.engine.silent_pieces = 100  # of 20 ms: two seconds
        job = house.orchestrator.enqueue()
        await house.until_said(job, 1)
        await house.environment.advance(2000)
        told = [each for body in house.orchestrator.bodies("heartbeat") for each in body["jobs"]]
        assert [each.get("isThinking", False) for each in told[:2]] == [True, True]
        assert "isThinking" not in told[-1]
