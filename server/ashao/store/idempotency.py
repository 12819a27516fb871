"""What an Idempotency-Key has led to, so that a repeat leads to the same and not to more.

The record is written before anything is done, with the ids that will be used: a repeat does the
same steps with the same ids, and each step is idempotent by those ids.
"""

from typing import TYPE_CHECKING, cast

import msgspec

from ashao.errors import Conflict
from ashao.store import keys
from ashao.store.redis import answering
from ashao.store.secrets import digest

if TYPE_CHECKING:
    from ashao.store.redis import Redis

RECORD_TTL_S = 24 * 3600


class Record(msgspec.Struct, frozen=True):
    """The ids chosen for a key, and the digest of the body that they were chosen for."""

    body_digest: str
    job_id: str
    conversation_id: str


class Idempotency:
    """Records by owner and key."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def settle_on(self, owner_id: str, key: str, proposed: Record) -> Record:
        """The record that counts for this key: the proposed one, or the one that was first.

        Raises Conflict when the key was used with another body.
        """
        name = keys.idempotency(digest(owner_id), digest(key))
        encoded = msgspec.json.encode(proposed)
        with answering():
            earlier = await self._redis.set(name, encoded, nx=True, get=True, ex=RECORD_TTL_S)
        if earlier is None:
            return proposed
        record = msgspec.json.decode(cast("str", earlier), type=Record)
        if record.body_digest != proposed.body_digest:
            raise Conflict("This Idempotency-Key was used for another message.")
        return record
