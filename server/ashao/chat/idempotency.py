"""What an Idempotency-Key has led to, so that a repeat leads to the same and not to more.

The record is written before anything is done, with the ids that will be used: a repeat does the
same steps with the same ids, and each step is idempotent by those ids.
"""

from typing import TYPE_CHECKING, cast

import msgspec

from ashao.errors import Conflict
from ashao.history.tables import ConversationId
from ashao.identity.owners import OwnerId, new_visitor
from ashao.jobs.job import JobId
from ashao.store import keys
from ashao.store.secrets import digest

if TYPE_CHECKING:
    from ashao.store.redis import Redis

RECORD_TTL_S = 24 * 3600
# As long as a client without a session may ask again before it has a reply.
NEWCOMER_TTL_S = 120


class Record(msgspec.Struct, frozen=True):
    """The ids chosen for a key, and the digest of the body that they were chosen for."""

    body_digest: str
    job_id: JobId
    conversation_id: ConversationId


class Idempotency:
    """Records by owner and key."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def newcomer(self, place: str, key: str, body_digest: str) -> OwnerId:
        """A new visitor, or the one who sent the same with the same key from there just now.

        `place` tells people without a session apart, as far as one can.
        """
        name = keys.idempotency(digest(f"{place} {body_digest}"), digest(key))
        proposed = new_visitor()
        earlier = await self._redis.set(name, proposed, nx=True, get=True, ex=NEWCOMER_TTL_S)
        return proposed if earlier is None else OwnerId(cast("str", earlier))

    async def get_or_create(self, owner_id: OwnerId, key: str, proposed: Record) -> Record:
        """The record that counts for this key: the proposed one, or the one that was first.

        Raises Conflict when the key was used with another body.
        """
        name = keys.idempotency(digest(owner_id), digest(key))
        encoded = msgspec.json.encode(proposed)
        earlier = await self._redis.set(name, encoded, nx=True, get=True, ex=RECORD_TTL_S)
        if earlier is None:
            return proposed
        record = msgspec.json.decode(cast("str", earlier), type=Record)
        if record.body_digest != proposed.body_digest:
            raise Conflict("This Idempotency-Key was used for another message.")
        return record
