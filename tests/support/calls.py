"""A text with calls of tools in it, as a model writes it."""

from typing import Any

from tests.support.scripted_worker import ScriptedWorker

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string", "default": ""}},
    "required": [],
    "additionalProperties": False,
}
ARGUMENTS = ['{"city": "Paris </tool_call>"}', '{"city":  "R\\u006fme", "days": [1, {"a": 2.50}]}']
TEXT = "Let me look.\n" + "\n".join(
    f'<tool_call>\n{{"name": "get_weather", "arguments": {each}}}\n</tool_call>'
    for each in ARGUMENTS
)
HALF = TEXT.index("Paris") + 2
"""In the midst of the first call's arguments."""


async def write(
    worker: ScriptedWorker, claimed: dict[str, Any], text: str, first_seq: int | None = None
) -> int:
    """Say it three letters at a time; the seq that comes next."""
    seq = claimed["nextSeq"] if first_seq is None else first_seq
    for begin in range(0, len(text), 3):
        await worker.say(claimed, seq, text[begin : begin + 3])
        seq += 1
    return seq
