"""A won claim as its worker gets it: what it needs to write, and nothing about the person."""

from typing import Any

from ashao.api.wire import Wire
from ashao.jobs.job import Claim
from ashao.messages import JSON_SCHEMA
from ashao.workers.worker import Worker
from ashao_text.tools.description import Tools


class ClaimedJob(Wire):
    """What a worker learns about a job."""

    id: str
    tier: str
    model: str


class ClaimedMessage(Wire):
    """One message of the conversation to continue."""

    role: str
    content: str


class ClaimedFunction(Wire, omit_defaults=True):
    """A function that may be called; `parameters` is the JSON schema of its arguments."""

    name: str
    parameters: dict[str, Any] = {}


class ClaimedTools(Wire):
    """The whole answer is a call of one of these or, if `several`, more of them."""

    functions: list[ClaimedFunction]
    several: bool


class ClaimedParams(Wire, omit_defaults=True):
    """Sampling parameters; only those that were given. `raw`: the message is a text to go on from,
    around which no chat template is written, if that can be left out."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: list[str] | None = None
    seed: int | None = None
    raw: bool | None = None
    json_schema: dict[str, Any] | None = None
    tools: ClaimedTools | None = None


class Claimed(Wire):
    """A claim: everything a worker needs, and nothing about the person."""

    job: ClaimedJob
    messages: list[ClaimedMessage]
    attempt: int
    next_seq: int
    params: ClaimedParams


def claimed_of(worker: Worker, claim: Claim) -> Claimed:
    """Only who can be kept to calls is told which."""
    params = claim.params
    return Claimed(
        job=ClaimedJob(id=claim.job_id, tier=claim.tier, model=claim.model),
        messages=[ClaimedMessage(role=each.role, content=each.content) for each in claim.messages],
        attempt=claim.attempt,
        next_seq=claim.next_seq,
        params=ClaimedParams(
            temperature=params.temperature,
            top_p=params.top_p,
            max_tokens=params.max_tokens,
            stop=params.stop,
            seed=params.seed,
            raw=params.raw,
            json_schema=params.json_schema,
            tools=_calls(params.tools) if JSON_SCHEMA in worker.abilities else None,
        ),
    )


def _calls(tools: Tools | None) -> ClaimedTools | None:
    if tools is None or not tools.required:
        return None
    functions = [
        ClaimedFunction(name=each.name, parameters=dict(each.parameters))
        for each in tools.functions
    ]
    return ClaimedTools(functions=functions, several=tools.several)
