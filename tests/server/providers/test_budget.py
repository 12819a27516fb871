"""The hourly budget."""

from ashao.providers.budget import HOUR_MS, Budget
from tests.server.providers.manual_clock import ManualClock


def test_an_hour_has_so_many_requests_and_not_one_more() -> None:
    clock = ManualClock()
    budget = Budget(2, clock)
    budget.spend()
    clock.ms += HOUR_MS // 2
    assert budget.has_left()
    budget.spend()
    assert not budget.has_left()
    clock.ms += HOUR_MS // 2 - 1
    assert not budget.has_left()
    clock.ms += 1
    assert budget.has_left()


def test_a_budget_of_nothing_allows_nothing() -> None:
    assert not Budget(0, ManualClock()).has_left()


def test_without_a_limit_there_is_always_more() -> None:
    budget = Budget(None, ManualClock())
    for _ in range(1000):
        budget.spend()
    assert budget.has_left()
