"""The circuit breaker: it opens, cools down, tries once, recovers."""

import pytest

from ashao.providers.circuit_breaker import (
    FAILURE_THRESHOLD,
    INITIAL_COOLDOWN_MS,
    MAX_COOLDOWN_MS,
    CircuitBreaker,
)
from tests.server.providers.manual_clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def breaker(clock: ManualClock) -> CircuitBreaker:
    return CircuitBreaker(clock)


def fail_often(breaker: CircuitBreaker, times: int = FAILURE_THRESHOLD) -> None:
    for _ in range(times):
        breaker.record_failure(breaker.record_start())


def test_it_opens_after_failures_in_a_row(breaker: CircuitBreaker) -> None:
    fail_often(breaker, FAILURE_THRESHOLD - 1)
    assert breaker.allows_request()
    fail_often(breaker, 1)
    assert not breaker.allows_request()


def test_a_success_between_failures_keeps_it_closed(breaker: CircuitBreaker) -> None:
    fail_often(breaker, FAILURE_THRESHOLD - 1)
    breaker.record_success(breaker.record_start())
    fail_often(breaker, FAILURE_THRESHOLD - 1)
    assert breaker.allows_request()


def test_after_its_cooldown_one_request_is_tried(
    breaker: CircuitBreaker, clock: ManualClock
) -> None:
    fail_often(breaker)
    clock.ms += INITIAL_COOLDOWN_MS - 1
    assert not breaker.allows_request()
    clock.ms += 1
    assert breaker.allows_request()
    breaker.record_start()
    assert not breaker.allows_request()


def test_a_good_trial_closes_it(breaker: CircuitBreaker, clock: ManualClock) -> None:
    fail_often(breaker)
    clock.ms += INITIAL_COOLDOWN_MS
    breaker.record_success(breaker.record_start())
    fail_often(breaker, FAILURE_THRESHOLD - 1)
    assert breaker.allows_request()


def test_a_bad_trial_doubles_the_cooldown_up_to_a_limit(
    breaker: CircuitBreaker, clock: ManualClock
) -> None:
    fail_often(breaker)
    cooldown_ms = INITIAL_COOLDOWN_MS
    for _ in range(12):
        clock.ms += cooldown_ms - 1
        assert not breaker.allows_request()
        clock.ms += 1
        assert breaker.allows_request()
        breaker.record_failure(breaker.record_start())
        cooldown_ms = min(2 * cooldown_ms, MAX_COOLDOWN_MS)
    assert cooldown_ms == MAX_COOLDOWN_MS


def test_a_trial_that_is_abandoned_makes_room_for_another(
    breaker: CircuitBreaker, clock: ManualClock
) -> None:
    fail_often(breaker)
    clock.ms += INITIAL_COOLDOWN_MS
    breaker.record_abandoned(breaker.record_start())
    assert breaker.allows_request()


def test_a_cooldown_that_was_asked_for_begins_at_once(
    breaker: CircuitBreaker, clock: ManualClock
) -> None:
    breaker.record_failure(breaker.record_start(), cooldown_ms=7_000)
    assert not breaker.allows_request()
    clock.ms += 7_000
    assert breaker.allows_request()


@pytest.mark.parametrize("outcome", ["record_success", "record_failure", "record_abandoned"])
def test_what_began_before_it_opened_changes_nothing(
    breaker: CircuitBreaker, clock: ManualClock, outcome: str
) -> None:
    early = breaker.record_start()
    fail_often(breaker)
    getattr(breaker, outcome)(early)
    assert not breaker.allows_request()
    clock.ms += INITIAL_COOLDOWN_MS
    assert breaker.allows_request()
    breaker.record_start()
    getattr(breaker, outcome)(early)
    assert not breaker.allows_request()
