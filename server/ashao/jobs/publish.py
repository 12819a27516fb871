"""A producer says the next piece of an answer."""

from typing import Literal

from ashao.errors import TooLarge
from ashao.jobs.events import TokenEvent, encode
from ashao.jobs.job import JobId, ProducerId
from ashao.jobs.scripts import JobStore, refuse

MAX_VALUE_BYTES = 65_536


async def publish(
    store: JobStore,
    job_id: JobId,
    producer_id: ProducerId,
    attempt: int,
    seq: int,
    value: str,
    tokens: int = 1,
) -> Literal["ok", "repeat"]:
    """Append one token event, `tokens` tokens long, and tell the listeners.

    At most as many tokens count as the value has bytes: one that shows text has at least a byte,
    and whoever is paid by tokens does the counting. "repeat" when this very event was taken
    before. An answer at its greatest length ends as done. Raises NoSuchJob, StaleAttempt, SeqGap,
    RepeatDiffers and JobEnded, which change nothing, TooLarge, BadRequest for text that is not
    Unicode, StoreUnavailable.
    """
    event = encode(TokenEvent(seq, value))
    size = len(value.encode())
    if size > MAX_VALUE_BYTES:
        raise TooLarge(f"A token event may hold {MAX_VALUE_BYTES} bytes of text.")
    counted = min(tokens, size)
    reply = await store.run("publish", job_id, producer_id, attempt, seq, event, counted, size)
    match reply:
        case ["ok"]:
            return "ok"
        case ["repeat"]:
            return "repeat"
    refuse(reply)
