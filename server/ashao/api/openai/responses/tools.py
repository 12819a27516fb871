"""Tools as a request for a response has them: functions, told flat, are the only kind."""

from typing import Annotated, Literal

import msgspec

from ashao.api.programs.fields import NoMatter, possible
from ashao.api.programs.tool_fields import ToolDescription, ToolName, ToolSchema

Function = Annotated[Literal["function"], possible('only "function" is possible')]


class FunctionTool(msgspec.Struct, forbid_unknown_fields=True):
    """A function; `parameters` is the JSON schema of its arguments, `strict` a wish."""

    type: Function
    name: ToolName
    description: ToolDescription = ""
    parameters: ToolSchema = {}
    strict: NoMatter = None


class ChosenTool(msgspec.Struct, forbid_unknown_fields=True):
    """The one function that is to be called."""

    type: Function
    name: ToolName
