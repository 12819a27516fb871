"""Whether a whole answer has the form that was asked for: JSON by the job's schema.

A producer's grammar should have seen to it; no producer's word is taken for it. The schema is a
stranger's, so its choices are counted; where they are too many the grammar tells, whose work is
bounded.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from jsonschema import Draft202012Validator, validators
from referencing import Registry

from ashao.jobs import keys
from ashao.jobs.event import TokenEvent, decode_stored
from ashao.jobs.job import JobId
from ashao.jobs.store import JobStore
from ashao.messages import Message, Params, prefix_of
from ashao_text.grammar.machine import TooManyWays, accepts
from ashao_text.grammar.schema import grammar_of_schema

MAX_CHOICES = 1_000

_any_of = Draft202012Validator.VALIDATORS["anyOf"]


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
    return await asyncio.to_thread(satisfies, schema, await _answer(store, job_id))


async def _answer(store: JobStore, job_id: JobId) -> str:
    """What was said, behind what its asker began it with."""
    messages = await store.redis.get(keys.messages(job_id)) or "[]"
    log = await store.redis.lrange(keys.log(job_id), 0, -1)
    events = map(decode_stored, log)
    said = "".join(each.value for each in events if isinstance(each, TokenEvent))
    return prefix_of(msgspec.json.decode(messages, type=list[Message])) + said


def satisfies(schema: Mapping[str, Any], text: str) -> bool:
    """Whether a text is JSON that satisfies a schema, which has a grammar."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return False
    try:
        return _is_valid(schema, value)
    except (_TooManyChoices, RecursionError):
        try:
            return accepts(grammar_of_schema(schema), text)
        except TooManyWays:
            return False


class _TooManyChoices(Exception):
    """The schema has an answer looked at in more ways than are tried."""


def _is_valid(schema: Mapping[str, Any], value: object) -> bool:
    left = MAX_CHOICES

    def any_of(*given: Any) -> Iterator[Any]:
        nonlocal left
        left -= 1
        if left < 0:
            raise _TooManyChoices
        yield from _any_of(*given)

    validator = validators.extend(Draft202012Validator, {"anyOf": any_of})
    return bool(validator(schema, registry=Registry()).is_valid(value))
