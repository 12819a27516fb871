"""What a program asks becomes a job: the one way from every protocol's request."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ashao.api.programs.answer import CompletionRequest
from ashao.api.programs.errors import ModelNotFound, NobodyServes, UnsupportedValue
from ashao.chat.completion import Prompt
from ashao.identity.api_keys import ApiKey
from ashao.jobs.job import ANY_MODEL, Tier
from ashao.jobs.queue.requirements import requirements_of
from ashao.messages import Message, Params
from ashao.services import Services
from ashao_text.tokens import estimated_tokens
from ashao_text.tools.description import Tools, with_tools
from ashao_text.tools.history import Said, plain_turns
from ashao_text.tools.tags import CALL_END

if TYPE_CHECKING:
    from ashao.messages import Role

TIERS = {ANY_MODEL: None} | {tier.value: tier for tier in Tier}
"""The names that stand for a tier, or for the one that has workers now, and any of its models."""
MAX_TOKENS = 1_000_000
LEAST_TOP_P = 1e-6  # 0 means the likeliest word alone, and some engines refuse just that number


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A conversation to answer, in no protocol's words; a last turn of the assistant's is gone on
    from."""

    model: str
    messages: list[Message]
    params: Params

    @property
    def prompt_tokens(self) -> int:
        """How long it is, by estimate."""
        return estimated_tokens(self.messages)


def said(
    turns: Iterable[Said], param: str, *, system: str = "", tools: Tools | None = None
) -> list[Message]:
    """Those with words or calls, as plain messages, behind what the system says and with the
    tools described; a turn of the assistant's without any is none. Raises UnsupportedValue that
    names `param` where nothing is left."""
    kept = [each for each in turns if each.text or each.calls or each.role != "assistant"]
    if not kept:
        raise UnsupportedValue(param, f"{param} has no words: at least one is needed.")
    plain = plain_turns([Said("system", system), *kept] if system else kept)
    if tools is not None:
        plain = with_tools(plain, tools)
    return [Message(cast("Role", each.role), each.content) for each in plain]


def sampling(
    *,
    temperature: float | None,
    top_p: float | None,
    budgets: Iterable[int | None],
    stop: str | list[str] | None = None,
    seed: int | None = None,
    raw: bool | None = None,
    tools: Tools | None = None,
) -> Params:
    """How the answer is to be written; of several budgets the shortest counts."""
    stops = [stop] if isinstance(stop, str) else stop or []
    if tools is not None and not tools.several:
        stops = [*stops, CALL_END]
    return Params(
        temperature=temperature,
        top_p=None if top_p is None else max(top_p, LEAST_TOP_P),
        max_tokens=_budget(budgets),
        stop=[each for each in stops if each] or None,
        seed=seed,
        raw=raw,
        tools=tools,
    )


async def begin(services: Services, key: ApiKey, ask: Ask) -> CompletionRequest:
    """Make a job of what was asked. Raises ModelNotFound, NobodyServes, TooMany."""
    model, tier = await _model(services, ask.model)
    needs = requirements_of(model, ask.messages, ask.params)
    tier = tier or await services.presence.tier_for(needs)
    if (missing := await services.presence.why_nobody(tier, needs)) is not None:
        raise NobodyServes(missing.why, missing.retry_after_s)
    notice = await services.presence.why_no_worker(tier, needs)
    prompt = Prompt(
        messages=ask.messages,
        model=model,
        tier=tier,
        params=ask.params,
        context_tokens=needs.context_tokens,
        no_worker=notice is not None,
    )
    return CompletionRequest(
        job=await services.completions.begin(key.owner_id, prompt),
        prompt_tokens=ask.prompt_tokens,
        max_tokens=ask.params.max_tokens,
        notice=notice,
        tools=ask.params.tools,
    )


async def _model(services: Services, name: str) -> tuple[str, Tier | None]:
    """The model to ask for and where, None: where workers are. Raises ModelNotFound for a name
    that nobody knows.

    A model of the donors' list that nobody donates now is known: a provider stands in for it.
    """
    if name in TIERS:
        return ANY_MODEL, TIERS[name]
    is_known = (
        name in {each.id for each in services.models} or name in await services.presence.models()
    )
    if not is_known and name not in await services.presence.models(anew=True):
        raise ModelNotFound
    return name, await services.presence.tier_of(name)


def _budget(wishes: Iterable[int | None]) -> int | None:
    """The shortest of the limits; 0 and less is how some programs say that there is none."""
    limits = [each for each in wishes if each is not None and each > 0]
    return min([*limits, MAX_TOKENS]) if limits else None
