"""A fleet of donors of whom some attack, and people who ask them all at once.

Every machine is a loop over HTTP that does one thing to each job that it gets. What each does when
is decided by a seed; which job it gets is the dispatcher's affair, which is what is looked at.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import httpx

from tests.support.chat_client import Answer, ChatClient
from tests.support.scripted_worker import ScriptedWorker

PIECES = ["An honest answer, ", *(f"part {n} of its six, " for n in range(2, 6)), "and its end."]
TEXT = "".join(PIECES)
TOKENS = 6  # in a piece
PIECE_S = 0.05
UNSEEN = "\u200b" * 3_000

VERDICTS = cycle(["engine_error", "bad_request", "refused"])

type Claimed = dict[str, Any]
type Deed = Callable[[ScriptedWorker, Claimed], Awaitable[None]]


async def answer(worker: ScriptedWorker, claimed: Claimed) -> None:
    """What an honest machine does: the whole answer, behind whatever was said before it."""
    named = {"jobId": claimed["job"]["id"], "attempt": claimed["attempt"]}
    for seq, piece in enumerate(PIECES, claimed["nextSeq"]):
        await asyncio.sleep(PIECE_S)
        said = await worker.post("token", **named, seq=seq, value=piece, tokens=TOKENS)
        if said.is_error:
            return
    await worker.complete(claimed)


async def fail(worker: ScriptedWorker, claimed: Claimed) -> None:
    """Give up at once."""
    await worker.fail(claimed, next(VERDICTS))


async def let_go(worker: ScriptedWorker, claimed: Claimed) -> None:
    """Claim, hold, release."""
    await asyncio.sleep(PIECE_S)
    held = {"jobId": claimed["job"]["id"], "attempt": claimed["attempt"]}
    await worker.post("release", workerId=worker.id, jobs=[held])


async def keep_silent(worker: ScriptedWorker, claimed: Claimed) -> None:
    """Hold it by heartbeats until it is taken away."""
    while True:
        if await worker.beat(claimed):
            return
        await asyncio.sleep(0.2)


async def trickle(worker: ScriptedWorker, claimed: Claimed) -> None:
    """A letter now and then, as long as it lasts."""
    seq = claimed["nextSeq"]
    while not (await worker.say(claimed, seq, "x")).is_error:
        seq += 1
        await asyncio.sleep(0.8)


async def say_nothing(worker: ScriptedWorker, claimed: Claimed) -> None:
    """A whole answer of nothing."""
    await worker.complete(claimed)


async def say_unseen(worker: ScriptedWorker, claimed: Claimed) -> None:
    """Text that no reader sees, as thousands of tokens; then it is whole."""
    named = {"jobId": claimed["job"]["id"], "attempt": claimed["attempt"]}
    await worker.post("token", **named, seq=claimed["nextSeq"], value=UNSEEN, tokens=9_999)
    await worker.complete(claimed)


async def boast(worker: ScriptedWorker, claimed: Claimed) -> None:
    """The fastest of all, by its own word; then it fails."""
    await worker.post("heartbeat", workerId=worker.id, jobs=[], tokensPerSecond=99_999)
    await worker.fail(claimed)


ATTACKS: Sequence[Deed] = (fail, let_go, keep_silent, trickle, say_nothing, say_unseen, boast)


@dataclass(frozen=True)
class Outcome:
    """What became of the questions, in order, and how long all of them took."""

    answers: list[Answer]
    took_s: float

    @property
    def share_answered(self) -> float:
        """How many were answered as an honest machine does, of all."""
        whole = [each for each in self.answers if each.last.get("type") == "done"]
        return sum(each.text.endswith(TEXT) for each in whole) / len(self.answers)


async def donate(worker: ScriptedWorker, deed: Deed) -> None:
    """Claim one job after another until cancelled."""
    while True:
        try:
            reply = await worker.post("claim", workerId=worker.id, tier="pro", waitMs=2_000)
            if reply.status_code == 429:
                await asyncio.sleep(0.5)
            elif (claimed := reply.json())["job"] is not None:
                await deed(worker, claimed)
        except httpx.HTTPError:
            await asyncio.sleep(0.2)


async def ask(
    urls: Sequence[str],
    deeds: Sequence[Deed],
    questions: int,
    at_a_time: int,
    keys: Mapping[Deed, str] | None = None,
) -> Outcome:
    """Let a machine for each deed donate while people ask so many questions.

    `keys` are those of accounts for which machines of a deed earn. The honest ones are there first,
    and have answered: the network knows how fast its builds are.
    """
    async with AsyncExitStack() as stack:
        machines = []
        for url, deed in zip(cycle(urls), deeds, strict=False):
            machine = ScriptedWorker(url)
            if keys and deed in keys:
                machine.http.headers["Authorization"] = f"Bearer {keys[deed]}"
            machines.append((await stack.enter_async_context(machine), deed))
        people = [
            await stack.enter_async_context(ChatClient(url))
            for url, _ in zip(cycle(urls), range(at_a_time), strict=False)
        ]
        async with _donating([each for each in machines if each[1] is answer]):
            await _questions(people, 2)
            async with _donating([each for each in machines if each[1] is not answer]):
                began = time.monotonic()
                answers = await _questions(people, questions // at_a_time)
                return Outcome(answers, time.monotonic() - began)


@asynccontextmanager
async def _donating(machines: Sequence[tuple[ScriptedWorker, Deed]]) -> AsyncGenerator[None]:
    """Meanwhile they donate; then they sign off."""
    donating = [asyncio.create_task(donate(*each)) for each in machines]
    try:
        yield
    finally:
        for task in donating:
            task.cancel()
        await asyncio.gather(*donating, return_exceptions=True)
        for machine, _ in machines:
            await machine.post("release", workerId=machine.id)


async def _questions(people: Sequence[ChatClient], each: int) -> list[Answer]:
    """Everybody asks so many, one after the other."""

    async def ask_all(person: ChatClient) -> list[Answer]:
        return [await person.answer(await person.send(f"Question {n}?")) for n in range(each)]

    answered = await asyncio.gather(*map(ask_all, people))
    return [one for some in answered for one in some]
