"""The engine over an OpenAI-compatible server, from scripted lines."""

import json
from collections.abc import AsyncGenerator, Mapping

import pytest

from ashao_worker.core.engine import EngineError, Piece
from ashao_worker.core.environment import NetworkError
from ashao_worker.core.wire import Message, Params
from ashao_worker.engines.openai_compatible import OpenAIEngine
from ashao_worker.engines.refusals import EngineServerError

QUESTION = [Message("user", "Count.")]


class Lines:
    """Gives the lines, then raises `error`; the first `refusals` come instead."""

    def __init__(
        self,
        lines: list[str],
        error: Exception | None = None,
        refusals: list[EngineServerError] | None = None,
    ) -> None:
        self.lines = lines
        self.error = error
        self.refusals = refusals or []
        self.bodies: list[Mapping[str, object]] = []
        self.paths: list[str] = []
        self.closed = 0

    async def post(self, path: str, body: Mapping[str, object]) -> AsyncGenerator[str, None]:
        assert path == ("/completions" if "prompt" in body else "/chat/completions")
        self.paths.append(path)
        self.bodies.append(body)
        try:
            if self.refusals:
                raise self.refusals.pop(0)
            for line in self.lines:
                yield line
            if self.error:
                raise self.error
        finally:
            self.closed += 1


def said(*texts: str, finish: str | None = "stop", tokens: int | None = None) -> list[str]:
    chunks: list[object] = [{"choices": [{"delta": {"role": "assistant"}}]}]
    chunks += [{"choices": [{"delta": {"content": text}, "finish_reason": None}]} for text in texts]
    if finish:
        chunks.append({"choices": [{"delta": {}, "finish_reason": finish}]})
    if tokens is not None:
        chunks.append({"choices": [], "usage": {"completion_tokens": tokens}})
    lines = [": a comment", *(f"data: {json.dumps(chunk)}" for chunk in chunks)]
    return [*lines, "", "data: [DONE]"] if finish else lines


async def pieces(
    lines: Lines, messages: list[Message] | None = None, params: Params | None = None
) -> list[Piece]:
    engine = OpenAIEngine(lines, "tiny")
    stream = engine.stream(messages or QUESTION, params or Params())
    return [piece async for piece in stream if piece.finish is None]


async def finish(lines: Lines) -> str | None:
    found = [piece async for piece in OpenAIEngine(lines, "tiny").stream(QUESTION, Params())]
    return found[-1].finish


async def failure(lines: Lines) -> str:
    with pytest.raises(EngineError) as caught:
        await pieces(lines)
    return caught.value.code


async def test_deltas_become_pieces() -> None:
    assert await pieces(Lines(said("One", ", two"))) == [Piece("One", 1), Piece(", two", 1)]


async def test_the_servers_own_count_of_tokens_wins() -> None:
    found = await pieces(Lines(said("One two three", tokens=5)))
    assert sum(piece.tokens for piece in found) == 5


@pytest.mark.parametrize(
    ("place", "name"), [("usage", "completion_tokens"), ("timings", "predicted_n")]
)
async def test_a_chunk_of_several_tokens_counts_as_many(place: str, name: str) -> None:
    """As vLLM and llama.cpp tell: with each chunk, how many tokens there are so far."""

    def chunk(text: str, so_far: int) -> str:
        told = {"choices": [{"delta": {"content": text}}], place: {name: so_far}}
        return f"data: {json.dumps(told)}"

    lines = [chunk("One two", 3), chunk("", 5), chunk(" 🌱", 6), chunk("!", 6), "data: [DONE]"]
    found = await pieces(Lines(lines))
    assert found == [Piece("One two", 3), Piece("", 2), Piece(" 🌱", 1), Piece("!", 1)]


async def test_messages_and_sampling_are_sent_in_the_servers_words() -> None:
    lines = Lines(said("x"))
    params = Params(temperature=0.5, top_p=0.9, max_tokens=10, stop=("\n",), seed=3)
    await pieces(lines, params=params)
    assert lines.bodies == [
        {
            "model": "tiny",
            "messages": [{"role": "user", "content": "Count."}],
            "stream": True,
            "stream_options": {"include_usage": True, "continuous_usage_stats": True},
            "timings_per_token": True,
            "temperature": 0.5,
            "top_p": 0.9,
            "max_tokens": 10,
            "stop": ["\n"],
            "seed": 3,
        }
    ]


