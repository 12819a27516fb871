"""What an engine's server says of itself: which it is, how long its window is, and how many answers
it writes at a time. Nobody has to repeat that on the command line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from ashao_text.hosts import is_elsewhere

ASK_WITHIN_S = 5.0
VERSION = re.compile(r"[A-Za-z0-9._+-]{1,60}")
NUM_CTX = re.compile(r"^num_ctx\s+(\d+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What is None the engine did not tell. `engine` is its name and its version; `slots` is how
    many answers it writes at a time.

    `keeps_to_grammars`: it writes what a grammar allows, also after a prefix.
    """

    context_tokens: int | None = None
    slots: int | None = None
    engine: str | None = None
    keeps_to_grammars: bool = False


async def ask_facts(engine_url: str, model: str, api_key: str | None = None) -> EngineFacts:
    """Ask llama.cpp by its `/props`, vLLM by its models, Ollama by what it has loaded.

    `engine_url` ends in /v1. Never raises: whoever does not answer is simply not known.
    """
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    root = engine_url.rstrip("/").removesuffix("/v1")
    async with httpx.AsyncClient(
        base_url=root,
        headers=headers,
        timeout=ASK_WITHIN_S,
        trust_env=is_elsewhere(root),
        verify=httpx.create_ssl_context(),
    ) as client:
        props = await _json(client, "GET", "/props")
        if (context := _count(_at(props, "default_generation_settings", "n_ctx"))) is not None:
            engine = _engine("llama.cpp", _at(props, "build_info"))
            slots = _count(_at(props, "total_slots"))
            return EngineFacts(context, slots, engine, keeps_to_grammars=True)
        listed = _named(_at(await _json(client, "GET", "/v1/models"), "data"), model, "id")
        if (context := _count(listed.get("max_model_len"))) is not None:
            engine = _engine("vllm", _at(await _json(client, "GET", "/version"), "version"))
            return EngineFacts(context, engine=engine)
        context = await _ollama_window(client, model)
        engine = _engine("ollama", _at(await _json(client, "GET", "/api/version"), "version"))
        return EngineFacts(context, engine=engine)


async def _ollama_window(client: httpx.AsyncClient, model: str) -> int | None:
    """Of a loaded model, or else of a model whose file names it.

    What the model could hold says nothing: Ollama gives it less. And its /v1 takes no `num_ctx`.
    """
    loaded = _named(_at(await _json(client, "GET", "/api/ps"), "models"), model, "name")
    if (context := _count(loaded.get("context_length"))) is not None:
        return context
    parameters = _at(await _json(client, "POST", "/api/show", {"model": model}), "parameters")
    found = NUM_CTX.search(parameters) if isinstance(parameters, str) else None
    return _count(int(found[1])) if found else None


async def _json(
    client: httpx.AsyncClient, method: str, path: str, body: Mapping[str, str] | None = None
) -> object:
    try:
        answer = await client.request(method, path, json=body)
        return answer.json() if answer.status_code == 200 else None
    except (httpx.HTTPError, ValueError):
        return None


def _named(items: object, name: str, key: str) -> Mapping[str, object]:
    """The item of that name; Ollama's names end in a tag, which may be left out."""
    for each in items if isinstance(items, list) else []:
        if isinstance(each, dict) and each.get(key) in (name, f"{name}:latest"):
            return each
    return {}


def _at(data: object, *path: str) -> object:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _engine(name: str, version: object) -> str | None:
    is_one = isinstance(version, str) and VERSION.fullmatch(version)
    return f"{name} {version}" if is_one else None


def _count(found: object) -> int | None:
    return found if type(found) is int and 0 < found <= 10_000_000 else None
