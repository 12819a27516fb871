"""The OpenAI SDK, unmodified, on the same jobs as everybody: whole, streamed, and unbroken."""

import asyncio

import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionChunk

from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

WORDS = ["An ", "answer ", "survives", "."]


def _text(chunks: list[ChatCompletionChunk]) -> str:
    return "".join(each.choices[0].delta.content or "" for each in chunks if each.choices)


async def _is_told_to_stop(worker: ScriptedWorker, job_id: str) -> None:
    """The worker's heartbeat names the job as one to stop."""

    async def cancelled() -> bool:
        held = [{"jobId": job_id, "attempt": 1}]
        beat = await worker.post("heartbeat", workerId=worker.id, jobs=held)
        cancel: list[str] = beat.json()["cancel"]
        return job_id in cancel

    await wait_until(cancelled, "the worker to be told")


async def test_a_whole_answer_says_what_the_worker_said_and_who_it_was(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(
        client.chat.completions.create(
            model="auto", messages=[{"role": "user", "content": "Twelve chars"}]
        )
    )
    claimed = await worker.claim()
    for seq, word in enumerate(WORDS):
        await worker.say(claimed, seq, word)
    await worker.complete(claimed)
    answer = await asking
    assert answer.id == f"chatcmpl-{claimed['job']['id']}"
    assert answer.object == "chat.completion"
    assert answer.model == "tiny-pro"
    assert answer.to_dict()["ashao"] == {"kind": "browser", "model": "tiny-pro", "machines": 1}
    assert answer.choices[0].message.content == "".join(WORDS)
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.to_dict() == {
        "prompt_tokens": 3,
        "completion_tokens": 4,
        "total_tokens": 7,
    }


async def test_every_field_that_is_taken_reaches_the_worker(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(
        client.chat.completions.create(
            model="pro",
            messages=[
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "One"},
                {"role": "assistant", "content": "Two"},
                {"role": "user", "content": [{"type": "text", "text": t} for t in ("Th", "ree")]},
            ],
            temperature=0.5,
            top_p=0.9,
            max_completion_tokens=50,
            stop="END",
            seed=7,
            n=1,
            frequency_penalty=0,
            presence_penalty=0,
            response_format={"type": "text"},
        )
    )
    claimed = await worker.claim()
    assert claimed["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "Two"},
        {"role": "user", "content": "Three"},
    ]
    assert claimed["params"] == {
        "temperature": 0.5,
        "topP": 0.9,
        "maxTokens": 50,
        "stop": ["END"],
        "seed": 7,
    }
    await worker.say(claimed, 0, "Four")
    await worker.complete(claimed)
    assert (await asking).choices[0].message.content == "Four"


async def test_a_stream_brings_each_piece_at_once_and_then_the_usage(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    claiming = asyncio.create_task(worker.claim())
    stream = await client.chat.completions.create(
        model="pro",
        messages=[{"role": "user", "content": "Hello?"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    claimed = await claiming
    await worker.say(claimed, 0, "Once")
    assert (await anext(stream)).choices[0].delta.role == "assistant"
    said = ""
    while not said:  # a chunk without words is a sign of life
        said = _text([await anext(stream)])
    assert said == "Once"
    await worker.say(claimed, 1, " more")
    await worker.complete(claimed)
    rest = [each async for each in stream]
    assert _text(rest) == " more"
    assert rest[-2].choices[0].finish_reason == "stop"
    assert rest[-1].choices == []
    assert rest[-1].usage is not None
    assert rest[-1].usage.completion_tokens == 2
    assert all(each.usage is None for each in rest[:-1])
    assert {each.model for each in rest} == {"tiny-pro"}


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", "stop"),  # with its very last token
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("eos", "stop"),
        (None, "length"),  # an older worker does not say
    ],
)
async def test_the_reason_of_the_end_is_the_engines_own(
    client: AsyncOpenAI, worker: ScriptedWorker, reason: str | None, finish: str
) -> None:
    claiming = asyncio.create_task(worker.claim())
    stream = await client.chat.completions.create(
        model="pro", messages=[{"role": "user", "content": "Hello?"}], stream=True, max_tokens=1
    )
    claimed = await claiming
    await worker.say(claimed, 0, "Once")
    await worker.complete(claimed, **({"reason": reason} if reason else {}))
    assert [each async for each in stream][-1].choices[0].finish_reason == finish


async def test_without_being_asked_a_stream_says_nothing_of_usage(client: AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="auto", messages=[{"role": "user", "content": "Hello?"}], stream=True, max_tokens=2
    )
    chunks = [each async for each in stream]
    assert all("usage" not in each.to_dict() for each in chunks)
    assert chunks[-1].choices[0].finish_reason == "length"


async def test_a_machine_that_goes_away_mid_answer_leaves_one_unbroken_stream(
    client: AsyncOpenAI, worker: ScriptedWorker, server: Orchestrator
) -> None:
    claiming = asyncio.create_task(worker.claim())
    stream = await client.chat.completions.create(
        model="pro", messages=[{"role": "user", "content": "Hello?"}], stream=True
    )
    claimed = await claiming
    await worker.say(claimed, 0, WORDS[0])
    await worker.say(claimed, 1, WORDS[1])
    await worker.post("release", workerId=worker.id)
    async with ScriptedWorker(server.url, model="other") as second:
        continued = await second.claim()
        assert continued["messages"][-1] == {"role": "assistant", "content": "An answer "}
        await worker.say(claimed, 2, "zombie")
        for seq in (2, 3):
            await second.say(continued, seq, WORDS[seq])
        await second.complete(continued)
        chunks = [each async for each in stream]
        await second.post("release", workerId=second.id)
    assert _text(chunks) == "".join(WORDS)
    assert chunks[-1].choices[0].finish_reason == "stop"
    told = [each.to_dict().get("ashao") for each in chunks]
    assert told[-1] == {"kind": "browser", "model": "other", "machines": 2}
    assert set(map(str, told[:-1])) == {"None"}, "the stream is blind until it ends"


async def test_without_a_worker_the_provider_answers_and_is_named(client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model="max", messages=[{"role": "user", "content": "Hello?"}]
    )
    assert answer.model == "simulation"
    assert (answer.choices[0].message.content or "").startswith("This is a simulation")


def test_the_blocking_client_works_as_well(server: Orchestrator, secret: str) -> None:
    with OpenAI(base_url=f"{server.url}/v1", api_key=secret, max_retries=0) as client:
        answer = client.chat.completions.create(
            model="auto", messages=[{"role": "user", "content": "Hello?"}], max_tokens=3
        )
    assert answer.choices[0].message.content == "This is a"
    assert answer.choices[0].finish_reason == "length"


async def test_a_reader_that_closes_its_stream_cancels_the_answer(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    claiming = asyncio.create_task(worker.claim())
    stream = await client.chat.completions.create(
        model="pro", messages=[{"role": "user", "content": "Hello?"}], stream=True
    )
    claimed = await claiming
    await worker.say(claimed, 0, "Once")
    await anext(stream)
    await stream.close()
    await _is_told_to_stop(worker, claimed["job"]["id"])


async def test_a_caller_that_goes_away_cancels_the_answer(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(
        client.chat.completions.create(
            model="pro", messages=[{"role": "user", "content": "Hello?"}]
        )
    )
    claimed = await worker.claim()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await _is_told_to_stop(worker, claimed["job"]["id"])
