"""What time it is on the store's clock, which every process agrees on."""

from ashao.store.redis import Redis


async def now_ms(redis: Redis) -> int:
    """Epoch milliseconds. Raises StoreUnavailable."""
    seconds, micros = await redis.time()
    return int(seconds) * 1000 + int(micros) // 1000
