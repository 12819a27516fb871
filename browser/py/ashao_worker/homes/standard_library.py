"""What every home takes from Python itself: time, chance, and the reading of an HTTP answer."""

import asyncio
import json
import random
import time
from collections.abc import Mapping

from ashao_worker.core.environment import Response


class SystemTimer:
    """Sleep, monotonic time and jitter; an environment inherits them."""

    async def sleep(self, seconds: float) -> None:
        """Pause the calling task; in a browser it returns at once below 4 ms."""
        await asyncio.sleep(seconds)

    def now_ms(self) -> float:
        """Milliseconds of the machine's monotonic clock."""
        return time.monotonic() * 1000

    def jitter(self) -> float:
        """A random number from 0 up to 1."""
        return random.random()


def parse_response(status: int, body: str | bytes, headers: Mapping[str, str]) -> Response:
    """An answer over HTTP; the headers' names are in lower case, or found in any."""
    return Response(status, parse_json(body), _retry_after_s(headers))


def parse_json(text: str | bytes) -> object:
    """The data, or None when it is not JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Whole seconds only; a date is as good as no wish."""
    text = headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None
