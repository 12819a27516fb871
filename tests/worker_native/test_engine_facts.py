"""Name, window and slots as engines tell them: the genuine llama.cpp, others as they answer."""

import re
from pathlib import Path

import pytest

from ashao_worker.homes.engine_facts import EngineFacts, ask_facts
from tests.support.gguf_model import CONTEXT
from tests.support.llama_cpp import SLOTS, llama_cpp
from tests.worker_native.local_server import Reply, Request, json_reply, serving

VLLM = {"/v1/models": {"data": [{"id": "tiny", "max_model_len": 2048}]}}
LOADED = {"/api/ps": {"models": [{"name": "tiny:latest", "context_length": 8192}]}}
SHOWN = {"/api/show": {"parameters": 'stop  "x"\nnum_ctx                        1024'}}
COULD = {"/api/show": {"model_info": {"llama.context_length": 131072}}}


async def test_llama_cpp_tells_all(tmp_path: Path) -> None:
    with llama_cpp(tmp_path) as url:
        facts = await ask_facts(f"{url}/v1", "any")
    assert facts.slots == SLOTS
    assert re.fullmatch(r"llama\.cpp b\d+-\w+", facts.engine or "")
    assert facts.keeps_to_grammars
    assert facts.context_tokens
    assert facts.context_tokens <= CONTEXT


@pytest.mark.parametrize(
    ("answers", "context"),
    [
        (VLLM, 2048),
        (SHOWN, 1024),
        (LOADED | SHOWN, 8192),
        (COULD, None),
        ({}, None),
        ({"/props": ["no", "sense"], "/api/ps": {"models": "none"}}, None),
        ({"/props": {"default_generation_settings": {"n_ctx": -1}}}, None),
    ],
    ids=["vllm", "ollama", "ollama-loaded", "what-it-could", "silent", "nonsense", "negative"],
)
async def test_others_tell_what_they_know(answers: dict[str, object], context: int | None) -> None:
    async def answer(request: Request) -> Reply:
        found = answers.get(request.path)
        return json_reply({}, 404) if found is None else json_reply(found)

    async with serving(answer) as url:
        assert await ask_facts(f"{url}/v1", "tiny") == EngineFacts(context)


@pytest.mark.parametrize(
    ("answers", "engine"),
    [
        (VLLM | {"/version": {"version": "0.21.0"}}, "vllm 0.21.0"),
        ({"/api/version": {"version": "0.30.1-rc1"}}, "ollama 0.30.1-rc1"),
        (VLLM, None),
        (VLLM | {"/version": {"version": "<b>" * 9}}, None),
        (VLLM | {"/version": {"version": 7}}, None),
        (VLLM | {"/version": {"version": "9" * 100}}, None),
    ],
)
async def test_others_tell_their_version(answers: dict[str, object], engine: str | None) -> None:
    async def answer(request: Request) -> Reply:
        found = answers.get(request.path)
        return json_reply({}, 404) if found is None else json_reply(found)

    async with serving(answer) as url:
        assert (await ask_facts(f"{url}/v1", "tiny")).engine == engine


async def test_nobody_there_is_nothing_known() -> None:
    assert await ask_facts("http://127.0.0.1:9/v1", "tiny") == EngineFacts()
