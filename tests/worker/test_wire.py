"""Every message as both sides write it: the golden files in tests/wire."""

import json
from pathlib import Path
from typing import Any

import pytest

from ashao_worker.core.reader import MalformedReply
from ashao_worker.core.to_json import to_json
from ashao_worker.core.wire import (
    Claim,
    Completion,
    Failure,
    Heartbeat,
    HeartbeatReply,
    HeldJob,
    JobId,
    Message,
    Params,
    Registration,
    Release,
    Session,
    TokenEvent,
    WorkerId,
    conflict_fields,
)

GOLDEN = Path(__file__).parent.parent / "wire"
WORKER = WorkerId("5f0c2b7e91d34a6f8b20c1d9e7a35f42")
JOB = JobId("91d3aa04c7be4f1f9d2286b15e0f7c3b")


def golden(endpoint: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((GOLDEN / f"{endpoint}.json").read_text("utf-8"))
    return cases


@pytest.mark.parametrize(
    ("endpoint", "number", "message"),
    [
        ("register", 0, Registration(type="browser", model="ashao-tiny-q0f32")),
        (
            "register",
            1,
            Registration(
                type="native",
                model="llama3.2",
                tiers=("max", "pro"),
                context_tokens=8192,
                slots=8,
                engine="llama.cpp b11364-46ca246",
                abilities=("json_schema",),
            ),
        ),
        ("token", 0, TokenEvent(JOB, 1, 0, "Light ", 2)),
        ("token", 5, TokenEvent(JOB, 1, 0, "They ask for colours.", 5, "thinking")),
        ("complete", 0, Completion(JOB, WORKER, 1, 4, 9)),
        ("complete", 1, Completion(JOB, WORKER, 1, 4, 9, "length")),
        ("fail", 0, Failure(JOB, 1, "engine_error")),
        ("heartbeat", 0, Heartbeat(WORKER, ())),
        (
            "heartbeat",
            1,
            Heartbeat(
                WORKER,
                (HeldJob(JOB, 1), HeldJob(JobId("0b77e4c25a1948d3b6f0e9a27c81d45e"), 3)),
                23.5,
            ),
        ),
        ("release", 0, Release(WORKER)),
        ("release", 2, Release(WORKER, (HeldJob(JOB, 1),))),
    ],
)
def test_what_we_send_is_golden(endpoint: str, number: int, message: object) -> None:
    assert to_json(message) == golden(endpoint)[number]["request"]


def test_a_registration_is_understood() -> None:
    session = Session.from_json(golden("register")[0]["reply"])
    assert session == Session(WORKER, "wt-secret", 15000, 900, True)
    assert "wt-secret" not in repr(session)


def test_no_job_is_understood() -> None:
    assert Claim.from_json(golden("claim")[0]["reply"]) is None


def test_a_new_job_is_understood() -> None:
    claim = Claim.from_json(golden("claim")[1]["reply"])
    assert claim is not None
    assert (claim.job.id, claim.attempt, claim.next_seq) == (JOB, 1, 0)
    assert claim.params == Params()


def test_a_job_to_continue_is_understood() -> None:
    claim = Claim.from_json(golden("claim")[2]["reply"])
    assert claim is not None
    assert claim.messages[-1] == Message("assistant", "One, two — ")
    assert claim.next_seq == 7
    assert claim.params == Params(
        temperature=0.2,
        top_p=0.9,
        max_tokens=256,
        stop=("\n\n",),
        seed=7,
        json_schema={"type": "object"},
    )


def test_params_are_golden_both_ways() -> None:
    reply = golden("claim")[2]["reply"]
    claim = Claim.from_json(reply)
    assert claim is not None
    assert to_json(claim.params) == reply["params"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, ("stale", 5)), (2, ("gap", 1)), (3, ("repeat", 1)), (4, ("ended", 4))],
)
def test_refusals_are_understood(number: int, expected: tuple[str, int]) -> None:
    assert conflict_fields(golden("token")[number]["reply"]) == expected


def test_a_refusal_without_words_means_that_the_claim_is_over() -> None:
    assert conflict_fields(None) == ("stale", -1)


def test_a_heartbeats_answer_is_understood() -> None:
    reply = golden("heartbeat")[1]["reply"]
    assert HeartbeatReply.from_json(reply) == HeartbeatReply(frozenset({JOB}), True)


def test_a_server_that_says_nothing_of_thoughts_takes_none() -> None:
    """One from before there were any."""
    assert not HeartbeatReply.from_json({"cancel": []}).takes_thinking
    older = {"workerId": WORKER, "token": "t", "leaseMs": 1, "heartbeatMs": 1}
    assert not Session.from_json(older).takes_thinking
    assert Session.from_json(golden("register")[0]["reply"]).takes_thinking


@pytest.mark.parametrize(
    "reply",
    [None, [], "no", {"job": {}}, {"job": {"id": 3, "tier": "pro", "model": "auto"}}, {"job": 1}],
)
def test_a_claim_in_another_shape_is_malformed(reply: object) -> None:
    with pytest.raises(MalformedReply):
        Claim.from_json(reply)


@pytest.mark.parametrize(
    "wrong",
    [{"attempt": True}, {"nextSeq": -1}, {"params": {"seed": "x"}}, {"params": {"jsonSchema": 5}}],
)
def test_numbers_must_be_numbers(wrong: dict[str, object]) -> None:
    with pytest.raises(MalformedReply):
        Claim.from_json(golden("claim")[1]["reply"] | wrong)


def test_unknown_keys_are_ignored() -> None:
    assert Claim.from_json(golden("claim")[1]["reply"] | {"more": 1}) is not None
