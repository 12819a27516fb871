"""`python -m bench.relay`: a token's way to its reader, beside the least that could carry it and
the LiteLLM proxy."""

import asyncio
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import results
from bench.channel import Channel, Relay
from bench.litellm_proxy import litellm
from bench.process import cpu_s
from bench.relays import Ashao, LiteLLM, floor
from bench.row import Goal, Row
from bench.servers import serving, valkey
from bench.table import percentile

TITLE = "A token from its post to its reader"
WARM = 50


@dataclass(frozen=True, slots=True)
class Load:
    """So many answers at once, tokens in a post, and posts of each answer; what is aimed at."""

    answers: int
    tokens: int
    posts: int
    goal: Goal
    rounds: int = 3


LOADS = (
    Load(20, 1, 150, Goal(of_floor=1.7, of_peer=1 / 6)),
    Load(50, 1, 60, Goal(of_floor=1.7, of_peer=1 / 6)),
    Load(20, 8, 100, Goal(most=7)),
    Load(500, 1, 8, Goal(of_floor=1.5), rounds=1),
)
P50, P99 = Goal(of_floor=1.5), Goal(of_floor=1.4)
ALONE = Load(1, 1, 1_000, Goal())


@dataclass(frozen=True, slots=True)
class Figures:
    """Microseconds to the reader, and the server's processor time in ms for 1,000 tokens."""

    p50: float
    p99: float
    cpu: float


type Rounds = Mapping[str, list[Figures]]


async def measure() -> list[Row]:
    """All loads on each, in turns, over the same store."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(valkey(folder / "store"))
        relays: dict[str, Relay] = {
            "floor": await stack.enter_async_context(floor(folder, url)),
            "ours": Ashao(stack.enter_context(serving(folder / "ours", ASHAO_REDIS_URL=url))),
        }
        if (proxy := await stack.enter_async_context(litellm(folder))) is not None:
            relays["peer"] = LiteLLM(proxy)
        rows = [_cpu_row(load, await _rounds(relays, load)) for load in LOADS]
        return rows + _latency_rows(await _rounds(relays, ALONE))


def _cpu_row(load: Load, rounds: Rounds) -> Row:
    name = f"{load.answers} answers, tokens a post: {load.tokens}; CPU for 1,000 tokens"
    return _row(
        name, "ms", {kind: [each.cpu for each in of] for kind, of in rounds.items()}, load.goal
    )


def _latency_rows(rounds: Rounds) -> list[Row]:
    p50 = {kind: [each.p50 for each in of] for kind, of in rounds.items()}
    p99 = {kind: [each.p99 for each in of] for kind, of in rounds.items()}
    return [_row("1 answer, p50", "µs", p50, P50), _row("1 answer, p99", "µs", p99, P99)]


def _row(name: str, unit: str, rounds: Mapping[str, list[float]], goal: Goal) -> Row:
    return Row(
        name=name,
        unit=unit,
        ours=rounds["ours"],
        floor=rounds["floor"],
        peer=rounds.get("peer", ()),
        peer_name="LiteLLM",
        goal=goal,
    )


async def _rounds(relays: Mapping[str, Relay], load: Load) -> Rounds:
    rounds: dict[str, list[Figures]] = {kind: [] for kind in relays}
    for _ in range(load.rounds):
        for kind, relay in relays.items():
            async with relay.channels(load.answers) as channels:
                rounds[kind].append(await _figures(relay, channels, load))
    return rounds


async def _figures(relay: Relay, channels: list[Channel], load: Load) -> Figures:
    await _through(channels, max(1, WARM // load.answers), load.tokens)
    before = cpu_s(relay.pid)
    took = await _through(channels, load.posts, load.tokens)
    cpu_ms = (cpu_s(relay.pid) - before) * 1e6 / (len(took) * load.tokens)
    return Figures(percentile(took, 0.5) * 1e6, percentile(took, 0.99) * 1e6, cpu_ms)


async def _through(channels: list[Channel], posts: int, tokens: int) -> list[float]:
    """Seconds to the readers; every channel says a piece once the one before was heard."""

    async def one(channel: Channel) -> list[float]:
        return [await channel.relay(tokens) for _ in range(posts)]

    async with asyncio.TaskGroup() as group:
        taken = [group.create_task(one(each)) for each in channels]
    return [each for took in taken for each in took.result()]


if __name__ == "__main__":
    results.alone(TITLE, measure)
