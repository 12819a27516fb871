"""What the fields of tools and of their calls may be, in every protocol."""

from typing import Annotated, Any

from ashao.api.programs.fields import possible

MAX_TOOLS = 128
MAX_CALLS = 128
MAX_DESCRIPTION = 64 * 1024

ToolName = Annotated[
    str,
    possible(
        "1 to 64 letters, digits, _ and - are possible",
        min_length=1,
        max_length=64,
        pattern=r"^[a-zA-Z0-9_-]+$(?!\n)",
    ),
]
ToolDescription = Annotated[
    str, possible("a text of at most 65,536 letters is possible", max_length=MAX_DESCRIPTION)
]
ToolSchema = Annotated[dict[str, Any], possible("a JSON schema, an object, is possible")]
WrittenArguments = Annotated[str, possible("JSON in a text is possible")]
CallId = Annotated[str, possible("a text of at most 200 letters is possible", max_length=200)]
