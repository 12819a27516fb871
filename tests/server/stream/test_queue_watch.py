"""What is news of a place: each step to who is near, and a hundredth of the way to who is not."""

from hypothesis import given
from hypothesis import strategies as st

from ashao.jobs.event import QueuedEvent
from ashao.jobs.job import JobId
from ashao.jobs.queue.places import Places
from ashao.stream.queue_watch import A_STEP, Waiting

JOB = JobId("a" * 32)


def _told(places: list[int]) -> list[tuple[int, int]]:
    """At each look the place, and the one that the reader knows then."""
    said: list[QueuedEvent] = []
    waiting = Waiting(JOB, said.append, None)
    known = []
    for place in places:
        waiting.look(Places({JOB: place}, None))
        known.append((place, said[-1].position or 0))
    return known


@given(st.lists(st.integers(0, 20_000), min_size=1))
def test_what_a_reader_knows_is_never_off_by_a_step(places: list[int]) -> None:
    """And whoever has few before them knows their very place."""
    for place, known in _told(places):
        assert abs(place - known) < max(1, known / A_STEP)
        assert known > A_STEP or place == known


def test_who_moves_up_from_far_behind_is_told_seldom_and_at_the_end_each_time() -> None:
    known = [known for _, known in _told(list(range(10_000, -1, -1)))]
    assert known[-A_STEP:] == list(range(A_STEP - 1, -1, -1))
    assert len(set(known)) < 600


def test_who_stays_or_is_in_no_queue_is_told_nothing() -> None:
    said: list[QueuedEvent] = []
    waiting = Waiting(JOB, said.append, QueuedEvent(position=3))
    waiting.look(Places({JOB: 3}, 1_000.0))
    waiting.look(Places({}, None))
    assert not said
