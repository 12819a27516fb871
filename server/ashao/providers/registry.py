"""Which providers there are, in order, and which of them may be asked now.

To add one, write its file and one line in `MAKERS`. The SDKs are imported when they are needed:
they take longer than the rest of the server.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ashao.clock import Clock
from ashao.providers.circuit_breaker import CircuitBreaker
from ashao.providers.failures import ProviderError, ProviderUnavailable
from ashao.providers.provider import Provider
from ashao.providers.request_budget import RequestBudget
from ashao.providers.retries import RetryPolicy
from ashao.providers.simulated import Simulated


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderConfiguration:
    """What the operator set; a provider without its key or address is left out."""

    order: Sequence[str] = ("gemini", "openai")
    gemini_api_key: str = field(default="", repr=False)
    gemini_model: str = "gemini-2.5-flash"
    gemini_base_url: str = ""
    openai_base_url: str = ""
    openai_api_key: str = field(default="", repr=False)
    openai_model: str = ""
    openai_prefill: str = "instruct"
    requests_per_hour: int | None = None
    simulates_for_programs: bool = False
    simulated_pause_ms: int = 30
    retry_policy: RetryPolicy = RetryPolicy()


def _gemini(configuration: ProviderConfiguration, clock: Clock) -> Provider | None:
    if not configuration.gemini_api_key:
        return None
    from ashao.providers.gemini import Gemini

    return Gemini(
        configuration.gemini_api_key,
        configuration.gemini_model,
        clock,
        base_url=configuration.gemini_base_url,
        retry_policy=configuration.retry_policy,
    )


def _openai(configuration: ProviderConfiguration, clock: Clock) -> Provider | None:
    if not configuration.openai_base_url:
        return None
    from ashao.providers.openai_compatible import OpenAICompatible, Prefill

    return OpenAICompatible(
        configuration.openai_base_url,
        configuration.openai_api_key,
        configuration.openai_model,
        clock,
        prefill=Prefill(configuration.openai_prefill),
        retry_policy=configuration.retry_policy,
    )


MAKERS: dict[str, Callable[[ProviderConfiguration, Clock], Provider | None]] = {
    "gemini": _gemini,
    "openai": _openai,
}


def make_providers(configuration: ProviderConfiguration, clock: Clock) -> "Providers":
    """The configured providers in order; the simulated one only when there is no other.

    Raises ValueError for a name in the order that is not in `MAKERS`.
    """
    unknown = [name for name in configuration.order if name not in MAKERS]
    if unknown:
        raise ValueError(f"There is no provider named {unknown[0]!r}.")
    made = (MAKERS[name](configuration, clock) for name in dict.fromkeys(configuration.order))
    real = [provider for provider in made if provider is not None]
    simulated = Simulated(clock, pause_ms=configuration.simulated_pause_ms)
    return Providers(
        real or [simulated],
        clock,
        configuration.requests_per_hour,
        simulates_for_programs=configuration.simulates_for_programs,
    )


class Providers:
    """All providers of this process, with what it knows of their health and budget."""

    def __init__(
        self,
        providers: Sequence[Provider],
        clock: Clock,
        requests_per_hour: int | None = None,
        *,
        simulates_for_programs: bool = False,
    ) -> None:
        self._providers = list(providers)
        self._simulates_for_programs = simulates_for_programs
        self._breakers = {each.id: CircuitBreaker(clock) for each in providers}
        self._budgets = {each.id: RequestBudget(requests_per_hour, clock) for each in providers}

    def __iter__(self) -> Iterator[Provider]:
        """Every provider, whatever its health, in order."""
        return iter(self._providers)

    def of(self, *, is_programs: bool) -> list[Provider]:
        """Those that may ever answer, whatever their health, in order.

        A program takes a simulation for an answer: it gets none, unless the operator lets it.
        """
        simulates = self._simulates_for_programs or not is_programs
        return [each for each in self._providers if simulates or not isinstance(each, Simulated)]

    def candidates(
        self, model: str = "", tried: Sequence[str] = (), *, is_programs: bool = False
    ) -> list[Provider]:
        """Those that may be asked now, the preferred one first; before it, one with the model.

        Behind all others come those that have `tried`, in that order.
        """
        ours = self.of(is_programs=is_programs)
        able = [each for each in ours if each.available() and self._may_request(each.id)]
        turns = {provider_id: turn for turn, provider_id in enumerate(tried, 1)}
        return sorted(able, key=lambda each: (turns.get(each.id, 0), each.model != model))

    def wait_s(self, *, is_programs: bool) -> int | None:
        """How long until one of them may be asked, 0 for now; None when there is none."""
        ours = [each.id for each in self.of(is_programs=is_programs) if each.available()]
        waits = (max(self._breakers[id_].wait_ms(), self._budgets[id_].wait_ms()) for id_ in ours)
        return min((-(-ms // 1000) for ms in waits), default=None)

    @contextmanager
    def tracking(self, provider: Provider) -> Iterator[None]:
        """Around one request: counts it, and records how it ends.

        Raises ProviderUnavailable when the provider may not be asked any more.
        Cancellation, and errors that are not the provider's, say nothing of its health; a
        refusal shows a provider at work.
        """
        if not self._may_request(provider.id):
            raise ProviderUnavailable
        self._budgets[provider.id].spend()
        breaker = self._breakers[provider.id]
        generation = breaker.record_start()
        try:
            yield
        except ProviderError as error:
            if error.is_final:
                breaker.record_success(generation)
            else:
                wait_s = error.retry_after_s
                breaker.record_failure(generation, None if wait_s is None else int(wait_s * 1000))
            raise
        except BaseException:
            breaker.record_abandoned(generation)
            raise
        breaker.record_success(generation)

    async def aclose(self) -> None:
        """Close every provider."""
        for provider in self._providers:
            await provider.aclose()

    def _may_request(self, provider_id: str) -> bool:
        return (
            self._breakers[provider_id].allows_request()
            and self._budgets[provider_id].has_remaining()
        )
