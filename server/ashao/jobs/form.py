"""Whether a whole answer has the form that was asked for: JSON by the job's schema.

A producer's grammar should have seen to it; no producer's word is taken for it.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from ashao.jobs import keys
from ashao.jobs.event import text_of
from ashao.jobs.job import JobId
from ashao.jobs.store import JobStore
from ashao.messages import Message, Params, prefix_of


async def has_form(store: JobStore, job_id: JobId, seq: int | None) -> bool:
    """Whether the answer may be called whole; true of one that asks for no form, has ended, is cut
    by its budget, or has not arrived up to `seq`. Raises StoreUnavailable."""
    fields = ("params", "nextSeq", "tokens", "maxTokens")
    params, next_seq, tokens, most = await store.redis.hmget(keys.job(job_id), fields)
    schema = msgspec.json.decode(params, type=Params).json_schema if params else None
    has_arrived = seq is None or seq == int(next_seq or 0)
    is_cut = most is not None and int(tokens or 0) >= int(most)
    if schema is None or is_cut or not has_arrived:
        return True
    return await asyncio.to_thread(_satisfies, schema, await _answer(store, job_id))


async def _answer(store: JobStore, job_id: JobId) -> str:
    """What was said, behind what its asker began it with."""
    messages = await store.redis.get(keys.messages(job_id)) or "[]"
    log = await store.redis.lrange(keys.log(job_id), 0, -1)
    return prefix_of(msgspec.json.decode(messages, type=list[Message])) + text_of(log)


def _satisfies(schema: Mapping[str, Any], text: str) -> bool:
    from ashao.jobs.satisfies import satisfies  # a start needs none of its libraries

    return satisfies(schema, text)
