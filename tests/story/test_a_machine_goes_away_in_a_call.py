"""Machines go away before, between and in the midst of an answer's tool calls."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionChunk

from ashao.api.programs.answer_parts import call_id
from ashao.jobs.job import JobId
from ashao_text.tools.history import written_call
from tests.story.conftest import PATIENT
from tests.support.api_keys import created_key
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

TIMES = PATIENT
TOOLS: Any = [{"type": "function", "function": {"name": each}} for each in ("get", "get_more")]
ASKED: dict[str, Any] = {
    "model": "pro",
    "messages": [{"role": "user", "content": "How is it?"}],
    "tools": TOOLS,
}
TWO = [("get", '{"a": "<é}\\"\\u00e9", "b": [1.50]}'), ("get_more", "{}")]
ONE = [("get_more", '{\n "a": {"b": null}\n}')]
TEXTS = {
    "Let me see.": "Let me see.\n\n" + "\n".join(written_call(*each) for each in TWO),
    "": written_call(*ONE[0]),
}
ANSWERS = [("Let me see.", TWO), ("", ONE)]
CUTS = [(*each, at) for each in ANSWERS for at in range(len(TEXTS[each[0]]) + 1)]


@pytest.fixture
async def program(server: Orchestrator, store_at: str) -> AsyncIterator[AsyncOpenAI]:
    """A program with the OpenAI SDK."""
    secret = await created_key(store_at)
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key=secret, max_retries=0) as sdk:
        yield sdk


async def _say_and_leave(server: Orchestrator, text: str) -> None:
    """A machine comes, goes on with the answer, and is gone."""
    async with ScriptedWorker(server.url) as worker:
        claimed = await worker.claim()
        if text:
            await worker.say(claimed, claimed["nextSeq"], text)
        await worker.post("release", workerId=worker.id)


async def _end(server: Orchestrator, text: str, shown: str) -> str:
    """Another machine ends it, letter by letter where the seam is; the job."""
    async with ScriptedWorker(server.url) as worker:
        claimed = await worker.claim()
        last = claimed["messages"][-1]
        assert last["content"] == shown if shown else last["role"] == "user"
        pieces = filter(None, (text[:1], text[1:2], text[2:]))
        for seq, piece in enumerate(pieces, claimed["nextSeq"]):
            assert (await worker.say(claimed, seq, piece)).status_code == 200
        assert (await worker.complete(claimed)).status_code == 200
        await worker.post("release", workerId=worker.id)
        return str(claimed["job"]["id"])


@pytest.mark.sample(12)
@pytest.mark.parametrize(("words", "calls", "at"), CUTS)
async def test_a_stream_of_calls_is_unbroken_wherever_the_machine_died(
    server: Orchestrator, program: AsyncOpenAI, words: str, calls: list[tuple[str, str]], at: int
) -> None:
    text = TEXTS[words]
    asking = asyncio.create_task(program.chat.completions.create(**ASKED, stream=True))
    await _say_and_leave(server, text[:at])
    job_id = await _end(server, text[at:], text[:at])
    chunks = [each async for each in await asking]
    said, made = _read(chunks)
    assert said == words
    assert made == [(call_id(JobId(job_id), index), *each) for index, each in enumerate(calls)]
    assert all(isinstance(json.loads(arguments), dict) for _, _, arguments in made)
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


@pytest.mark.sample(3)
@pytest.mark.parametrize(("words", "calls", "at"), CUTS[::7])
async def test_a_whole_answer_of_three_machines_has_the_same_calls(
    server: Orchestrator, program: AsyncOpenAI, words: str, calls: list[tuple[str, str]], at: int
) -> None:
    text, middle = TEXTS[words], min(at + 9, len(TEXTS[words]))
    asking = asyncio.create_task(program.chat.completions.create(**ASKED))
    await _say_and_leave(server, text[:at])
    await _say_and_leave(server, text[at:middle])
    job_id = await _end(server, text[middle:], text[:middle])
    message = (await asking).choices[0].message
    assert message.content == (words or None)
    assert [each.to_dict() for each in message.tool_calls or []] == [
        {
            "id": call_id(JobId(job_id), index),
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        for index, (name, arguments) in enumerate(calls)
    ]


def _read(chunks: list[ChatCompletionChunk]) -> tuple[str, list[tuple[str, str, str]]]:
    """Words and calls (id, name, arguments) as a program reads them from deltas."""
    words = ""
    calls: list[tuple[str, str, str]] = []
    for delta in (each.choices[0].delta for each in chunks):
        words += delta.content or ""
        for call in delta.tool_calls or []:
            assert call.function
            if call.id:
                assert call.index == len(calls)
                calls.append((call.id, call.function.name or "", ""))
            name, kind, arguments = calls[call.index]
            calls[call.index] = (name, kind, arguments + (call.function.arguments or ""))
    return words, calls
