"""The circuit breaker: it opens, rests, tries once, recovers."""

import pytest

from ashao.providers.breaker import FIRST_REST_MS, LIMIT, LONGEST_REST_MS, Breaker
from tests.server.providers.manual_clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def breaker(clock: ManualClock) -> Breaker:
    return Breaker(clock)


def fail_often(breaker: Breaker, times: int = LIMIT) -> None:
    for _ in range(times):
        breaker.fail(breaker.begin())


def test_it_opens_after_failures_in_a_row(breaker: Breaker) -> None:
    fail_often(breaker, LIMIT - 1)
    assert breaker.allows()
    fail_often(breaker, 1)
    assert not breaker.allows()


def test_a_success_between_failures_keeps_it_closed(breaker: Breaker) -> None:
    fail_often(breaker, LIMIT - 1)
    breaker.succeed(breaker.begin())
    fail_often(breaker, LIMIT - 1)
    assert breaker.allows()


def test_after_its_rest_one_request_is_tried(breaker: Breaker, clock: ManualClock) -> None:
    fail_often(breaker)
    clock.ms += FIRST_REST_MS - 1
    assert not breaker.allows()
    clock.ms += 1
    assert breaker.allows()
    breaker.begin()
    assert not breaker.allows()


def test_a_good_trial_closes_it(breaker: Breaker, clock: ManualClock) -> None:
    fail_often(breaker)
    clock.ms += FIRST_REST_MS
    breaker.succeed(breaker.begin())
    fail_often(breaker, LIMIT - 1)
    assert breaker.allows()


def test_a_bad_trial_doubles_the_rest_up_to_a_limit(breaker: Breaker, clock: ManualClock) -> None:
    fail_often(breaker)
    rest_ms = FIRST_REST_MS
    for _ in range(12):
        clock.ms += rest_ms - 1
        assert not breaker.allows()
        clock.ms += 1
        assert breaker.allows()
        breaker.fail(breaker.begin())
        rest_ms = min(2 * rest_ms, LONGEST_REST_MS)
    assert rest_ms == LONGEST_REST_MS


def test_a_trial_that_is_abandoned_makes_room_for_another(
    breaker: Breaker, clock: ManualClock
) -> None:
    fail_often(breaker)
    clock.ms += FIRST_REST_MS
    breaker.abandon(breaker.begin())
    assert breaker.allows()


def test_a_rest_that_was_asked_for_begins_at_once(breaker: Breaker, clock: ManualClock) -> None:
    breaker.fail(breaker.begin(), rest_ms=7_000)
    assert not breaker.allows()
    clock.ms += 7_000
    assert breaker.allows()


@pytest.mark.parametrize("outcome", ["succeed", "fail", "abandon"])
def test_what_began_before_it_opened_changes_nothing(
    breaker: Breaker, clock: ManualClock, outcome: str
) -> None:
    early = breaker.begin()
    fail_often(breaker)
    getattr(breaker, outcome)(early)
    assert not breaker.allows()
    clock.ms += FIRST_REST_MS
    assert breaker.allows()
    breaker.begin()
    getattr(breaker, outcome)(early)
    assert not breaker.allows()
