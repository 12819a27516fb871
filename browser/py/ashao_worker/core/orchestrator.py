"""The orchestrator as a worker sees it: one method per endpoint. It knows nothing of jobs' lives.

OrchestratorError
├── ServerUnavailable  no answer, or one that says: later
├── UnknownWorker      the worker's token is not known (any more): register again
├── Conflict           refused by a job's fence (409); carries the word and the expected seq
└── RequestRejected    the same call can never pass
"""

from collections.abc import Callable, Mapping

from ashao_worker.core.environment import CertificateRefused, Environment, NetworkError
from ashao_worker.core.reader import MalformedReply
from ashao_worker.core.to_json import to_json
from ashao_worker.core.wire import (
    Claim,
    Completion,
    Failure,
    Heartbeat,
    HeartbeatReply,
    Registration,
    Release,
    Session,
    TokenEvent,
    conflict_fields,
)

CALL_TIMEOUT_S = 5.0
LATER = frozenset({408, 421, 425, 429})


class OrchestratorError(Exception):
    """The root of what a call can raise. `retry_after_s` is when to come back, if said."""

    retry_after_s: float | None = None


class ServerUnavailable(OrchestratorError):
    """No answer, or one that says: later."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class UnknownWorker(OrchestratorError):
    """The worker's token is not known (any more)."""


class Conflict(OrchestratorError):
    """A job's fence refused; nothing was changed there.

    `word` is stale, gap, repeat or ended; `expected` the seq that the job waits for.
    """

    def __init__(self, word: str, expected: int) -> None:
        super().__init__(f"The server refused: {word}.")
        self.word = word
        self.expected = expected


class RequestRejected(OrchestratorError):
    """The same call can never pass. The text is the server's sentence."""


class Orchestrator:
    """One method per endpoint; each raises OrchestratorError."""

    def __init__(self, environment: Environment, account_key: str | None = None) -> None:
        self._environment = environment
        self._account_key = account_key

    async def register(self, registration: Registration) -> Session:
        """Become a worker; with an account's key, one that earns for that account."""
        try:
            answer = await self._call("register", to_json(registration), bearer=self._account_key)
        except UnknownWorker as refused:
            raise RequestRejected("The server does not know this account's key.") from refused
        return _parse_reply(Session.from_json, answer)

    async def claim(self, session: Session, tier: str, wait_ms: int) -> Claim | None:
        """Wait up to `wait_ms` for a job of the tier; None when none came."""
        body = {"workerId": session.worker_id, "tier": tier, "waitMs": wait_ms}
        timeout_s = CALL_TIMEOUT_S + wait_ms / 1000
        answer = await self._call("claim", body, bearer=session.token, timeout_s=timeout_s)
        return _parse_reply(Claim.from_json, answer)

    async def token(self, session: Session, event: TokenEvent) -> None:
        """Publish a piece of an answer; sending the very same again is harmless."""
        await self._call("token", to_json(event), bearer=session.token)

    async def complete(self, session: Session, completion: Completion) -> None:
        """End an answer; sending it again is harmless."""
        await self._call("complete", to_json(completion), bearer=session.token)

    async def fail(self, session: Session, failure: Failure) -> None:
        """Give a job back because the engine cannot go on."""
        await self._call("fail", to_json(failure), bearer=session.token)

    async def heartbeat(self, session: Session, heartbeat: Heartbeat) -> HeartbeatReply:
        """Show life; the jobs to stop come back."""
        answer = await self._call("heartbeat", to_json(heartbeat), bearer=session.token)
        return _parse_reply(HeartbeatReply.from_json, answer)

    async def release(self, session: Session, release: Release) -> None:
        """Let claims go, so that others may take the jobs at once."""
        await self._call("release", to_json(release), bearer=session.token)

    async def _call(
        self,
        endpoint: str,
        body: Mapping[str, object],
        *,
        bearer: str | None,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> object:
        try:
            response = await self._environment.request(
                "POST", f"/api/worker/{endpoint}", body, bearer=bearer, timeout_s=timeout_s
            )
        except CertificateRefused as trouble:
            raise ServerUnavailable(
                "The server's certificate is not trusted here: if it is a private authority's, "
                "set SSL_CERT_FILE to that authority's file."
            ) from trouble
        except NetworkError as trouble:
            raise ServerUnavailable("The server does not answer.") from trouble
        status = response.status
        if 200 <= status < 300:
            return response.json
        if status == 401:
            raise UnknownWorker("The server does not know this worker.")
        if status == 409:
            raise Conflict(*conflict_fields(response.json))
        if 400 <= status < 500 and status not in LATER:
            raise RequestRejected(_error_message(response.json, status))
        raise ServerUnavailable(_error_message(response.json, status), response.retry_after_s)


def _parse_reply[T](read: Callable[[object], T], answer: object) -> T:
    """An answer in an unknown shape comes from something in between: as good as none."""
    try:
        return read(answer)
    except MalformedReply as trouble:
        raise ServerUnavailable("Something else answers in the server's place.") from trouble


def _error_message(answer: object, status: int) -> str:
    """The server's own words, or the bare status."""
    said = answer.get("error") if isinstance(answer, Mapping) else None
    return said if isinstance(said, str) else f"The server answered with status {status}."
