"""The hourly budget."""

from ashao.providers.request_budget import HOUR_MS, RequestBudget
from tests.server.providers.manual_clock import ManualClock


def test_an_hour_has_so_many_requests_and_not_one_more() -> None:
    clock = ManualClock()
    budget = RequestBudget(2, clock)
    budget.spend()
    clock.ms += HOUR_MS // 2
    assert budget.has_remaining()
    budget.spend()
    assert not budget.has_remaining()
    clock.ms += HOUR_MS // 2 - 1
    assert not budget.has_remaining()
    clock.ms += 1
    assert budget.has_remaining()


def test_a_budget_of_nothing_allows_nothing() -> None:
    assert not RequestBudget(0, ManualClock()).has_remaining()


def test_without_a_limit_there_is_always_more() -> None:
    budget = RequestBudget(None, ManualClock())
    for _ in range(1000):
        budget.spend()
    assert budget.has_remaining()
