"""The golden messages are the server's own: every request decodes, every reply is what it sends.

The same files are read by the worker's tests, so the two sides cannot drift apart.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ashao import errors
from ashao.api import wire
from ashao.api.claimed import Claimed
from ashao.api.http.errors import problem_of, status_of
from tests.support.chat_client import ChatClient
from tests.support.claimed import claimed_by
from tests.support.scripted_worker import ScriptedWorker

GOLDEN = Path(__file__).parents[2] / "wire"
BODIES = {
    "register": (wire.RegisterBody, wire.Registered),
    "claim": (wire.ClaimBody, Claimed),
    "token": (wire.TokenBody, wire.Accepted),
    "complete": (wire.CompleteBody, wire.Accepted),
    "fail": (wire.FailBody, wire.Accepted),
    "heartbeat": (wire.HeartbeatBody, wire.HeartbeatReply),
    "release": (wire.ReleaseBody, wire.Released),
}
FENCES: tuple[Callable[[int], errors.Fence], ...] = (
    errors.StaleAttempt,
    errors.SeqGap,
    errors.SeqConflict,
    errors.JobEnded,
)
MESSAGES = [
    pytest.param(verb, message, id=f"{verb}: {message['what']}")
    for verb in BODIES
    for message in json.loads((GOLDEN / f"{verb}.json").read_text())
]


def _golden(verb: str, what: str) -> dict[str, Any]:
    messages = json.loads((GOLDEN / f"{verb}.json").read_text())
    found: dict[str, Any] = next(each for each in messages if each["what"] == what)
    return found


def test_every_golden_file_has_a_verb_and_every_verb_a_file() -> None:
    """None is forgotten on either side."""
    assert {each.stem for each in GOLDEN.glob("*.json")} == set(BODIES)


@pytest.mark.parametrize(("verb", "message"), MESSAGES)
def test_a_golden_request_is_understood_whole(verb: str, message: dict[str, Any]) -> None:
    """Every field is known to the server: none is dropped."""
    body = msgspec.convert(message["request"], BODIES[verb][0])
    assert _is_within(message["request"], msgspec.to_builtins(body))
    assert message["path"] == f"/api/worker/{verb}"


def _is_within(said: Any, understood: Any) -> bool:
    """Whether nothing was dropped; what was not said may have a default, at any depth."""
    match said, understood:
        case dict(), dict():
            return all(
                name in understood and _is_within(each, understood[name])
                for name, each in said.items()
            )
        case list(), list():
            return len(said) == len(understood) and all(map(_is_within, said, understood))
    return bool(said == understood)


@pytest.mark.parametrize(("verb", "message"), MESSAGES)
def test_a_golden_reply_is_what_the_server_makes(verb: str, message: dict[str, Any]) -> None:
    """Field for field; refusals come from the table that the server uses."""
    reply = message["reply"]
    if "refusal" in reply:
        made = [fence(reply["expected"]) for fence in FENCES]
        (same,) = [each for each in made if each.refusal == reply["refusal"]]
        assert msgspec.to_builtins(problem_of(same)) == reply
        assert status_of(same) == message["status"]
        return
    kind = wire.NothingToClaim if reply == {"job": None} else BODIES[verb][1]
    assert msgspec.to_builtins(msgspec.convert(reply, kind)) == reply


async def test_the_running_server_answers_with_the_golden_keys(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """One real conversation, each reply compared with its golden one."""
    claim = await claimed_by(worker, person, content="Why is the sky blue?")
    golden = _golden("claim", "a new answer")["reply"]
    golden["job"]["id"] = claim["job"]["id"]
    assert claim == golden
    held = [{"jobId": claim["job"]["id"], "attempt": 1}, {"jobId": "0" * 32, "attempt": 3}]
    replies = {
        "heartbeat": await worker.post("heartbeat", workerId=worker.id, jobs=held),
        "token": await worker.say(claim, 0, "Light "),
        "complete": await worker.complete(claim),
        "release": await worker.post("release", workerId=worker.id),
    }
    assert {verb: set(reply.json()) for verb, reply in replies.items()} == {
        verb: set(json.loads((GOLDEN / f"{verb}.json").read_text())[0]["reply"]) for verb in replies
    }
    assert replies["heartbeat"].json()["cancel"] == ["0" * 32]
    ended = await worker.say(claim, 4, "!")
    expected = _golden("token", "the job is over")["reply"] | {"expected": 1}
    assert (ended.status_code, ended.json()) == (409, expected)
