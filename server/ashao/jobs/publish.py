"""A producer says the next piece of an answer."""

import asyncio
from collections.abc import Container, Sequence
from typing import Literal

from ashao.errors import TooLarge
from ashao.jobs import deadlines, scripts
from ashao.jobs.event import TokenEvent, encode
from ashao.jobs.finish import place
from ashao.jobs.job import JobId, ProducerId
from ashao.jobs.store import JobStore, raise_refusal
from ashao_text.visible import visible_characters

PieceKind = Literal["text", "thinking"]

MAX_VALUE_BYTES = 65_536
LONGEST_UNSEEN = 200  # characters: an indentation, blank lines, what joins an emoji


async def publish(
    store: JobStore,
    job_id: JobId,
    producer_id: ProducerId,
    attempt: int,
    seq: int,
    value: str,
    tokens: int = 1,
    kind: PieceKind = "text",
) -> Literal["ok", "repeat", "lost"]:
    """Append one token event, `tokens` tokens long, and tell the listeners.

    At most as many tokens count as the value has characters that a reader sees: whoever is paid by
    tokens does the counting. A long value in which nothing is seen is not kept. "repeat" when this
    very event was taken before. An answer at its greatest length ends as done. Thinking beyond its
    limit is not taken: the claim is "lost", as an attempt. Raises NoSuchJob, StaleAttempt, SeqGap,
    RepeatDiffers and JobEnded, which change nothing, TooLarge, BadRequest for text that is not
    Unicode, StoreUnavailable.
    """
    piece = TokenEvent(seq, value) if kind == "text" else TokenEvent(seq, "", thinking=value)
    event = encode(piece)
    size, seen = len(value.encode()), visible_characters(value)
    if size > MAX_VALUE_BYTES:
        raise TooLarge(f"A token event may hold {MAX_VALUE_BYTES} bytes of text.")
    if not seen and len(value) > LONGEST_UNSEEN:
        event, size = encode(TokenEvent(seq, "")), 0
    reply = await store.run(
        job_id,
        scripts.Publish(
            producer=producer_id,
            attempt=attempt,
            seq=seq,
            event=event,
            tokens=min(tokens, seen),
            size=size if kind == "text" else 0,
            thought_size=0 if kind == "text" else size,
        ),
    )
    match reply:
        case ["ok"]:
            return "ok"
        case ["repeat"]:
            return "repeat"
        case ["lost", *standing]:
            await place(store, job_id, standing)
            return "lost"
        case ["ended", *_]:  # by this very event perhaps, or by one whose reply was lost
            await deadlines.bring_forward(store, job_id)
    raise_refusal(reply)


async def renew(
    store: JobStore,
    producer_id: ProducerId,
    claims: Sequence[tuple[JobId, int]],
    thinking: Container[JobId] = (),
) -> list[JobId]:
    """Renew the lease of each (job, attempt); returns the jobs whose claim is not current any more.

    Tokens renew a claim's progress; before the first one thinking does, too, within the time that a
    job has for silence. Raises StoreUnavailable.
    """
    replies = await asyncio.gather(
        *(
            store.run(
                job_id,
                scripts.Renew(
                    producer=producer_id, attempt=attempt, is_thinking=int(job_id in thinking)
                ),
            )
            for job_id, attempt in claims
        )
    )
    return [job_id for (job_id, _), reply in zip(claims, replies, strict=True) if reply[0] != "ok"]
