"""A worker gets the words to continue and nothing about whose they are. The keys are pinned."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.orchestrator import Orchestrator, orchestrator

PARAMS = {"temperature", "topP", "maxTokens", "stop", "seed", "raw"}
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40
).filter(str.strip)
HEADER = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=8, max_size=40)
TIME = re.compile(r"\d{4}-\d\d-\d\dT|\b1[6-9]\d{8}(\d{3})?\b")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """An orchestrator that leaves every job to its workers, and believes its proxy."""
    patient = {"ASHAO_WORKER_GRACE_MS": "600000", "ASHAO_TRUSTED_PROXIES": "127.0.0.1"}
    with orchestrator(tmp_path_factory.mktemp("claims"), **patient) as running:
        yield running


class Donor:
    """A worker that keeps what it is told, byte for byte."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        registered = http.post("/api/worker/register", json={"type": "browser", "model": "m"})
        self._id = registered.json()["workerId"]
        self._headers = {"Authorization": f"Bearer {registered.json()['token']}"}

    def claims(self, job_id: str) -> httpx.Response:
        """The job, as it comes; what another test left behind is completed on the way."""
        body = {"workerId": self._id, "tier": "pro", "waitMs": 10_000}
        while True:
            reply = self._http.post("/api/worker/claim", json=body, headers=self._headers)
            claim = reply.json()
            if claim["job"]["id"] == job_id:
                return reply
            held = {"jobId": claim["job"]["id"], "attempt": claim["attempt"]}
            self.posts("token", **held, seq=claim["nextSeq"], value=" ")
            self.posts("complete", **held)

    def posts(self, verb: str, **body: Any) -> httpx.Response:
        """Any other call."""
        reply = self._http.post(f"/api/worker/{verb}", json=body, headers=self._headers)
        assert reply.status_code == 200, reply.text
        return reply


@pytest.fixture(scope="module")
def donor(server: Orchestrator) -> Iterator[Donor]:
    """A donor's machine."""
    with httpx.Client(base_url=server.url, timeout=20) as http:
        yield Donor(http)


@pytest.fixture(scope="module")
def person(server: Orchestrator) -> Iterator[httpx.Client]:
    """Somebody's browser."""
    with httpx.Client(base_url=server.url, timeout=20) as http:
        yield http


def _assert_exact_keys(payload: dict[str, Any]) -> None:
    assert set(payload) == {"job", "messages", "attempt", "nextSeq", "params"}
    assert set(payload["job"]) == {"id", "tier", "model"}
    assert all(set(each) == {"role", "content"} for each in payload["messages"])
    assert set(payload["params"]) <= PARAMS
    assert all(
        isinstance(each, str) for message in payload["messages"] for each in message.values()
    )


@pytest.mark.timeout(120)
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(content=TEXT, key=HEADER, agent=HEADER, hop=st.ip_addresses(v=4).map(str))
def test_nothing_that_comes_with_a_message_reaches_the_worker(
    person: httpx.Client, donor: Donor, content: str, key: str, agent: str, hop: str
) -> None:
    """Session, conversation, address, headers and time stay here; only the words go."""
    headers = {"Idempotency-Key": f"key-{key}", "User-Agent": f"agent-{agent}"}
    headers |= {
        "X-Forwarded-For": hop,
        "Referer": f"https://{agent}.example/",
        "Accept": "x/" + key,
    }
    person.cookies.clear()
    sent = person.post("/api/chat/send", json={"content": content}, headers=headers)
    assert sent.status_code == 201, sent.text
    cookie = person.cookies["ashao_session"]
    job_id = sent.json()["jobId"]
    reply = donor.claims(job_id)
    payload = reply.json()
    donor.posts("complete", jobId=job_id, attempt=1)
    _assert_exact_keys(payload)
    assert payload["job"]["id"] == job_id
    assert payload["messages"] == [{"role": "user", "content": content}]
    rest = f"{reply.headers} {payload | {'messages': []}}"
    for secret in (cookie, sent.json()["conversationId"], key, agent, hop, "anon:"):
        assert secret not in rest
    assert not TIME.search(str(payload | {"messages": []}))


def test_a_continued_answer_says_nothing_of_who_began_it(
    person: httpx.Client, donor: Donor
) -> None:
    """The second worker sees the prefix as the assistant's words, and no trace of the first."""
    job_id = person.post("/api/chat/send", json={"content": "Count."}).json()["jobId"]
    donor.claims(job_id)
    donor.posts("token", jobId=job_id, attempt=1, seq=0, value="One, ")
    donor.posts("fail", jobId=job_id, attempt=1, error="device_lost")
    payload = donor.claims(job_id).json()
    donor.posts("complete", jobId=job_id, attempt=2)
    _assert_exact_keys(payload)
    assert payload == {
        "job": {"id": job_id, "tier": "pro", "model": "auto"},
        "messages": [
            {"role": "user", "content": "Count."},
            {"role": "assistant", "content": "One, "},
        ],
        "attempt": 2,
        "nextSeq": 1,
        "params": {},
    }


def test_a_worker_sees_only_the_conversation_it_continues(
    person: httpx.Client, donor: Donor
) -> None:
    """A person's other conversations are not in the prompt."""
    for content in ("the first secret", "another matter"):
        job_id = person.post("/api/chat/send", json={"content": content}).json()["jobId"]
        payload = donor.claims(job_id).json()
        donor.posts("complete", jobId=job_id, attempt=1)
    assert payload["messages"] == [{"role": "user", "content": "another matter"}]
