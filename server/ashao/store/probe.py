"""Whether the store takes writes: alive is not enough when it is full or a replica."""

from typing import TYPE_CHECKING

from ashao.store import keys
from ashao.store.redis import answering

if TYPE_CHECKING:
    from ashao.store.redis import Redis

PROBE_TTL_S = 10


async def check_writable(redis: "Redis") -> None:
    """Write one short-lived key; raises StoreUnavailable."""
    with answering():
        await redis.set(keys.PROBE, "1", ex=PROBE_TTL_S)
