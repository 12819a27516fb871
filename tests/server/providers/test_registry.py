"""Which providers there are, and which may be asked."""

import asyncio
from dataclasses import replace

import pytest

from ashao.providers.circuit_breaker import FAILURE_THRESHOLD
from ashao.providers.failures import Failure, ProviderError, retry_after_s
from ashao.providers.registry import ProviderConfiguration, Providers, make_providers
from ashao.providers.request_budget import HOUR_MS
from tests.server.providers.manual_clock import ManualClock

BOTH = ProviderConfiguration(
    gemini_api_key="k3y",
    gemini_base_url="http://127.0.0.1:9",
    openai_base_url="http://127.0.0.1:9/v1",
    openai_model="tiny",
)


def names(providers: Providers) -> list[str]:
    """Who may be asked now."""
    return [each.id for each in providers.candidates()]


async def test_the_order_is_the_configured_one() -> None:
    clock = ManualClock()
    first = make_providers(BOTH, clock)
    second = make_providers(replace(BOTH, order=("openai", "gemini", "openai")), clock)
    assert names(first) == ["gemini", "openai"]
    assert names(second) == ["openai", "gemini"]
    await first.aclose()
    await second.aclose()


async def test_those_that_tried_come_last_in_the_order_in_which_they_failed() -> None:
    providers = make_providers(BOTH, ManualClock())
    orders = [
        [each.id for each in providers.candidates("", tried)]
        for tried in ((), ("gemini",), ("openai", "gemini"), ("gone", "gemini", "openai"))
    ]
    await providers.aclose()
    assert orders == [
        ["gemini", "openai"],
        ["openai", "gemini"],
        ["openai", "gemini"],
        ["gemini", "openai"],
    ]


async def test_the_simulated_provider_is_there_only_when_no_other_is() -> None:
    assert names(make_providers(ProviderConfiguration(), ManualClock())) == ["simulated"]
    providers = make_providers(
        ProviderConfiguration(openai_base_url="http://127.0.0.1:9"), ManualClock()
    )
    assert names(providers) == ["openai"]
    await providers.aclose()


async def test_a_real_provider_that_fails_is_not_replaced_by_a_simulation() -> None:
    providers = make_providers(
        ProviderConfiguration(openai_base_url="http://127.0.0.1:9"), ManualClock()
    )
    for _ in range(FAILURE_THRESHOLD):
        fail(providers, Failure.UNAVAILABLE)
    assert names(providers) == []
    assert [each.id for each in providers] == ["openai"]
    await providers.aclose()


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="gemin1"):
        make_providers(ProviderConfiguration(order=("gemin1",)), ManualClock())


def test_keys_are_not_in_the_representation() -> None:
    configuration = ProviderConfiguration(gemini_api_key="k3y", openai_api_key="s3cret")
    assert "k3y" not in repr(configuration)
    assert "s3cret" not in repr(configuration)


def fail(providers: Providers, code: Failure, retry_after: float | None = None) -> None:
    """One request to the first provider that ends so."""
    with pytest.raises(ProviderError) as caught, providers.tracking(next(iter(providers))):
        raise ProviderError(code, retry_after_s=retry_after)
    assert caught.value.code is code


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def providers(clock: ManualClock) -> Providers:
    return make_providers(ProviderConfiguration(requests_per_hour=10), clock)


@pytest.mark.parametrize(
    "code",
    [
        Failure.UNAVAILABLE,
        Failure.TIMEOUT,
        Failure.BROKEN_STREAM,
        Failure.MISCONFIGURED,
        Failure.RATE_LIMITED,
    ],
)
def test_a_provider_that_keeps_failing_is_left_alone(providers: Providers, code: Failure) -> None:
    for _ in range(FAILURE_THRESHOLD):
        assert names(providers) == ["simulated"]
        fail(providers, code)
    assert names(providers) == []


@pytest.mark.parametrize("code", [Failure.REFUSED, Failure.BAD_REQUEST])
def test_refusals_do_not_count_against_a_provider(providers: Providers, code: Failure) -> None:
    for _ in range(FAILURE_THRESHOLD + 1):
        fail(providers, code)
    assert names(providers) == ["simulated"]


def test_a_provider_that_asked_for_time_gets_it(providers: Providers, clock: ManualClock) -> None:
    fail(providers, Failure.RATE_LIMITED, 60)
    clock.ms += 59_999
    assert names(providers) == []
    clock.ms += 1
    assert names(providers) == ["simulated"]


def test_cancelled_requests_say_nothing_of_health(providers: Providers) -> None:
    (provider,) = providers
    for _ in range(FAILURE_THRESHOLD + 1):
        with pytest.raises(asyncio.CancelledError), providers.tracking(provider):
            raise asyncio.CancelledError
    assert names(providers) == ["simulated"]


def test_the_budget_is_for_the_hour(providers: Providers, clock: ManualClock) -> None:
    (provider,) = providers
    for _ in range(10):
        with providers.tracking(provider):
            pass
    assert names(providers) == []
    with pytest.raises(ProviderError) as caught, providers.tracking(provider):
        raise AssertionError("it was asked over its budget")
    assert caught.value.code is Failure.RATE_LIMITED
    clock.ms += HOUR_MS
    assert names(providers) == ["simulated"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3", 3.0), ("0.5", 0.5), ("-1", 0.0), ("nan", None), ("inf", None), ("soon", None)],
)
def test_a_retry_after_is_read_or_left(text: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": text}, 0) == seconds
