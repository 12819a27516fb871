"""The native worker's engine over the genuine llama.cpp, with a model that knows one text."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing

import pytest
from tokenizers import Tokenizer

from ashao_worker.core.engine import EngineCode, EngineError, Piece
from ashao_worker.core.wire import Message, Params
from ashao_worker.engines.openai_compatible import OpenAIEngine
from ashao_worker.homes.cpython import HttpLines
from tests.support.gguf_model import MODEL, recited
from tests.support.llama_cpp import llama_cpp

TEXT = recited()
ASKED = Message("user", "What do you say?")
GREEDY = Params(temperature=0)
EMOJI_AT = next(at for at, sign in enumerate(TEXT) if ord(sign) > 0xFFFF)
# The first letters, where a prefix is too short to be told from chance; words cut in the middle and
# at their ends; both sides of a sign of four bytes; all but the last letter.
CUTS = sorted({*range(1, 12), *range(12, len(TEXT), 19), EMOJI_AT, EMOJI_AT + 1, len(TEXT) - 1})


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running llama.cpp."""
    with llama_cpp(tmp_path_factory.mktemp("llama")) as address:
        yield address


@pytest.fixture
async def engine(url: str) -> AsyncIterator[OpenAIEngine]:
    """The native worker's engine."""
    async with HttpLines(f"{url}/v1") as lines:
        yield OpenAIEngine(lines, "ashao-tiny-q0f32")


async def _pieces(
    engine: OpenAIEngine, messages: Sequence[Message], params: Params = GREEDY
) -> list[Piece]:
    async with aclosing(engine.stream(messages, params)) as stream:
        return [piece async for piece in stream]


def _text(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


async def test_it_says_the_text_and_counts_every_token(engine: OpenAIEngine) -> None:
    pieces = await _pieces(engine, [ASKED])
    assert _text(pieces) == TEXT
    tokens = Tokenizer.from_file(str(MODEL / "tokenizer.json")).encode(TEXT).ids
    assert sum(piece.tokens for piece in pieces) == len(tokens) + 1  # and the one that ends it


# Without --matrix: the first letter, the middle of that sign, the last one, others by chance.
@pytest.mark.sample(8, always=(CUTS[0], EMOJI_AT + 1, CUTS[-1]))
@pytest.mark.parametrize("at", CUTS)
async def test_it_goes_on_from_any_letter(engine: OpenAIEngine, at: int) -> None:
    """To the letter: the machine that wrote the beginning may have stopped anywhere."""
    rest = await _pieces(engine, [ASKED, Message("assistant", TEXT[:at])])
    assert _text(rest) == TEXT[at:]


async def test_what_is_left_of_a_budget_is_kept(engine: OpenAIEngine) -> None:
    params = Params(temperature=0, max_tokens=7)
    rest = await _pieces(engine, [ASKED, Message("assistant", TEXT[:30])], params)
    assert TEXT[30:].startswith(_text(rest))
    assert sum(piece.tokens for piece in rest) == 7


async def test_a_stop_string_ends_it(engine: OpenAIEngine) -> None:
    params = Params(temperature=0, stop=("Should",))
    assert _text(await _pieces(engine, [ASKED], params)) == TEXT.partition("Should")[0]


async def test_a_conversation_that_is_too_long_is_said_to_be_so(engine: OpenAIEngine) -> None:
    """The job then goes to somebody who can hold it, and the engine is as good as before."""
    with pytest.raises(EngineError) as refused:
        await _pieces(engine, [Message("user", "again and again " * 2000)])
    assert refused.value.code is EngineCode.CONTEXT_TOO_LONG
    assert _text(await _pieces(engine, [ASKED])) == TEXT
