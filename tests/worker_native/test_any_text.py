"""Whatever an engine's server says, and wherever it cuts: the answer is whole, or says why not."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ashao_worker.core.wire import Params
from ashao_worker.engines.openai_compatible import OpenAIEngine
from ashao_worker.engines.refusals import EngineServerError, code_in_stream, code_of
from tests.worker.house import donating
from tests.worker.test_openai_engine import QUESTION, Lines, said

TEXTS = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("😀👍🏽é日")), max_size=24)
UNITS = st.lists(st.sampled_from("a\ud83d\ude00\ud83c\udf1e"), max_size=24).map("".join)
CUTS = st.lists(st.integers(0, 60), max_size=8)


def cut(text: str, cuts: list[int]) -> list[str]:
    """The text in pieces of UTF-16, as a server writes it that cuts its JSON anywhere."""
    units = text.encode("utf-16-le", "surrogatepass")
    marks = sorted({0, len(units), *(at * 2 % (len(units) + 2) for at in cuts)})
    pairs = zip(marks, marks[1:], strict=False)
    return [units[a:b].decode("utf-16-le", "surrogatepass") for a, b in pairs]


def encodable(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@given(st.one_of(TEXTS, UNITS), CUTS)
async def test_an_engine_gives_whole_characters(text: str, cuts: list[int]) -> None:
    engine = OpenAIEngine(Lines(said(*cut(text, cuts))), "tiny")
    stream = engine.stream(QUESTION, Params())
    pieces = [piece.text async for piece in stream if piece.finish is None]
    assert "".join(pieces) == encodable(text)
    assert all(piece.encode() for piece in pieces)


@given(st.one_of(TEXTS, UNITS), st.integers(1, 5))
async def test_a_worker_publishes_whole_characters(text: str, piece_characters: int) -> None:
    """Also of an engine that takes no care."""
    halves = "".join(cut(text, list(range(60))))
    async with donating(answer=halves) as house:
        house.engine.piece_characters = piece_characters
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        assert job.text == encodable(text)


@given(st.integers(400, 599), st.text(max_size=20), st.text(max_size=20), st.booleans())
def test_the_word_context_alone_is_never_a_too_long_conversation(
    status: int, before: str, after: str, is_json: bool
) -> None:
    message = f"{before} context {after}"
    text = json.dumps({"error": {"message": message, "code": status}}) if is_json else message
    assert code_of(EngineServerError(status, text)) != "context_too_long"
    assert code_in_stream(text) != "context_too_long"
