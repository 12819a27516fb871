"""Tools, calls and results in Gemini's form."""

import json
from collections.abc import Sequence
from itertools import groupby

from google.genai import types

from ashao_text.characters import encodable
from ashao_text.tools.description import Tools
from ashao_text.tools.history import Said

# Gemini signs the thoughts before its calls, and wants the signature back with them. These calls
# may be another model's; for such it has this word.
UNSIGNED = b"skip_thought_signature_validator"


def contents_of(said: Sequence[Said]) -> list[types.ContentUnion]:
    """A conversation but for the system's words; results in a row are one turn."""
    names = {call.id: call.name for each in said for call in each.calls}
    contents: list[types.ContentUnion] = []
    turns = (each for each in said if each.role != "system")
    for is_result, group in groupby(turns, lambda each: each.role == "tool"):
        if is_result:
            parts = [_result(names[each.call_id], each.text) for each in group]
            contents.append(types.Content(role="user", parts=parts))
            continue
        for each in group:
            role = "model" if each.role == "assistant" else "user"
            contents.append(types.Content(role=role, parts=_parts(each)))
    return contents


def config_of(tools: Tools) -> types.GenerateContentConfig:
    """What may be called, and whether it must be."""
    functions = [
        types.FunctionDeclaration(
            name=each.name,
            description=encodable(each.description) or None,
            parameters_json_schema=each.parameters or None,
        )
        for each in tools.functions
    ]
    mode = types.FunctionCallingConfigMode
    calling = types.FunctionCallingConfig(mode=mode.ANY if tools.required else mode.AUTO)
    return types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=functions)],
        tool_config=types.ToolConfig(function_calling_config=calling),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )


def calls_in(chunk: types.GenerateContentResponse) -> list[tuple[str, str]]:
    """Name and arguments of each call, which come whole."""
    content = chunk.candidates[0].content if chunk.candidates else None
    found = [part.function_call for part in (content.parts if content else None) or []]
    return [
        (each.name or "", json.dumps(each.args or {}, ensure_ascii=False)) for each in found if each
    ]


def _parts(said: Said) -> list[types.Part]:
    words = [types.Part(text=encodable(said.text))] if said.text or not said.calls else []
    return [*words, *(_call(each.name, each.arguments) for each in said.calls)]


def _call(name: str, arguments: str) -> types.Part:
    call = types.FunctionCall(name=name, args=json.loads(encodable(arguments)))
    return types.Part(function_call=call, thought_signature=UNSIGNED)


def _result(name: str, text: str) -> types.Part:
    response = {"result": encodable(text)}
    return types.Part(function_response=types.FunctionResponse(name=name, response=response))
