"""Tools as a request for a message has them: those of the program's own are the only kind."""

from typing import Annotated, Literal

import msgspec

from ashao.api.programs.fields import NoMatter, possible
from ashao.api.programs.tool_fields import ToolDescription, ToolName, ToolSchema


class OwnTool(msgspec.Struct, forbid_unknown_fields=True):
    """A function of the program's; `input_schema` is the JSON schema of its arguments."""

    name: ToolName
    description: ToolDescription = ""
    input_schema: ToolSchema = {}
    type: Annotated[Literal["custom"], possible('only "custom" is possible')] = "custom"
    strict: NoMatter = None
    cache_control: NoMatter = None
    eager_input_streaming: NoMatter = None


class ToolChoice(msgspec.Struct, forbid_unknown_fields=True):
    """Whether a tool may, must or must not be called; `name` is that of the one tool."""

    type: Annotated[
        Literal["auto", "any", "tool", "none"],
        possible('only "auto", "any", "tool" and "none" are possible'),
    ] = "auto"
    name: ToolName | None = None
    disable_parallel_tool_use: bool = False
