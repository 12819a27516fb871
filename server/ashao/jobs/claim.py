"""A producer takes a queued job; of any number that ask, exactly one wins."""

import msgspec

from ashao.jobs import scripts
from ashao.jobs.event import text_of
from ashao.jobs.job import Claim, JobId, Producer, Tier
from ashao.jobs.queue import ids
from ashao.jobs.queue.requirements import Requirements, abilities_in, abilities_text
from ashao.jobs.store import JobStore
from ashao.messages import Message, Params

_messages = msgspec.json.Decoder(list[Message])
_params = msgspec.json.Decoder(Params)


async def claim(store: JobStore, job_id: JobId, producer: Producer) -> Claim | None:
    """Take the job, or None when it is not to be had by this producer.

    A provider gets a job after its grace window, or one that workers cannot or shall not take.
    One that failed it waits out a pause; after the last counted attempt each may try once.
    Raises StoreUnavailable.
    """
    won = await claim_or_reason(store, job_id, producer)
    return won if isinstance(won, Claim) else None


class OthersFirst:
    """The job is there, and workers whose voice was not heard on it yet come first."""


async def claim_or_reason(
    store: JobStore, job_id: JobId, producer: Producer
) -> Claim | Requirements | OthersFirst | None:
    """The same, but why not: what the job needs of its worker, or that others come first."""
    reply = await store.run(
        job_id,
        scripts.Claim(
            producer=producer.id,
            kind=producer.kind,
            model=producer.model,
            context=producer.context_tokens,
            voice=(producer.voice or producer.id) if producer.kind == "worker" else "",
            slowest_token_ms=producer.slowest_token_ms,
            proven=1 if producer.is_proven else 0,
            home=producer.home,
            abilities=abilities_text(producer.abilities),
        ),
    )
    if reply[0] == "heard":
        return OthersFirst()
    if reply[0] == "unfit":
        _, model, context_tokens, abilities = reply
        return Requirements(model, context_tokens, abilities_in(abilities))
    if reply[0] != "claimed":
        return None
    _, attempt, next_seq, tier, model, params, tokens, messages, log = reply
    if producer.kind == "provider":  # it came by a deadline: the id still waits for workers
        await ids.remove(store.redis, Tier(tier), job_id)
    return Claim(
        job_id=job_id,
        tier=Tier(tier),
        model=model,
        messages=_with_prefix(_messages.decode(messages), text_of(log)),
        attempt=attempt,
        next_seq=next_seq,
        params=_with_budget(_params.decode(params), tokens),
    )


def _with_prefix(messages: list[Message], prefix: str) -> list[Message]:
    """The messages, ended by what the assistant has already said."""
    if not prefix:
        return messages
    if messages and messages[-1].role == "assistant":
        return [*messages[:-1], Message("assistant", messages[-1].content + prefix)]
    return [*messages, Message("assistant", prefix)]


def _with_budget(params: Params, tokens: int) -> Params:
    """What is left of the token budget; a spent one never reaches a claim."""
    if params.max_tokens is None:
        return params
    return msgspec.structs.replace(params, max_tokens=max(params.max_tokens - tokens, 1))
