"""Tools in the OpenAI chat format: what a program offers, what it chooses, and calls."""

from typing import Annotated, Literal

import msgspec

from ashao.api.programs.fields import NoMatter, possible
from ashao.api.programs.tool_fields import (
    CallId,
    ToolDescription,
    ToolName,
    ToolSchema,
    WrittenArguments,
)

Function = Annotated[Literal["function"], possible('only "function" is possible')]


class FunctionDefinition(msgspec.Struct, forbid_unknown_fields=True):
    """A function; `parameters` is the JSON schema of its arguments, `strict` a wish."""

    name: ToolName
    description: ToolDescription = ""
    parameters: ToolSchema = {}
    strict: NoMatter = None


class Tool(msgspec.Struct, forbid_unknown_fields=True):
    """What the model may call; functions are the only kind."""

    function: FunctionDefinition
    type: Function = "function"
    cache_control: NoMatter = None


class ChosenFunction(msgspec.Struct, forbid_unknown_fields=True):
    """The name of a function."""

    name: ToolName


class ChosenTool(msgspec.Struct, forbid_unknown_fields=True):
    """The one tool that is to be called."""

    function: ChosenFunction
    type: Function = "function"


class PastFunction(msgspec.Struct, forbid_unknown_fields=True):
    """Which function was called, with which arguments, as JSON in a text."""

    name: ToolName
    arguments: WrittenArguments = ""


class PastCall(msgspec.Struct, forbid_unknown_fields=True):
    """A call that is sent back with the conversation."""

    function: PastFunction
    id: CallId = ""
    type: Function = "function"
    index: NoMatter = None
    cache_control: NoMatter = None
    extra_content: NoMatter = None
    provider_specific_fields: NoMatter = None


class CalledFunction(msgspec.Struct):
    """The function that the model calls; `arguments` is JSON as the model wrote it."""

    name: str
    arguments: str


class ToolCall(msgspec.Struct):
    """A call; its id is the same however often the answer is read."""

    id: str
    function: CalledFunction
    type: Literal["function"] = "function"
