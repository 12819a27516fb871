"""What is understood of a request for a response; snake_case on the wire.

The rule of `schemas.py` above holds: what is not here and says something is refused by its name.
History is not kept for keys, so `previous_response_id` and `conversation` are not here.
"""

from typing import Annotated, Any, Literal

import msgspec

from ashao.api.openai.response_format import FORMATS
from ashao.api.openai.responses.tools import ChosenTool, FunctionTool
from ashao.api.programs import fields
from ashao.api.programs.fields import NoMatter, possible
from ashao.api.programs.tool_fields import MAX_TOOLS, CallId, ToolName, WrittenArguments
from ashao.jobs.job import ANY_MODEL


class InputPart(msgspec.Struct, forbid_unknown_fields=True):
    """A part of what was said, or of what a model thought."""

    type: Annotated[
        Literal["input_text", "output_text", "refusal", "reasoning_text"],
        possible('only "input_text", "output_text" and "refusal" are possible'),
    ]
    text: str = ""
    refusal: str = ""
    annotations: NoMatter = None
    logprobs: NoMatter = None


Content = Annotated[
    str | Annotated[list[InputPart], msgspec.Meta(max_length=1000)],
    possible("a text or at most 1000 parts of text are possible"),
]


class InputItem(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A turn, a call or its result, or what a model thought, which is not read. Answers' items may
    be sent back."""

    type: Annotated[
        Literal["message", "reasoning", "function_call", "function_call_output"],
        possible(
            'only "message", "reasoning", "function_call" and "function_call_output" are possible'
        ),
    ] = "message"
    role: Annotated[
        Literal["system", "developer", "user", "assistant"] | None,
        possible('"system", "developer", "user" or "assistant" is needed'),
    ] = None
    content: Content = ""
    name: ToolName | None = None
    arguments: WrittenArguments = ""
    call_id: CallId = ""
    output: Content = ""
    id: NoMatter = None
    status: NoMatter = None
    phase: NoMatter = None
    summary: NoMatter = None
    encrypted_content: NoMatter = None

    @property
    def text(self) -> str:
        """The whole content or result, or the words in which an answer was declined."""
        content = self.output if self.type == "function_call_output" else self.content
        if isinstance(content, str):
            return content
        return "".join(part.text or part.refusal for part in content)


class TextFormat(msgspec.Struct, forbid_unknown_fields=True):
    """Text, any JSON object, or JSON by a schema; every answer is held to it."""

    type: Annotated[
        FORMATS, possible('only "text", "json_object" and "json_schema" are possible')
    ] = "text"
    schema: Annotated[dict[str, Any] | None, possible("a JSON schema is needed")] = None
    name: str = "answer"
    description: NoMatter = None
    strict: NoMatter = None


class TextConfig(msgspec.Struct, forbid_unknown_fields=True):
    """What the text is to be, of a usual length."""

    format: TextFormat | None = None
    verbosity: Annotated[Literal["medium"] | None, possible('only "medium" is possible')] = None


class ReasoningConfig(msgspec.Struct, forbid_unknown_fields=True):
    """Thoughts are shown as they are, where there are any: no summary is needed."""

    summary: NoMatter = None
    generate_summary: NoMatter = None


class ResponseStreamOptions(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing of it matters."""

    include_obfuscation: NoMatter = None


class ResponseBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a program asks. Fields behind `top_p` may only say what happens anyway."""

    model: fields.ModelName = ANY_MODEL
    input: Annotated[
        str | Annotated[list[InputItem], msgspec.Meta(min_length=1, max_length=1000)],
        possible("a text, or a list of 1 to 1000 items, is needed"),
    ]
    instructions: str = ""
    stream: bool = False
    max_output_tokens: fields.TokenLimit | None = None
    temperature: fields.Temperature | None = None
    top_p: fields.Fraction | None = None
    text: TextConfig | None = None
    reasoning: ReasoningConfig | None = None
    include: Annotated[
        list[Literal["reasoning.encrypted_content"]],
        possible('only "reasoning.encrypted_content" is possible'),
    ] = []
    tools: Annotated[
        list[FunctionTool],
        possible("a list of at most 128 functions is possible", max_length=MAX_TOOLS),
    ] = []
    tool_choice: Annotated[
        Literal["none", "auto", "required"] | ChosenTool | None,
        possible('only "none", "auto", "required" and a function are possible'),
    ] = None
    parallel_tool_calls: Annotated[bool, possible("only true and false are possible")] = True
    top_logprobs: Annotated[Literal[0] | None, possible("only 0 is possible")] = None
    stream_options: ResponseStreamOptions | None = None
    max_tool_calls: NoMatter = None
    truncation: NoMatter = None
    store: NoMatter = None
    metadata: NoMatter = None
    user: NoMatter = None
    safety_identifier: NoMatter = None
    service_tier: NoMatter = None
    prompt_cache_key: NoMatter = None
    prompt_cache_retention: NoMatter = None