async def test_a_prefix_is_sent_as_the_last_message_to_be_continued() -> None:
    lines = Lines(said(" three"))
    await pieces(lines, [*QUESTION, Message("assistant", "One, two,")])
    (body,) = lines.bodies
    assert body["messages"] == [
        {"role": "user", "content": "Count."},
        {"role": "assistant", "content": "One, two,"},
    ]
    assert body["continue_final_message"] is True
    assert body["add_generation_prompt"] is False


async def test_a_strict_server_is_asked_again_in_plain_words() -> None:
    lines = Lines(said(" three"), refusals=[EngineServerError(400, "unknown field")])
    found = await pieces(lines, [*QUESTION, Message("assistant", "One, two,")])
    assert found == [Piece(" three", 1)]
    assert not {"continue_final_message", "timings_per_token"} & lines.bodies[1].keys()
    assert lines.bodies[1]["stream_options"] == {"include_usage": True}


async def test_a_server_that_begins_anew_is_trimmed() -> None:
    lines = Lines(said("One, ", "two, three", ", four"))
    found = await pieces(lines, [*QUESTION, Message("assistant", "One, two,")])
    assert "".join(piece.text for piece in found) == " three, four"


async def test_a_server_that_begins_another_answer_fails() -> None:
    lines = Lines(said("One, two, three, four, five, 6"))
    with pytest.raises(EngineError, match="another answer"):
        await pieces(lines, [*QUESTION, Message("assistant", "One, two, three, four, five, six")])


async def test_closing_the_stream_closes_the_connection() -> None:
    lines = Lines(said("One", "two", "three"))
    stream = OpenAIEngine(lines, "tiny").stream(QUESTION, Params())
    assert (await anext(stream)).text == "One"
    await stream.aclose()
    assert lines.closed == 1


async def test_a_refusal_becomes_a_code_and_is_asked_again_once_in_plain_words() -> None:
    lines = Lines([], refusals=[EngineServerError(400, "bad temperature")] * 2)
    assert await failure(lines) == "bad_request"
    assert len(lines.bodies) == 2


async def test_parts_of_text_are_text() -> None:
    parts = {"content": [{"type": "text", "text": "One"}, {"type": "text", "text": " two"}]}
    lines = [f"data: {json.dumps({'choices': [{'delta': parts}]})}", "data: [DONE]"]
    assert [piece.text for piece in await pieces(Lines(lines))] == ["One two"]


@pytest.mark.parametrize("word", ["", None])
async def test_no_word_for_its_end_is_no_end_before_done(word: str | None) -> None:
    chunk = json.dumps({"choices": [{"delta": {"content": "One"}, "finish_reason": word}]})
    assert await finish(Lines([f"data: {chunk}", "data: [DONE]"])) == "stop"
    assert await failure(Lines([f"data: {chunk}"])) == "engine_error"


async def test_plain_words_make_no_conversation_shorter() -> None:
    too_long = EngineServerError(400, '{"error": {"code": "context_length_exceeded"}}')
    lines = Lines([], refusals=[too_long])
    assert await failure(lines) == "context_too_long"
    assert len(lines.bodies) == 1


@pytest.mark.parametrize(
    "line",
    [
        'data: {"error": {"code": 400, "type": "exceed_context_size_error", "n_ctx": 512}}',
        'error: {"code": 400, "message": "the request exceeds the available context size."}',
    ],
)
async def test_an_error_in_the_stream_may_say_that_the_conversation_is_too_long(line: str) -> None:
    assert await failure(Lines([line])) == "context_too_long"


async def test_half_a_character_waits_for_its_other_half() -> None:
    found = await pieces(Lines(said("Hi \ud83d", "\ude00 there", "\ud83d")))
    assert [piece.text for piece in found] == ["Hi ", "\U0001f600 there", "\ufffd"]


async def test_no_connection_is_an_engine_error() -> None:
    assert await failure(Lines([], NetworkError("refused"))) == "engine_error"


async def test_a_silent_server_is_a_timeout() -> None:
    assert await failure(Lines(said("One", finish=None), TimeoutError())) == "timeout"


async def test_a_stream_that_is_cut_off_is_an_error() -> None:
    assert await failure(Lines(said("One", finish=None))) == "engine_error"


@pytest.mark.parametrize("data", ["{", "[1]", '{"error": {"message": "out of slots"}}'])
async def test_a_broken_stream_is_an_error(data: str) -> None:
    assert await failure(Lines([f"data: {data}"])) == "engine_error"


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("content_filter", "content_filter"),
        ("eos", "stop"),
    ],
)
async def test_why_it_ended_is_said_last(word: str, meaning: str) -> None:
    assert await finish(Lines(said("One", finish=word))) == meaning
