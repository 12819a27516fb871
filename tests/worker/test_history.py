"""A conversation is cut to the window: whole oldest turns go, and every worker cuts alike."""

from ashao_worker.history import fitted
from ashao_worker.openai_engine import OpenAIEngine
from ashao_worker.wire import Message, Params
from tests.worker.test_openai_engine import Lines, said

SYSTEM = Message("system", "Be brief.")
OLD = [Message("user", "o" * 4000), Message("assistant", "p" * 4000)]
NEWER = [Message("user", "n" * 400), Message("assistant", "m" * 400)]
LAST = Message("user", "And now?")


def test_the_oldest_turns_go_first_and_system_and_the_newest_stay() -> None:
    talk = [SYSTEM, *OLD, *NEWER, LAST]
    assert fitted(talk, 4096, None) == talk
    assert fitted(talk, 2048, None) == [SYSTEM, *NEWER, LAST]
    assert fitted(talk, 256, None) == [SYSTEM, LAST]


def test_without_a_known_window_nothing_is_cut() -> None:
    talk = [*OLD, LAST]
    assert fitted(talk, None, None) == talk


def test_there_is_room_for_the_answer() -> None:
    """As much as was asked for, but a quarter of the window at most."""
    talk = [*NEWER, LAST]
    assert fitted(talk, 240, 10) == talk
    assert fitted(talk, 240, None) == [LAST]
    assert fitted(talk, 300, 10_000) == talk


def test_what_is_left_begins_with_a_users_message() -> None:
    talk = [Message("user", "short"), Message("assistant", "o" * 4000), LAST]
    assert fitted(talk, 512, None) == [LAST]


def test_a_continued_answer_reads_the_very_prompt_that_the_first_worker_read() -> None:
    talk = [*NEWER, LAST]
    for window in (240, 300):
        for length in (1, 100, 200):
            prefix = Message("assistant", "x" * length)
            assert fitted([*talk, prefix], window, None) == [*fitted(talk, window, None), prefix]


def test_a_newest_turn_that_is_too_long_is_left_to_the_engines_server() -> None:
    assert fitted([SYSTEM, *NEWER, OLD[0]], 512, None) == [SYSTEM, OLD[0]]


async def test_the_engine_sends_what_fits() -> None:
    lines = Lines(said("Yes."))
    engine = OpenAIEngine(lines, "tiny", 2048)
    talk = [*OLD, *NEWER, LAST]
    assert [piece.text async for piece in engine.stream(talk, Params())] == ["Yes."]
    sent = lines.bodies[0]["messages"]
    assert sent == [{"role": each.role, "content": each.content} for each in [*NEWER, LAST]]
