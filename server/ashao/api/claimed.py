"""A won claim as its worker gets it: what it needs to write, and nothing about the person."""

from ashao.api import wire
from ashao.jobs.job import Claim
from ashao.messages import JSON_SCHEMA
from ashao.workers.worker import Worker
from ashao_text.tools.description import Tools


def claimed_of(worker: Worker, claim: Claim) -> wire.Claimed:
    """Only who can be kept to calls is told which."""
    params = claim.params
    return wire.Claimed(
        job=wire.ClaimedJob(id=claim.job_id, tier=claim.tier, model=claim.model),
        messages=[
            wire.ClaimedMessage(role=each.role, content=each.content) for each in claim.messages
        ],
        attempt=claim.attempt,
        next_seq=claim.next_seq,
        params=wire.ClaimedParams(
            temperature=params.temperature,
            top_p=params.top_p,
            max_tokens=params.max_tokens,
            stop=params.stop,
            seed=params.seed,
            json_schema=params.json_schema,
            tools=_calls(params.tools) if JSON_SCHEMA in worker.abilities else None,
        ),
    )


def _calls(tools: Tools | None) -> wire.ClaimedTools | None:
    if tools is None or not tools.required:
        return None
    functions = [wire.ClaimedFunction(each.name, dict(each.parameters)) for each in tools.functions]
    return wire.ClaimedTools(functions, tools.several)
