"""A model that is a few rules: it always answers what the clients' files expect, at once."""

import json
from functools import reduce
from operator import getitem
from typing import Any

from tests.support.scripted_worker import ScriptedWorker

FACTS = {"city": "Paris", "population": 2100000}
WORDS = "The capital of France is Paris."
RESULT = "<tool_response>"
BEGIN = "<tool_call>"


async def serve(url: str) -> None:
    """Answer whatever is asked, until cancelled."""
    async with ScriptedWorker(url, model="scripted", abilities=["json_schema"]) as worker:
        while True:
            reply = await worker.post("claim", workerId=worker.id, tier="pro", waitMs=10_000)
            claimed = reply.json()
            if claimed["job"] is not None:
                await _answer(worker, claimed)


async def _answer(worker: ScriptedWorker, claimed: dict[str, Any]) -> None:
    text = words(claimed["messages"], claimed["params"])
    half = len(text) // 2
    await worker.say(claimed, claimed["nextSeq"], text[:half])
    await worker.say(claimed, claimed["nextSeq"] + 1, text[half:])
    await worker.complete(claimed)


def words(messages: list[dict[str, str]], params: dict[str, Any]) -> str:
    """What the model says next."""
    last = messages[-1]["content"]
    system = messages[0]["content"] if messages[0]["role"] == "system" else ""
    offered = _offered(system)
    if last.startswith(BEGIN):
        return _rest_of_call(last, params["tools"]["functions"])
    if "jsonSchema" in params:
        schema = params["jsonSchema"]
        return json.dumps(instance(schema, schema) if "properties" in schema else FACTS)
    if "PIRATE" in system:
        return "Arr, Paris!"
    if offered and "weather" in last and not last.startswith(RESULT):
        return f"{BEGIN}\n" + _call(offered[0]) + "\n</tool_call>"
    return "It is sunny." if last.startswith(RESULT) else WORDS


def instance(schema: Any, root: Any) -> Any:
    """Something that this schema allows, of what the clients' types become."""
    if "$ref" in schema:
        return instance(reduce(getitem, schema["$ref"].removeprefix("#/").split("/"), root), root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return instance(schema["anyOf"][0], root)
    kind = schema.get("type", "object")
    if kind == "object":
        fields = schema.get("properties", {}).items()
        return {name: FACTS.get(name, instance(each, root)) for name, each in fields}
    return {"array": [], "integer": 7, "number": 7.5, "boolean": True}.get(kind, "Paris")


def _offered(system: str) -> list[dict[str, Any]]:
    lines = [line for line in system.splitlines() if line.startswith('{"type"')]
    return [json.loads(line)["function"] for line in lines]


def _call(function: dict[str, Any]) -> str:
    schema = function.get("parameters", {})
    return json.dumps({"name": function["name"], "arguments": instance(schema, schema)})


def _rest_of_call(begun: str, functions: list[dict[str, Any]]) -> str:
    """A call that was begun for the model: as far as the name, or as far as the arguments."""
    named = [each for each in functions if f'"{each["name"]}"' in begun]
    whole = f"{BEGIN}\n" + _call((named or functions)[0]) + "\n</tool_call>"
    assert whole.startswith(begun), begun
    return whole.removeprefix(begun)
