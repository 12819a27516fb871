"""What a worker asks of the place it runs in: a request, a pause, a clock, a dice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class NetworkError(Exception):
    """No answer came: no connection, a cut one, or none in time."""


class CertificateRefused(NetworkError):
    """No answer is taken from there: nobody whom this machine trusts vouches for its name."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer over HTTP. `json` is None when the body is not JSON."""

    status: int
    json: object = None
    retry_after_s: float | None = None


class Environment(Protocol):
    """One implementation per home, in `homes`.

    A cancelled `request` is aborted on the wire. `sleep` guarantees nothing below 10 ms.
    """

    async def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, object],
        *,
        bearer: str | None,
        timeout_s: float,
    ) -> Response:
        """Send JSON to the orchestrator; raises NetworkError when no answer comes in time."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Pause the calling task."""
        ...

    def now_ms(self) -> float:
        """Milliseconds on a clock that never goes back; its zero means nothing."""
        ...

    def jitter(self) -> float:
        """A random number from 0 up to 1, so that many workers do not move in step."""
        ...
