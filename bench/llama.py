"""Tokens per second of the small model: bare llama.cpp beside `ashao worker`'s engine over it.

`python -m bench.llama` prints both, from the same server process, in turns.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx

from ashao_worker.core.wire import Message, Params
from ashao_worker.engines.openai_compatible import OpenAIEngine
from ashao_worker.homes.cpython import HttpLines
from ashao_worker.homes.llama import LlamaOptions, running_llama

ROUNDS = 7
TOKENS = 100
QUESTION = "Explain what a computer is, and who needs one."


async def bare_tokens(url: str) -> AsyncGenerator[int]:
    """Tokens of each event, as llama.cpp sends them."""
    body = {
        "messages": [{"role": "user", "content": QUESTION}],
        "max_tokens": TOKENS,
        "temperature": 0,
        "stream": True,
    }
    async with (
        httpx.AsyncClient(timeout=60, trust_env=False) as client,
        client.stream("POST", f"{url}/v1/chat/completions", json=body) as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith("data: {") and json.loads(line[6:])["choices"][0]["delta"]:
                yield 1


async def _ours(url: str) -> AsyncGenerator[int]:
    """Tokens of each piece, as the worker takes them."""
    async with HttpLines(f"{url}/v1") as lines:
        engine = OpenAIEngine(lines, "small", 4096)
        params = Params(temperature=0, max_tokens=TOKENS)
        async with aclosing(engine.stream([Message("user", QUESTION)], params)) as pieces:
            async for piece in pieces:
                yield piece.tokens


async def _speed(counts: AsyncGenerator[int]) -> float:
    """Tokens per second after the first."""
    first_at, last_at, tokens = None, 0.0, 0
    async with aclosing(counts):
        async for count in counts:
            last_at = time.perf_counter()
            first_at = first_at or last_at
            tokens += count
    assert first_at is not None
    return (tokens - 1) / (last_at - first_at)


async def _measure(url: str) -> None:
    await _speed(bare_tokens(url))  # both then find the prompt read
    pairs = [(await _speed(bare_tokens(url)), await _speed(_ours(url))) for _ in range(ROUNDS)]
    bare, ours = (max(each) for each in zip(*pairs, strict=True))  # what others took is left out
    print(f"bare llama.cpp: {bare:.1f} tokens/s; ashao worker: {ours:.1f} ({ours / bare:.2f})")


def main() -> None:
    """Measure and print."""
    with running_llama(LlamaOptions()) as url:
        asyncio.run(_measure(url))


if __name__ == "__main__":
    main()
