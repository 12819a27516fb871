"""A conversation is cut to the window: whole oldest turns go, and every worker cuts alike."""

import pytest

from ashao_text.history import fit_window
from ashao_worker.core.wire import Message, Params
from ashao_worker.engines.openai_compatible import OpenAIEngine
from tests.worker.test_openai_engine import Lines, said

SYSTEM = Message("system", "Be brief.")
OLD = [Message("user", "o" * 4000), Message("assistant", "p" * 4000)]
NEWER = [Message("user", "n" * 400), Message("assistant", "m" * 400)]
LAST = Message("user", "And now?")


def test_the_oldest_turns_go_first_and_system_and_the_newest_stay() -> None:
    talk = [SYSTEM, *OLD, *NEWER, LAST]
    assert fit_window(talk, 4096, None) == talk
    assert fit_window(talk, 2048, None) == [SYSTEM, *NEWER, LAST]
    assert fit_window(talk, 256, None) == [SYSTEM, LAST]


def test_there_is_room_for_the_answer() -> None:
    """As much as was asked for, but a quarter of the window at most."""
    talk = [*NEWER, LAST]
    assert fit_window(talk, 240, 10) == talk
    assert fit_window(talk, 240, None) == [LAST]
    assert fit_window(talk, 300, 10_000) == talk


def test_what_is_left_begins_with_a_users_message() -> None:
    talk = [Message("user", "short"), Message("assistant", "o" * 4000), LAST]
    assert fit_window(talk, 512, None) == [LAST]


def test_a_continued_answer_reads_the_very_prompt_that_the_first_worker_read() -> None:
    talk = [*NEWER, LAST]
    for window in (240, 300):
        for length in (1, 100, 200):
            prefix = Message("assistant", "x" * length)
            assert fit_window([*talk, prefix], window, None) == [
                *fit_window(talk, window, None),
                prefix,
            ]


def test_a_newest_turn_that_is_too_long_is_left_to_the_engines_server() -> None:
    assert fit_window([SYSTEM, *NEWER, OLD[0]], 512, None) == [SYSTEM, OLD[0]]


@pytest.mark.parametrize(("window", "kept"), [(2048, [*NEWER, LAST]), (None, [*OLD, *NEWER, LAST])])
async def test_the_engine_sends_what_fits(window: int | None, kept: list[Message]) -> None:
    """Of a window that nobody named, the engine's own server knows more."""
    lines = Lines(said("Yes."))
    engine = OpenAIEngine(lines, "tiny", window)
    talk = [*OLD, *NEWER, LAST]
    assert "".join([piece.text async for piece in engine.stream(talk, Params())]) == "Yes."
    sent = lines.bodies[0]["messages"]
    assert sent == [{"role": each.role, "content": each.content} for each in kept]
